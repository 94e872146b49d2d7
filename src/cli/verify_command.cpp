// See verify_command.h. What is looked at is in src/verify/checks.cpp, from which the help's list comes.
#include "cli/verify_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.h"
#include "base/folder.h"
#include "base/say.h"
#include "cli/cli11.h"
#include "cli/discover_options.h"
#include "cli/options.h"
#include "plan/target.h"
#include "verify/checks.h"
#include "verify/render.h"
#include "verify/verify.h"

namespace bundle::cli {

namespace {

void add_target(CLI::App& command, const plan::Target*& chosen) {
  std::vector<std::string_view> names;
  for (const plan::Target* target : plan::targets()) names.push_back(target->name);
  command
      .add_option_function<std::string>(
          "--target",
          [&chosen, names](const std::string& name) {
            chosen = plan::find_target(name);
            if (chosen == nullptr) {
              throw CLI::ValidationError(
                  "--target", fmt::format("there is no '{}', only {}", printable(name), fmt::join(names, ", ")));
            }
          },
          fmt::format("Where it is to run, one of {}.\nIf not given: what it was made for, else {}",
                      fmt::join(names, ", "), plan::default_target().name))
      ->type_name("NAME");
}

std::string footer() {
  std::string out = "\nWhat is looked at, by the id that stands behind each finding:\n";
  for (const verify::Check& check : verify::checks()) out += fmt::format("  {:<13} {}\n", check.id, check.about);
  return out +
         "\nErrors will not work there, warnings may not; of a bundle that was changed after it was made, both\n"
         "are errors. What Lambda's runtimes have is known from public documents; what is not known is said.\n"
         "\n--json: {format: 1, file, target, prefix, ok, errors, warnings, files, unpacked, packed (bytes),\n"
         "findings: [{check, severity: error|warning, path, what, to_do}], too_large_for_lief, left_out:\n"
         "[sentence]}. ok is true\n"
         "when no finding is an error; left_out names checks that could not be made.\n"
         "\nExamples:\n"
         "  bundle verify layer.zip\n"
         "  bundle verify sharp-layer.zip --target aws-lambda     a zip that somebody else made\n"
         "  bundle verify out/ --json\n"
         "  bundle verify layer.zip --root ./al2023-root          against the files of a system\n"
         "\nExit codes: 0 in order (warnings too), 1 no zip and no folder, 2 wrong usage, 3 errors were found.\n";
}

}  // namespace

void run_verify(int argc, const char* const* argv) {
  verify::Request request;
  request.target_has.drivers = true;
  bool json = false;
  CLI::App command("Says whether a bundle will work where it is to run, without running it", "bundle verify");
  command.add_option("FILE|DIR", request.path, "A zip, or the folder that one is unpacked in; others' too")->required();
  command.add_flag("--json", json, "All findings, for scripts");
  add_target(command, request.target);
  command.add_option("--prefix", request.prefix, "Where it is unpacked; if not given: what it was made for")
      ->type_name("DIR")
      ->check([](const std::string& value) {
        return value.starts_with('/') ? std::string() : std::string("takes an absolute path, as /opt");
      });
  add_target_has_option(command, request.target_has);
  command.add_option("--root", request.root, "A folder with the files of the system that it runs on, as /lib64")
      ->type_name("DIR")
      ->check([](const std::string& value) {
        const std::optional<struct stat> status = status_of(value);
        return status && S_ISDIR(status->st_mode) ? std::string() : "takes a folder that is there";
      });
  command.footer(footer());
  if (!parse(command, argc, argv)) return;
  const verify::Verified verified = verify::verify(request);
  json ? say_json(verify::render_json(verified)) : say(verify::render_text(verified));
  if (!verified.has_errors()) return;
  throw Error(Exit::limit, request.path, "will not work as it is", "What is wrong, and what to do, stands above");
}

}  // namespace bundle::cli
