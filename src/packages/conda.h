// The driver of a conda environment: a prefix, anywhere, with conda-meta/NAME-VERSION-BUILD.json in it.
//
// The format is conda's PrefixRecord (conda/models/records.py): name, version, depends, noarch or subdir, files below
// the prefix, and paths_data with the SHA-256 of what the package brought. A file whose prefix was written into it at
// installation is not as shipped: it holds the path of whoever installed it.
#pragma once

#include "packages/listed.h"

namespace bundle::packages {

/// Null when the folder `prefix` of `root`, which outlives it, is no such environment. What is there and is none is an
/// Error (cannot_bundle).
std::unique_ptr<Database> open_conda(machine::Root& root, const std::string& prefix);

}  // namespace bundle::packages
