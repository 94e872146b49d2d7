// See list_command.h.
#include "cli/list_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/say.h"
#include "cli/cli11.h"
#include "cli/options.h"
#include "verify/listing.h"

namespace bundle::cli {

void list(const ListRequest& request) {
  const std::unique_ptr<verify::Opened> bundle = verify::open_bundle(request.bundle);
  // A manifest knows of packages and reasons; what an ELF file says of itself has room in the list of the files alone.
  const bool by_file = request.by == report::ListBy::file;
  const std::vector<report::Content> files =
      verify::contents_of(*bundle, by_file ? verify::Look::everywhere : verify::Look::where_untold);
  if (request.json) {
    say_json(report::render_list_json(files, request.by));
    return;
  }
  const bool is_short = output_is_terminal() && !request.all;
  say(report::render_list(files, request.by, is_short ? report::most_lines_of_a_list : SIZE_MAX));
}

void run_list(int argc, const char* const* argv) {
  ListRequest request;
  CLI::App command("Shows what is in a bundle and what it takes, largest first", "bundle list");
  command.add_option("BUNDLE", request.bundle, "A zip or a folder, made by bundle or by others")
      ->type_name("FILE|DIR")
      ->required();
  command
      .add_option_function<std::string>(
          "--by",
          [&](const std::string& name) {
            const auto& ways = report::ways_to_list();
            const auto at = std::find_if(ways.begin(), ways.end(), [&](const auto& way) { return way.first == name; });
            if (at == ways.end()) {
              throw CLI::ValidationError("--by", "takes package, why, kind, folder or file");
            }
            request.by = at->second;
          },
          "package (the default; what none owns, by its kind), why, kind, folder or file")
      ->type_name("WHAT");
  command.add_flag("--json", request.json,
                   "All of it, for scripts; by file with SONAME, needed libraries and versions");
  command.add_flag("-v,--verbose", request.all,
                   fmt::format("Every line; a terminal is given {} without it", report::most_lines_of_a_list));
  command.footer(R"(
Packages and reasons are those of the bundle's manifest. What others made has none: by file it is
shown with the SONAME and the newest symbol versions that each library has itself.

Examples:
  bundle list layer.zip
  bundle list layer.zip --by why
  bundle list theirs.zip --by file | grep libz

Exit codes: 0 done, 1 it is no bundle or damaged, 2 wrong usage, 4 the machine failed.
)");
  if (parse(command, argc, argv)) list(request);
}

}  // namespace bundle::cli
