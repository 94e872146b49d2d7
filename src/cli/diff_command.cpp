// See diff_command.h.
#include "cli/diff_command.h"

#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "base/say.h"
#include "cli/cli11.h"
#include "cli/options.h"
#include "verify/compare.h"

namespace bundle::cli {

bool diff(const DiffRequest& request) {
  const std::unique_ptr<verify::Opened> before = verify::open_bundle(request.before);
  const std::unique_ptr<verify::Opened> after = verify::open_bundle(request.after);
  const report::Difference difference = verify::compare(*before, *after);
  if (request.json) {
    say_json(report::render_diff_json(difference));
  } else {
    const bool is_short = output_is_terminal() && !request.all;
    say(report::render_diff(difference, is_short ? report::most_lines_of_a_list : SIZE_MAX));
  }
  return difference.is_same();
}

int run_diff(int argc, const char* const* argv) {
  constexpr int differ = 1;
  set_exit_of_bad_input(Exit::usage);
  DiffRequest request;
  CLI::App command("Compares two bundles by what is in them", "bundle diff");
  command.add_option("A", request.before, "A zip or a folder, made by bundle or by others")
      ->type_name("FILE|DIR")
      ->required();
  command.add_option("B", request.after, "The one to compare with it, in whatever form")
      ->type_name("FILE|DIR")
      ->required();
  command.add_flag("--json", request.json, "All of it, for scripts");
  command.add_flag(
      "-v,--verbose", request.all,
      fmt::format("Every line; a terminal is given {} of each list without it", report::most_lines_of_a_list));
  command.footer(
      "\nPackages first, then files: + added, - gone, ~ changed, > moved, with what changed of each: package,\n"
      "permissions, SONAME, the symbol versions that it defines, the libraries that it needs, content, size.\n"
      "Times and compression of an archive are no difference between what is in it.\n"
      "\nExamples:\n"
      "  bundle diff old.zip new.zip\n"
      "  bundle diff layer.zip layer/\n"
      "  bundle diff deployed.zip new.zip > /dev/null && echo nothing to deploy\n"
      "\nExit codes, those of diff(1): 0 the same, 1 they differ, 2 one cannot be read or the usage is wrong,\n"
      "4 the machine failed.\n");
  if (!parse(command, argc, argv)) return 0;
  return diff(request) ? 0 : differ;
}

}  // namespace bundle::cli
