#include "cli/inspect_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/printable.h"
#include "base/say.h"
#include "cli/cli11.h"
#include "cli/each_named.h"
#include "cli/options.h"
#include "report/inspect.h"
#include "report/missing.h"
#include "report/tree.h"
#include "resolve/closure.h"
#include "run/named_file.h"
#include "run/source_image.h"

namespace bundle::cli {

namespace {

/// A terminal gets colour unless NO_COLOR is set to anything (no-color.org) or TERM is dumb.
bool wants_colour(const std::string& choice) {
  if (choice != "auto") return choice == "always";
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  if (no_colour != nullptr && *no_colour != '\0') return false;
  if (terminal != nullptr && std::string_view(terminal) == "dumb") return false;
  return output_is_terminal();
}

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
      if (library.is_driver) name += " (a driver's, which a bundle leaves to the target)";
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

/// Each path once, in the order of the programs.
std::string merge_lists(const std::vector<std::string>& lists) {
  std::string out;
  std::set<std::string> seen;
  for (const std::string& list : lists) {
    for (const std::string& path : split(list, "\n")) {
      if (!path.empty() && seen.insert(path).second) out += path + '\n';
    }
  }
  return out;
}

/// "[" object "," object "]", each as it is for one program.
std::string merge_json(const std::vector<std::string>& objects) {
  std::string out;
  for (const std::string& object : objects) {
    out += (out.empty() ? "[\n" : ",\n") + object.substr(0, object.find_last_not_of('\n') + 1);
  }
  return out + "\n]\n";
}

/// The chains of those that need it. One program of several that does not is no fault; false for none at all.
bool print_chains(const InspectRequest& request, const std::vector<std::pair<std::string, std::string>>& chains,
                  bool colour) {
  std::string out;
  for (const auto& [program, text] : chains) {
    if (text.empty()) continue;
    if (request.programs.size() > 1) out += fmt::format("{}{}:\n", out.empty() ? "" : "\n", printable(program));
    out += text;
  }
  colour ? say_coloured(out) : say(out);
  return !out.empty();
}

}  // namespace

void inspect(const InspectRequest& given) {
  InspectRequest request = given;
  check_image_options(request.image, request.architecture, request.sysroot);
  run::SourceOfImage source;
  if (!request.image.empty()) source = run::source_of_image(request.image, request.architecture);
  if (request.programs.empty()) request.programs = {run::program_of(source)};
  if (!request.image.empty()) request.sysroot = source.sysroot;
  resolve::Options options;
  options.library_path = request.library_path;
  options.preload = request.preload;
  options.sysroot = request.sysroot;
  options.facts = !request.list && request.needs.empty();
  options.real_paths = request.json || !request.needs.empty() || !request.sysroot.empty();  // where they are shown
  // This machine's environment says nothing about another system's tree.
  options.environment_path = request.sysroot.empty() ? environment_library_path() : source.environment_path;
  options.program_path = std::move(source.program_path);
  options.disk = std::move(source.disk);
  resolve::Resolver resolver(std::move(options));
  const bool colour = wants_colour(request.colour);
  std::vector<std::string> lists, objects;
  std::vector<std::pair<std::string, std::string>> chains;
  bool is_first = true;
  const auto inspect_one = [&](const std::string& named) {
    const run::NamedFile found = run::find_program(named, resolver, !request.sysroot.empty());
    Closure closure = resolver.resolve(found.path);
    if (!found.note.empty()) closure.notes.push_back(found.note);
    if (request.json) {
      objects.push_back(report::render_json(closure));
    } else if (request.list) {
      lists.push_back(report::render_list(closure, !request.sysroot.empty()));
    } else if (!request.needs.empty()) {
      chains.emplace_back(named, report::render_chains(closure, request.needs, 20, colour));
      return;
    } else {
      const std::string text =
          (is_first ? "" : "\n") + report::render_tree(closure, colour) + "\n" + report::render_facts(closure, colour);
      colour ? say_coloured(text) : say(text);
      is_first = false;
    }
    refuse_incomplete(closure, named);
  };
  const auto print_collected = [&] {
    if (!objects.empty()) say_json(request.programs.size() > 1 ? merge_json(objects) : objects.front());
    say(merge_lists(lists));
  };
  try {
    for_each_named(request.programs, inspect_one);
  } catch (const Error&) {
    print_collected();  // the others, and what lacks something
    print_chains(request, chains, colour);
    throw;
  }
  print_collected();
  if (request.needs.empty() || print_chains(request, chains, colour)) return;
  const std::string& first = request.programs.front();
  const bool several = request.programs.size() > 1;
  throw Error(Exit::usage, several ? "" : first,
              fmt::format("{}needs nothing that goes by {}. Its files: bundle inspect --list {}",
                          several ? "no program of those named " : "", printable(request.needs), shell_word(first)));
}

void run_inspect(int argc, const char* const* argv) {
  InspectRequest request;
  // A program and no option, the common call: nothing to take apart.
  if (argc == 2 && argv[1][0] != '-' && argv[1][0] != '\0') {
    request.programs = {argv[1]};
    inspect(request);
    return;
  }
  CLI::App command("Shows what a program's loader would load, and why", "bundle inspect");
  command.add_option("PROGRAM", request.programs,
                     "A path, or a name of this folder or of PATH; a library too. Of several\n"
                     "each is shown, and --json gives an array");
  command.add_option("-L,--library-path", request.library_path, "Search here as LD_LIBRARY_PATH is searched")
      ->type_name("DIR")
      ->allow_extra_args(false);
  command.add_option("--preload", request.preload, "Load this first, as LD_PRELOAD does; may be given again")
      ->type_name("LIB")
      ->allow_extra_args(false);
  command.add_option("--sysroot", request.sysroot, "Look everything up inside the root of another system")
      ->type_name("DIR");
  add_image_options(command, request.image, request.architecture, "Options");
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
      "  bundle inspect ./plugins/*.so --list\n"
      "  bundle inspect --sysroot /srv/arm64-root /usr/bin/jq --list\n"
      "  bundle inspect --image app.tar:1.0 ffmpeg\n");
  if (!parse(command, argc, argv)) return;
  if (request.programs.empty() && request.image.empty()) {
    throw Error(Exit::usage, "", "PROGRAM is required. 'bundle inspect --help' lists what there is");
  }
  inspect(request);
}

}  // namespace bundle::cli
