// What the user is told of a bundle that is none of its files: what it cannot keep, what is left to the target, what
// the stages had to say.
#pragma once

#include <string>
#include <vector>

#include "machine/root.h"
#include "plan/layout.h"
#include "report/findings.h"
#include "run/follow.h"
#include "run/make.h"
#include "run/options.h"

namespace bundle::run {

/// All notes of a run, one line each, in the order in which they are shown.
std::vector<std::string> notes_of(const BundleOptions& options, const Plan& plan, machine::Root& root,
                                  const std::vector<plan::NamedProgram>& programs, const Followed& followed,
                                  const Contents& contents, bool has_packages);

/// The hints as the user reads them, with what each of them means for the programs.
std::vector<report::HintLine> lines_of(const std::vector<discover::Hint>& hints);

}  // namespace bundle::run
