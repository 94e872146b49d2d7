// The driver of Homebrew's Cellar: a prefix, anywhere, with Cellar/NAME/VERSION in it, a folder a formula that was
// poured.
//
// There are no file lists: what lies in a formula's folder is the formula's (Homebrew's Formula Cookbook), and the
// prefix's opt/NAME is a link to it. INSTALL_RECEIPT.json (tab.rb) says what it needs as it runs. There are no sums
// of files, so nothing is known to be as shipped. Folders are listed when they are asked about.
#pragma once

#include <string>

#include "packages/database.h"

namespace bundle::packages {

/// Null when the folder `prefix` of `root`, which outlives it, has no Cellar or an empty one. A receipt that is none is
/// an Error (cannot_bundle).
std::unique_ptr<Database> open_cellar(machine::Root& root, const std::string& prefix);

}  // namespace bundle::packages
