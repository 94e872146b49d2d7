#include "cli/commands.h"

#include <array>
#include <string_view>

#include "base/error.h"
#include "base/say.h"
#include "cli/cli11.h"
#include "cli/diff_command.h"
#include "cli/discover_options.h"
#include "cli/edit_command.h"
#include "cli/init_command.h"
#include "cli/inspect_command.h"
#include "cli/list_command.h"
#include "cli/options.h"
#include "cli/run_command.h"
#include "cli/saved_run.h"
#include "cli/slim_command.h"
#include "cli/verify_command.h"
#include "report/summary.h"
#include "run/bundle.h"

namespace bundle::cli {

namespace {

struct Command {
  std::string_view name;
  std::string_view deed;                          // what it does with files
  int (*run)(int argc, const char* const* argv);  // from the name on; the exit code
};
/// Of a command that is done or throws.
template <void (*command)(int, const char* const*)>
int done(int argc, const char* const* argv) {
  command(argc, argv);
  return static_cast<int>(Exit::done);
}
constexpr std::array commands = {
    Command{"inspect", "inspected", done<run_inspect>}, Command{"edit", "edited", done<run_edit>},
    Command{"list", "listed", done<run_list>},          Command{"diff", "compared", run_diff},
    Command{"verify", "verified", done<run_verify>},    Command{"run", "run", run_run},
    Command{"slim", "slimmed", done<run_slim>},         Command{"init", "bundled", done<run_init>}};

constexpr const char* description =
    "Packs an ELF program with its libraries into a zip shaped as an AWS Lambda layer,\n"
    "so that it runs where none of them is. The program is never run to find out.\n";

constexpr const char* footer = R"(
Commands (a program of such a name is bundled by its path):
  bundle inspect PROGRAM…     the dependency tree: where each library was found, and by which rule
  bundle edit FILE…           interpreter, run path, needed libraries of ELF files, by patchelf's options
  bundle list BUNDLE          what is in a zip or folder and what it takes, by package, reason or file
  bundle diff A B             what differs between two bundles; exit code 1 when something does
  bundle verify FILE|DIR      whether it will work where it is to run; zips that others made, too
  bundle run FILE|DIR -- …    a bundle's program here as there: in an empty root, as its target has it
  bundle slim LAYER --run …   the same bundle without what the runs do not use
  bundle init KIND            a project that deploys a bundle, to start from

Examples:
  bundle ./rig -o layer.zip                   one program; unpack it at /opt, run /opt/bin/rig
  bundle jq sqlite3 -o tools.zip --name tools two programs from PATH that share their libraries
  bundle ./app -L ./build/lib -o layer.zip    libraries that no system folder holds
  bundle ./rig -o out/                        the same files in a folder
  bundle htop -o - --format sh | ssh host sh  installed on another machine, into ~/.local
  bundle ./rig -o rig.oci/                    an image: skopeo copy oci:rig.oci docker://…
  bundle --image app.tar ffmpeg -o f.zip      from a container image instead of this machine
  bundle ./rig --dry-run                      what would be bundled, and how large it is
  bundle git --why libz.so.1                  why this is in the bundle, or why it is not
  bundle ./app -o a.zip --save-case case      what a bug report needs, without private names

A name without a slash is the ELF file of that name in this folder, else a program in PATH.

Exit codes: 0 done, 1 the input cannot be bundled, 2 wrong usage, 3 a limit or a check failed,
4 the machine failed (disk full, no permission to write).
)";

void run_bundle(int argc, const char* const* argv) {
  CLI::App app(description, "bundle");
  app.footer(footer);
  Request request;
  add_bundle_options(app, request);
  if (argc <= 1) {
    say(app.help());
    return;
  }
  const std::vector<const char*> arguments = split_trace_arguments(argc, argv, request.bundle.trace);
  if (!parse(app, static_cast<int>(arguments.size()), arguments.data(), {"--tree"})) return;
  complete_request(request);
  const report::Summary summary =
      request.save_case.empty() ? run::bundle_programs(request.bundle) : bundle_and_save(request, app);
  if (request.quiet) return;
  const std::string text = summary.answers.empty() ? report::render_summary(summary, request.verbose)
                                                   : report::render_answers(summary.answers);
  // Where the bundle itself goes to standard output, words go beside it.
  if (summary.output == "-") {
    say_error(text);
  } else {
    say(text);
  }
}

}  // namespace

int run_command(int argc, const char* const* argv) {
  // Only the options of the command that was named are described, which takes longer than to resolve a small program.
  const std::string_view first = argc > 1 ? argv[1] : "";
  for (const Command& command : commands) {
    if (first != command.name) continue;
    set_deed(command.deed);
    return command.run(argc - 1, argv + 1);
  }
  return done<run_bundle>(argc, argv);
}

}  // namespace bundle::cli
