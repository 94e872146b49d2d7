// A finished bundle less what no run used: which files stay, and what of it has to be made anew for that.
//
// What stays: what the record names, what knowledge/kept.h and the user's globs name, the programs that the user named
// and all loaders, and of everything that stays what its loader cannot start it without. A library stays by its name,
// wherever it lies: of two with one name both do. Launchers stay with what they start. The table of redirects answers
// for nothing that is gone, the manifest lists what is there, and dropped.json (report/dropped.h) what no longer is.
// What no manifest lists is not this program's to judge, and stays.
//
// Invariant: the result depends on the bundle and the record alone, so that who makes the bundle again and has the
// record gets the same bytes without a run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pack/archive.h"
#include "report/record.h"
#include "report/slimmed.h"

namespace bundle::run {

struct Trimmed {
  std::vector<pack::Entry> entries;  // sorted by path
  report::Savings savings;
};

/// Throws Error: cannot_bundle for a bundle without a manifest, or with one or a table that is damaged; usage for a
/// record of other programs.
Trimmed trim(std::vector<pack::Entry> entries, const report::Record& record);

/// The record of runs that used `used`, paths of the bundle's root, files and folders (these with a '/' at their end).
/// Throws Error (cannot_bundle) as trim() does.
report::Record record_of(const std::vector<pack::Entry>& entries, const std::vector<std::string>& used,
                         std::vector<std::string> keep);

}  // namespace bundle::run
