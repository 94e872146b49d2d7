// The run path that an edit of one file asks for, in terms of the one that it has.
//
// Follows patchelf where people know it: to shrink is to keep a folder only if a needed library lies in it that no
// folder before it has, and entries that are not absolute ($ORIGIN) stay, for what lies there shows where the file is
// at home. Where ld.so reads DT_RUNPATH it does not look at DT_RPATH (ld.so(8)), so what is there is DT_RUNPATH's, else
// DT_RPATH's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "elf/image.h"
#include "plan/plan.h"

namespace bundle::run {

struct RunPathRequest {
  std::optional<std::string> set;
  std::vector<std::string> add;
  bool remove = false;
  bool shrink = false;
  std::vector<std::string> allowed_prefixes;  // of a shrunk one; empty: all
  bool as_runpath = false;                    // --runpath
  bool as_rpath = false;                      // --force-rpath

  bool changes() const { return set || !add.empty() || remove || shrink; }
};

/// What ld.so heeds of the two tags; nothing where there is neither.
std::optional<std::string> heeded_run_path(const elf::Image& image);

/// Nothing when none is asked for. A changed run path keeps its tag unless one is asked for; a new one is DT_RPATH.
std::optional<Edit::RunPath> wanted_run_path(const RunPathRequest& request, const elf::Image& image);

}  // namespace bundle::run
