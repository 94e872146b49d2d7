// The code of a language's own library, where it lies packed: R's, whose packages are a stream a function, each of
// which names programs that nothing else does (base.rdb: "/usr/bin/which", without which utils does not load).
#pragma once

#include <set>
#include <string>

#include "base/bytes.h"

namespace bundle::discover {

/// Whether a file of that name is a database of R's functions (R Internals, 'Lazy loading').
bool is_packed_code(std::string_view path);

/// The texts in it that are a path of a program for users. A stream that cannot be unpacked ends it.
std::set<std::string> programs_in_packed_code(Bytes bytes);

}  // namespace bundle::discover
