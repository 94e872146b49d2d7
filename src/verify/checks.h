// The checks of `bundle verify`, one row each: its id, what it looks at, its function. One idea a file,
// checks_NAME.cpp.
//
// A check only reads the subject and says what it finds; none depends on what another found. Ids are stable.
#pragma once

#include <string_view>
#include <vector>

#include "verify/finding.h"
#include "verify/subject.h"

namespace bundle::verify {

struct Check {
  std::string_view id;
  std::string_view about;  // what it looks at, for --help
  void (*run)(const Subject& subject, Findings& findings);
};

/// All of them, in the order in which their findings are shown.
const std::vector<Check>& checks();

// checks_zip.cpp
void check_zip(const Subject& subject, Findings& findings);
// checks_names.cpp
void check_names(const Subject& subject, Findings& findings);
void check_links(const Subject& subject, Findings& findings);
void check_modes(const Subject& subject, Findings& findings);
// checks_contents.cpp
void check_contents(const Subject& subject, Findings& findings);
void check_limits(const Subject& subject, Findings& findings);
// checks_manifest.cpp
void check_manifest(const Subject& subject, Findings& findings);
// checks_launchers.cpp
void check_launchers(const Subject& subject, Findings& findings);
// checks_closure.cpp
void check_interpreters(const Subject& subject, Findings& findings);
void check_needed(const Subject& subject, Findings& findings);
void check_versions(const Subject& subject, Findings& findings);
void check_runtime(const Subject& subject, Findings& findings);
// checks_run_paths.cpp
void check_run_paths(const Subject& subject, Findings& findings);
// checks_symbols.cpp
void check_symbols(const Subject& subject, Findings& findings);
// checks_second_opinion.cpp
void check_second_opinion(const Subject& subject, Findings& findings);
// checks_redirects.cpp
void check_redirects(const Subject& subject, Findings& findings);
// checks_reach.cpp
void check_reach(const Subject& subject, Findings& findings);

}  // namespace bundle::verify
