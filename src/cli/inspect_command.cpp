#include "cli/inspect_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/error.h"
#include "cli/bundle_command.h"
#include "cli/cli11.h"
#include "cli/options.h"
#include "report/inspect.h"
#include "report/missing.h"
#include "report/tree.h"
#include "resolve/closure.h"

namespace bundle::cli {

namespace {

/// A terminal gets colour unless NO_COLOR is set to anything (no-color.org) or TERM is dumb.
bool wants_colour(const std::string& choice) {
  if (choice != "auto") return choice == "always";
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  if (no_colour != nullptr && *no_colour != '\0') return false;
  if (terminal != nullptr && std::string_view(terminal) == "dumb") return false;
  return ::isatty(STDOUT_FILENO) == 1;
}

void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

/// What keeps the program from starting, after the rest was printed.
void refuse_incomplete(const Closure& closure, const std::string& program) {
  if (report::lacks_something(closure)) {
    std::vector<std::string> names;
    if (closure.interpreter == no_object && closure.objects[0].interpreter) {
      names.push_back(printable(*closure.objects[0].interpreter));
    }
    for (const Closure::Missing& missing : closure.missing) {
      const report::MissingLibrary library = report::missing_library(closure, missing);
      std::string name = printable(library.name);
      if (!library.obstacle.empty()) name += fmt::format(" ({})", library.obstacle);
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
    }
    throw Error(
        Exit::cannot_bundle, program,
        fmt::format("cannot start: not found: {}. Name the folder that holds it with -L DIR", fmt::join(names, ", ")));
  }
  const auto is_fatal = [](const VersionProblem& problem) { return problem.is_fatal(); };
  const auto first = std::find_if(closure.version_problems.begin(), closure.version_problems.end(), is_fatal);
  if (first != closure.version_problems.end()) {
    throw Error(Exit::limit, program,
                fmt::format("cannot start: {}", report::describe_version_problem(closure, *first)));
  }
}

}  // namespace

void inspect(const InspectRequest& request) {
  resolve::Options options;
  options.library_path = request.library_path;
  options.preload = request.preload;
  options.sysroot = request.sysroot;
  options.facts = !request.list && request.needs.empty();
  options.real_paths = request.json || !request.needs.empty() || !request.sysroot.empty();  // where they are shown
  std::string program = request.program;
  // This machine's environment says nothing about another system's tree.
  if (request.sysroot.empty()) {
    options.environment_path = environment_library_path();
    program = find_program(program);
  }
  resolve::Resolver resolver(std::move(options));
  if (!request.sysroot.empty()) program = resolver.find_in_sysroot(program);
  const Closure closure = resolver.resolve(program);
  const bool colour = wants_colour(request.colour);
  if (request.json) {
    print(report::render_json(closure));
  } else if (request.list) {
    print(report::render_list(closure, !request.sysroot.empty()));
  } else if (!request.needs.empty()) {
    const std::string chains = report::render_chains(closure, request.needs, 20, colour);
    if (chains.empty()) {
      throw Error(Exit::usage, request.program,
                  fmt::format("needs nothing that goes by {}. Its files: bundle inspect --list {}",
                              printable(request.needs), printable(request.program)));
    }
    print(chains);
    return;
  } else {
    print(report::render_tree(closure, colour));
    print("\n" + report::render_facts(closure, colour));
  }
  refuse_incomplete(closure, request.program);
}

void run_inspect(int argc, const char* const* argv) {
  InspectRequest request;
  if (argc == 2 && argv[1][0] != '-' &&
      argv[1][0] != '\0') {  // a program and no option, the common call: nothing to take apart
    request.program = argv[1];
    inspect(request);
    return;
  }
  CLI::App command("Shows what a program's loader would load, and why", "bundle inspect");
  command.add_option("PROGRAM", request.program, "A path, or a name found in PATH; a library too")->required();
  command.add_option("-L,--library-path", request.library_path, "Search here as LD_LIBRARY_PATH is searched")
      ->type_name("DIR")
      ->expected(1)
      ->take_all();
  command.add_option("--preload", request.preload, "Load this first, as LD_PRELOAD does; may be given again")
      ->type_name("LIB")
      ->expected(1)
      ->take_all();
  command.add_option("--sysroot", request.sysroot, "Look everything up inside the root of another system")
      ->type_name("DIR");
  CLI::Option* const list = command.add_flag("--list", request.list, "One absolute path a line, nothing else");
  CLI::Option* const json = command.add_flag("--json", request.json, "Everything, for scripts");
  CLI::Option* const needs =
      command.add_option("--needs", request.needs, "Why is this here: the chains that lead to it")
          ->type_name("FILE|SONAME");
  list->excludes(json)->excludes(needs);
  json->excludes(needs);
  command
      .add_option("--colour,--color", request.colour,
                  "auto (the default: on a terminal, unless NO_COLOR is set), always or never")
      ->type_name("WHEN")
      ->check([](const std::string& value) {
        return value == "auto" || value == "always" || value == "never" ? std::string() : "takes auto, always or never";
      });
  command.footer(
      "\nExamples:\n"
      "  bundle inspect gdb\n"
      "  bundle inspect gdb --needs libz.so.1\n"
      "  bundle inspect --sysroot /srv/arm64-root /usr/bin/jq --list\n");
  if (parse(command, argc, argv)) inspect(request);
}

}  // namespace bundle::cli
