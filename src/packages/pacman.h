// The driver of pacman's package database (Arch Linux and its kin): var/lib/pacman/local, a folder a package.
//
// The format is that of libalpm's be_local.c, version 9: `desc` and `files` hold blocks, a "%NAME%" line, values a line
// each, an empty line; `mtree` is what libarchive writes (mtree(5)), gzipped, with a SHA-256 a file. Optional
// dependencies that are installed count as recommended. A package holds its headers and documentation, too: what is
// left out of a bundle is told by folder. There is no word for a library's package, so files tell what it is for.
#pragma once

#include "packages/listed.h"

namespace bundle::packages {

/// Null when `root`, which outlives it, has none or nothing is installed. What is there and is none is an Error
/// (cannot_bundle).
std::unique_ptr<Database> open_pacman(machine::Root& root);

/// The SHA-256 that an mtree gives a file; empty when it has none. `is_it` is asked with absolute paths.
std::string sum_in_mtree(std::string_view mtree, const std::function<bool(const std::string& path)>& is_it);

}  // namespace bundle::packages
