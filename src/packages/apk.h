// The driver of Alpine's package database: one text file, lib/apk/db/installed (usr/lib/apk/db where /lib was merged).
//
// The format is that of apk-tools (apk-installed(5), database.c): a field a line, a letter and a colon, packages apart
// by an empty line; "F:" begins a folder and "R:" names a file in it, a "Z:" behind it is the file's sum, "Q1" and
// base64 of SHA-1 or "Q2" and SHA-256. Sub-packages are told by their names (APKBUILD(5), subpackages).
#pragma once

#include "packages/listed.h"

namespace bundle::packages {

/// Null when `root`, which outlives it, has none or nothing is installed. What is there and is none is an Error
/// (cannot_bundle).
std::unique_ptr<Database> open_apk(machine::Root& root);

}  // namespace bundle::packages
