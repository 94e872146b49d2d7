// The driver of opkg's package database (OpenWrt, Yocto): usr/lib/opkg, var/lib/opkg or lib/opkg.
//
// Its `status` and info/*.list are dpkg's but for a mode and a link's target behind a path (opkg's pkg_parse.c,
// pkg.c), so dpkg's driver reads them. There are no sums but those of settings. Where no section says what a package is
// for, its files do.
#pragma once

#include "packages/database.h"

namespace bundle::packages {

/// Null when `root`, which outlives it, has none or nothing is installed. What is there and cannot be read is an Error
/// (cannot_bundle).
std::unique_ptr<Database> open_opkg(machine::Root& root);

}  // namespace bundle::packages
