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
#include <set>
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

/// What runs used of a bundle: paths of the bundle's root, a folder's with a '/' at its end.
struct Used {
  std::set<std::string> paths;
  std::set<std::string> listed;  // folders of which the names in them were read
};

/// Throws Error (cannot_bundle) for what trim() would take for no bundle of ours.
void check_is_bundle(const std::vector<pack::Entry>& entries);

/// The record of such runs. Throws Error (cannot_bundle) as trim() does.
report::Record record_of(const std::vector<pack::Entry>& entries, const Used& used);

}  // namespace bundle::run
