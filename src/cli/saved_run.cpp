// See saved_run.h.
#include "cli/saved_run.h"

#include <memory>
#include <set>

#include "base/error.h"
#include "base/say.h"
#include "cli/cli11.h"
#include "run/bundle.h"
#include "run/save_case.h"

namespace bundle::cli {

namespace {

/// By the type that the help page shows.
run::CaseWord::Kind kind_of(const CLI::Option& option) {
  using enum run::CaseWord::Kind;
  if (option.get_items_expected_max() == 0) return flag;
  const std::string type = option.get_type_name();
  if (type == "LOG" || type == "FILE") return input;
  for (const char* of_paths : {"PATH", "FILE", "DIR", "[DIR]", "FOLDER", "PROGRAM"}) {
    if (type.starts_with(of_paths)) return path;
  }
  return plain;
}

/// The options as they were given, less its programs and those that say where a run reads and writes.
std::vector<run::CaseWord> words_of(const CLI::App& app) {
  static const std::set<std::string> elsewhere = {"--handler", "--output", "--sysroot", "--save-case"};
  std::vector<run::CaseWord> words;
  for (const CLI::Option* option : app.get_options()) {
    const bool is_programs = option->get_lnames().empty();
    if (option->count() == 0 || is_programs) continue;
    const std::string name = "--" + option->get_lnames().front();
    if (elsewhere.count(name) > 0) continue;
    const run::CaseWord::Kind kind = kind_of(*option);
    if (kind == run::CaseWord::Kind::flag) {
      words.push_back({name, "", kind});
    } else {
      for (const std::string& value : option->results()) words.push_back({name, value, kind});
    }
  }
  return words;
}

void save(const Request& request, const CLI::App& app, Exit ended, const std::string& message) {
  const run::CaseRequest wanted{request.save_case, words_of(app), static_cast<int>(ended), message};
  say_error(run::render_saved_case(run::save_case(wanted, request.bundle)));
}

}  // namespace

report::Summary bundle_and_save(Request& request, const CLI::App& app) {
  run::check_case(request.save_case, request.bundle);
  request.bundle.recording = std::make_shared<machine::Recording>();
  try {
    report::Summary summary = run::bundle_programs(request.bundle);
    save(request, app, Exit::done, "");
    return summary;
  } catch (const Error& error) {
    if (error.kind() != Exit::machine) save(request, app, error.kind(), error.what());
    throw;
  }
}

}  // namespace bundle::cli
