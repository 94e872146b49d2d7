// /etc/ld.so.conf, for a sysroot in which ldconfig never ran (ldconfig(8); glibc elf/ldconfig.c, parse_conf).
#pragma once

#include <string>
#include <vector>

#include "machine/root.h"

namespace bundle::resolve {

/// The folders that it names, in order, those of its include patterns among them. Relative ones and "hwcap"
/// lines are passed over; a file that includes itself is read once. Empty when there is none.
std::vector<std::string> read_ld_conf(machine::Root& root, const std::string& path);

}  // namespace bundle::resolve
