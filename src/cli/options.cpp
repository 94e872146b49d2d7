#include "cli/options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "base/error.h"
#include "base/file.h"
#include "base/say.h"
#include "cli/cli11.h"
#include "cli/discover_options.h"
#include "plan/target.h"
#include "run/output.h"
#include "run/source_image.h"

namespace bundle::cli {

namespace {

/// Levenshtein's distance: how many letters to add, drop or change.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t above = row[j + 1];
      row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + (a[i] == b[j] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row.back();
}

std::string nearest_option(const CLI::App& app, std::string_view unknown) {
  unknown = unknown.substr(0, unknown.find('='));
  std::string best;
  size_t best_distance = 4;  // further away than three letters is another word
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      const std::string candidate = "--" + name;
      const size_t this_distance =
          candidate.starts_with(unknown) && unknown.size() > 3 ? 1 : distance(candidate, unknown);
      if (this_distance < best_distance) {
        best_distance = this_distance;
        best = candidate;
      }
    }
  }
  return best;
}

/// What the library says of an option by its own counts, in words that tell what to type.
std::string sentence_of(const CLI::App& command, const CLI::ParseError& error) {
  constexpr std::string_view unreadable = "Could not convert: ";
  const std::string what = error.what();
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    const std::string name = what.substr(0, what.find(':'));
    const CLI::Option* const option = command.get_option_no_throw(name);
    if (option != nullptr && what.find(": At Most ") != std::string::npos) {
      return fmt::format("{} is given more than once. Give it once", name);
    }
    if (option != nullptr) return fmt::format("{} needs a value behind it, {}", name, option->get_type_name());
  }
  if (dynamic_cast<const CLI::ConversionError*>(&error) != nullptr && what.starts_with(unreadable)) {
    const std::string pair = what.substr(unreadable.size());
    const size_t equals = pair.find(" = ");
    if (equals != std::string::npos) {
      const std::string name = pair.substr(0, equals);
      const CLI::Option* const option = command.get_option_no_throw(name);
      const bool is_flag = option != nullptr && option->get_items_expected_max() == 0;
      return fmt::format("{} takes {}, and '{}' is {}", name, is_flag ? "no value" : "a number",
                         printable(pair.substr(equals + 3)), is_flag ? "one" : "none that it can take");
    }
  }
  return printable(what, 1000);
}

[[noreturn]] void fail_usage(const CLI::App& command, const CLI::ParseError& error) {
  const std::string help = fmt::format("'{} --help' lists what there is", command.get_name());
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    const std::vector<std::string> extras = command.remaining(false);
    const std::string unknown = extras.empty() ? "" : extras.front();
    if (unknown.starts_with('-') && unknown != "-") {
      const std::string nearest = nearest_option(command, unknown);
      throw Error(Exit::usage, "",
                  fmt::format("there is no option '{}'.{} {}", printable(unknown),
                              nearest.empty() ? "" : fmt::format(" Did you mean '{}'?", nearest), help));
    }
    throw Error(Exit::usage, "", fmt::format("'{}' is one argument too many. {}", printable(unknown), help));
  }
  throw Error(Exit::usage, "", fmt::format("{}. {}", sentence_of(command, error), help));
}

[[noreturn]] void fail_empty(const std::string& option) {
  throw Error(
      Exit::usage, "",
      fmt::format("the value of {} is empty, as that of a variable is which is not set. Give it one, or leave {} "
                  "out",
                  option, option));
}

/// "" is what a shell makes of a variable that is not set, and would silently mean something else: this machine, the
/// working folder, a name of our choice.
void refuse_empty_values(const CLI::App& app, const std::set<std::string>& may_be_empty) {
  for (const CLI::Option* option : app.get_options()) {
    const std::string name = option->get_name();
    const bool takes_value = option->get_items_expected_max() > 0;
    if (!takes_value || may_be_empty.contains(name)) continue;
    for (const std::string& value : option->results()) {
      if (value.empty()) fail_empty(name);
    }
  }
}

/// "--name=", which CLI11 takes for an option without a value, or for one whose value is the next argument.
void refuse_empty_assignments(const CLI::App& app, int argc, const char* const* argv,
                              const std::set<std::string>& may_be_empty) {
  for (int i = 1; i < argc; ++i) {
    std::string name = argv[i];
    if (name == "--") return;
    if (!name.starts_with("--") || !name.ends_with('=')) continue;
    name.pop_back();
    const CLI::Option* const option = app.get_option_no_throw(name);
    if (option != nullptr && option->get_items_expected_max() > 0 && !may_be_empty.contains(name)) fail_empty(name);
  }
}

void add_target_option(CLI::App& app, const plan::Target*& chosen) {
  std::vector<std::string> lines;
  std::vector<std::string_view> names;
  for (const plan::Target* target : plan::targets()) {
    names.push_back(target->name);
    lines.push_back(fmt::format("{}: {}", target->name, target->about));
  }
  app.add_option_function<std::string>(
         "--target",
         [&chosen, names](const std::string& name) {
           const plan::Target* const found = plan::find_target(name);
           if (found == nullptr) {
             throw CLI::ValidationError(
                 "--target", fmt::format("there is no '{}', only {}", printable(name), fmt::join(names, ", ")));
           }
           chosen = found;
         },
         fmt::format("Where it is to run; {} if not given, but for .sh and .oci/.\n{}", plan::default_target().name,
                     fmt::join(lines, "\n")))
      ->type_name("NAME")
      ->group("Layout");
}

/// The handler is a program like any other, and the only one: what else it starts is added.
void take_handler(run::BundleOptions& options) {
  if (options.handler.empty()) return;
  if (options.target == nullptr || options.target->name != "aws-bootstrap") {
    throw Error(Exit::usage, "",
                "--handler is run by a bootstrap, which only --target aws-bootstrap has. Add that, or name the program "
                "without --handler");
  }
  const auto other = std::find_if(options.programs.begin(), options.programs.end(),
                                  [&](const std::string& program) { return program != options.handler; });
  if (other != options.programs.end()) {
    throw Error(Exit::usage, "",
                fmt::format("--handler {} is the one program that is run, and {} would be another. Bring by --add what "
                            "it starts",
                            printable(options.handler), printable(*other)));
  }
  options.programs = {options.handler};
}

/// USER[:GROUP], none of which /etc/passwd would take for more than one field.
bool may_be_user(const std::string& user) {
  if (user.empty()) return true;
  const std::vector<std::string> parts = split(user, ":");
  const auto is_name = [](const std::string& part) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    return !part.empty() && part.front() != '-' && part.find_first_not_of(letters) == std::string::npos;
  };
  const auto colons = std::count(user.begin(), user.end(), ':');
  return colons <= 1 && parts.size() == static_cast<size_t>(colons) + 1 &&
         std::all_of(parts.begin(), parts.end(), is_name);
}

void check_image(const run::BundleOptions& options) {
  for (const std::string& variable : options.image_environment) {
    const size_t equals = variable.find('=');
    if (equals != 0 && equals != std::string::npos) continue;
    throw Error(Exit::usage, "", fmt::format("--image-env '{}' is not KEY=VALUE", printable(variable)));
  }
  if (!may_be_user(options.image_user)) {
    throw Error(
        Exit::usage, "",
        fmt::format("--image-user '{}' is not USER[:GROUP], each a number or a name of letters, digits, '_', '-' "
                    "and '.'",
                    printable(options.image_user)));
  }
  if (options.image_environment.empty() && options.image_user.empty()) return;
  if (options.output.empty() || run::parse_output(options.output, options.format).format->name == "oci") return;
  throw Error(Exit::usage, "",
              fmt::format("--image-env and --image-user are of an image, and {} is none. Leave them out, or name a "
                          "folder that ends with .oci/",
                          printable(options.output)));
}

void check_prefix(run::BundleOptions& options) {
  if (options.prefix.empty()) return;
  // What a loader cannot search (run paths are split at ':', '$' begins a token, LD_LIBRARY_PATH is split at ';' too),
  // nor a variable of folders hold.
  if (options.prefix.find_first_of(":;$") != std::string::npos ||
      printable(options.prefix, SIZE_MAX) != options.prefix) {
    throw Error(
        Exit::usage, "",
        fmt::format("--prefix '{}' cannot be where a bundle lies: a loader takes ':', ';' and '$' in the name of "
                    "a folder for something else, and control characters are none of a name. Choose another",
                    printable(options.prefix)));
  }
  if (!options.prefix.starts_with('/')) {
    throw Error(Exit::usage, "",
                fmt::format("--prefix must be an absolute path, and '{}' is not. Lambda unpacks layers at /opt",
                            printable(options.prefix)));
  }
  options.prefix = normal_path(options.prefix);
}

/// The image takes the place of a sysroot, and tells what its environment is.
void take_image(Request& request) {
  run::BundleOptions& options = request.bundle;
  check_image_options(request.image, request.architecture, options.sysroot);
  if (request.image.empty()) return;
  if (!request.save_case.empty()) {
    throw Error(Exit::usage, "",
                "--save-case saves what was read of a folder. Unpack the image, as by `umoci unpack`, and give the "
                "folder by --sysroot");
  }
  run::SourceOfImage source = run::source_of_image(request.image, request.architecture);
  if (options.programs.empty()) options.programs = {run::program_of(source)};
  options.sysroot = std::move(source.sysroot);
  options.disk = std::move(source.disk);
  options.environment_path = std::move(source.environment_path);
  options.program_path = std::move(source.program_path);
}

}  // namespace

void add_image_options(CLI::App& app, std::string& image, std::string& architecture, const std::string& group) {
  app.add_option("--image", image,
                 "From a container image, without docker: a tar that docker save wrote, an OCI\n"
                 "image (folder or tar), or a root's tar, packed or not. NAME: one of several.\n"
                 "Its PATH and LD_LIBRARY_PATH count, and what it starts if no program is named")
      ->type_name("FILE[:NAME]")
      ->group(group);
  app.add_option("--arch", architecture,
                 "Of an image for several architectures, as amd64 or arm64; this machine's if not\ngiven")
      ->type_name("NAME")
      ->group(group);
}

void check_image_options(const std::string& image, const std::string& architecture, const std::string& sysroot) {
  if (!image.empty() && !sysroot.empty()) {
    throw Error(Exit::usage, "", "--image and --sysroot both say what to bundle from. Choose one");
  }
  if (image.empty() && !architecture.empty()) {
    throw Error(Exit::usage, "", "--arch chooses in an image for several architectures, and there is no --image");
  }
}

void add_bundle_options(CLI::App& app, Request& request) {
  run::BundleOptions& options = request.bundle;
  app.add_option("programs", options.programs, "Programs to bundle: a path, or a name of this folder or of PATH")
      ->type_name("PROGRAM");
  app.add_option("-o,--output", options.output,
                 "FILE.zip, .tar, .tar.gz, .tar.zst, or .sh, an installer; DIR/ for the same\n"
                 "files in a folder, DIR.oci/ for an image; - for standard output")
      ->type_name("FILE|DIR/|-")
      ->group("Output");
  app.add_option("--format", options.format,
                 "zip, tar, tar.gz, tar.zst, sh, dir or oci, where the ending does not say so")
      ->type_name("NAME")
      ->group("Output");
  app.add_option("--image-env", options.image_environment, "A variable of an image; may be given again")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false)
      ->group("Output");
  app.add_option("--image-user", options.image_user, "The user of an image, and its group; root if not given")
      ->type_name("USER[:GROUP]")
      ->group("Output");
  app.add_flag("-f,--force", options.force, "Replace an output that exists; go over the target's size limit")
      ->group("Output");
  app.add_flag("-n,--dry-run", options.dry_run, "Print the plan with sizes and write nothing")->group("Output");
  app.add_option("--why", options.why,
                 "Say why PATH is in the bundle, or why it is not and what adds it; write nothing.\n"
                 "A path here or in the bundle, or a library's name; may be given again")
      ->type_name("PATH")
      ->allow_extra_args(false)
      ->group("Output");
  add_packing_options(app, options.level, options.jobs);
  app.add_option("-L,--library-path", options.library_path,
                 "Folder to search for libraries, as LD_LIBRARY_PATH is; may be given\n"
                 "again. The environment's own LD_LIBRARY_PATH comes after it")
      ->type_name("DIR")
      ->allow_extra_args(false)
      ->group("Libraries");
  app.add_option("--sysroot", options.sysroot,
                 "Bundle from the system in this folder, of whatever architecture: everything\n"
                 "is looked up inside it")
      ->type_name("DIR")
      ->group("Libraries");
  add_image_options(app, request.image, request.architecture, "Libraries");
  app.add_flag("--runpath", options.runpath,
               "Write DT_RUNPATH instead of DT_RPATH; LD_LIBRARY_PATH wins over it\n(breaks on Lambda)")
      ->group("Libraries");
  add_target_option(app, options.target);
  app.add_option("--handler", options.handler,
                 "PROGRAM, which knows nothing of Lambda, is run once an event; with --target\naws-bootstrap")
      ->type_name("PROGRAM")
      ->group("Layout");
  app.add_option("--prefix", options.prefix, "Where the output will be unpacked; the target's place if not given")
      ->type_name("DIR")
      ->group("Layout");
  app.add_option("--name", options.name, "The private folder, lib/NAME; the first program's name if not given")
      ->type_name("NAME")
      ->group("Layout");
  app.add_flag("--flat", options.flat, "Put libraries straight into lib/, where other programs find them too")
      ->group("Layout");
  app.add_option_function<std::vector<std::string>>(
         "--rename",
         [&options](const std::vector<std::string>& pairs) {
           for (const std::string& pair : pairs) {
             const size_t equals = pair.rfind('=');
             if (equals == std::string::npos || equals == 0) {
               throw CLI::ValidationError("--rename", fmt::format("'{}' is not OLD=NEW", pair));
             }
             options.renames.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
           }
         },
         "Give the program OLD (its name or path) the name NEW in bin/; may be given again")
      ->type_name("OLD=NEW")
      ->allow_extra_args(false)
      ->group("Layout");
  app.add_option_function<std::string>(
         "--launcher", [&options](const std::string& value) { options.launchers = value == "auto"; },
         "auto: a small static launcher in bin/ starts the program anywhere;\n"
         "none: bin/ holds the program itself, which starts at the prefix only")
      ->default_str("auto")
      ->check(CLI::IsMember({"auto", "none"}).description(""))
      ->type_name("auto|none")
      ->group("Layout");
  app.add_option("--env", options.environment,
                 "A variable for the program where the caller has none of that name;\n"
                 "@root@ is the bundle's folder; may be given again")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false)
      ->group("Layout");
  add_discover_options(app, options.discover, options.trace);
  app.add_option("--only-used", options.only_used,
                 "Of all that only what runs used by this record, which `bundle slim --record`\n"
                 "wrote: the same slimmed bundle, without a run")
      ->type_name("FILE")
      ->group("Data and plugins");
  app.add_flag("--prefer-target", options.prefer_target,
               "Where the target has a file of a bundled one's path, use the target's")
      ->group("Data and plugins");
  app.add_flag("-q,--quiet", request.quiet, "Print nothing but errors")->group("Messages");
  app.add_flag("-v,--verbose", request.verbose,
               "Print every file and why it is there, and all that\nwas found and left")
      ->group("Messages");
  app.add_option("--save-case", request.save_case,
                 "For a bug report: save what the run reads and a script that repeats it, with the\n"
                 "names of user and folders replaced and without secrets; your program is in it")
      ->type_name("DIR")
      ->group("Messages");
  app.set_version_flag("--version", std::string("bundle " BUNDLE_VERSION), "Print the version and exit")
      ->group("Messages");
  app.set_help_flag("-h,--help", "Print this page and exit")->group("Messages");
}

void complete_request(Request& request) {
  run::BundleOptions& options = request.bundle;
  take_handler(options);
  take_image(request);
  if (options.programs.empty()) {
    throw Error(Exit::usage, "",
                "no program is named. For example: bundle ./rig -o layer.zip ('bundle --help' tells more)");
  }
  if (!options.why.empty()) options.dry_run = true;
  if (options.output.empty() && !options.dry_run) {
    throw Error(Exit::usage, "", "no output is named. Add -o layer.zip, or -o layer/ for a folder, or --dry-run");
  }
  check_prefix(options);
  check_image(options);
  if (!options.sysroot.empty() && options.trace.run) {
    throw Error(Exit::usage, "",
                "--trace runs the program, and one of a sysroot cannot be run here. Run it there under "
                "`strace -f -o LOG`, and give the log by --trace-input");
  }
  if (options.output == "-" && !options.dry_run && output_is_terminal()) {
    throw Error(
        Exit::usage, "",
        "standard output is a terminal, and an archive is nothing to read. Send it to a file or a pipe, or name "
        "a file with -o");
  }
  if (!options.only_used.empty() && !options.why.empty()) {
    throw Error(Exit::usage, "",
                "--why answers for all that would go in, and --only-used leaves some of it out. Choose one");
  }
  if (request.quiet && request.verbose) throw Error(Exit::usage, "", "-q and -v contradict each other. Choose one");
  if (request.quiet && !options.why.empty()) {
    throw Error(Exit::usage, "", "-q and --why contradict each other: the answer is what --why prints. Choose one");
  }
  if (options.sysroot.empty()) options.environment_path = environment_library_path();
  options.progress = !request.quiet;
}

void add_packing_options(CLI::App& app, int& level, unsigned& jobs) {
  app.add_option("--level", level, "Compression, 1 (fast) to 12 (small)")
      ->capture_default_str()
      ->check(CLI::Range(1, 12).description(""))
      ->type_name("1..12")
      ->group("Output");
  app.add_option("-j,--jobs", jobs, "How many threads work; all cores if not given. The bytes are the same")
      ->type_name("N")
      ->group("Output");
}

bool parse(CLI::App& app, int argc, const char* const* argv, const std::set<std::string>& may_be_empty) {
  refuse_empty_assignments(app, argc, argv, may_be_empty);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForVersion& version) {
    say(fmt::format("{}\n", version.what()));
    return false;
  } catch (const CLI::Success&) {
    say(app.help());
    return false;
  } catch (const CLI::ParseError& error) {
    fail_usage(app, error);
  }
  refuse_empty_values(app, may_be_empty);
  return true;
}

std::string environment_library_path() {
  const char* value = std::getenv("LD_LIBRARY_PATH");
  return value == nullptr ? "" : value;
}

}  // namespace bundle::cli
