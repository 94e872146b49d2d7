// See slim_command.h. verify runs and watches, run trims and writes; here the one is handed to the other.
#include "cli/slim_command.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <charconv>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/parallel.h"
#include "base/say.h"
#include "base/temporary_folder.h"
#include "cli/cli11.h"
#include "cli/command_words.h"
#include "cli/options.h"
#include "cli/run_place.h"
#include "plan/target.h"
#include "run/slim.h"
#include "run/trim.h"
#include "verify/manifests.h"
#include "verify/opened.h"
#include "verify/used.h"

namespace bundle::cli {

namespace {

constexpr unsigned most_jobs = 256;

/// Where it will lie: its folder may be there, it itself need not be.
std::string place_of(const std::string& path) {
  const std::string whole = absolute_path(path);
  const std::optional<std::string> folder = real_path(std::string(folder_name(whole)));
  return folder ? normal_path(*folder + "/" + std::string(base_name(whole))) : whole;
}

/// The output may be neither the layer nor a folder that holds it, nor lie in it.
void check_output_is_another(const SlimRequest& request, const run::Output& output) {
  if (output.is_stream()) return;
  const std::string layer = real_path(request.layer).value_or(request.layer), written = place_of(output.path);
  if (is_at_or_below(written, layer) || is_below(layer, written)) {
    throw Error(Exit::usage, output.given, "is the layer that is to be slimmed, or lies in it. Name another with -o");
  }
}

/// What is replaced by a record is one. It lies neither in the output, of which it is no part, nor in the layer.
void check_record(const SlimRequest& request, const run::Output& output) {
  const std::string& path = request.record;
  if (path.empty()) return;
  const std::string record = place_of(path);
  if (!output.is_stream() && is_at_or_below(record, place_of(output.path))) {
    throw Error(Exit::usage, path, "is the output of -o, or lies in it. Name another file by --record");
  }
  if (is_below(record, real_path(request.layer).value_or(request.layer))) {
    throw Error(Exit::usage, path, "lies in the layer, which stays as it is. Name another file by --record");
  }
  const std::optional<std::string> text = read_file(path);
  if (!text) return;
  try {
    report::parse_record(*text, path);
  } catch (const Error&) {
    throw Error(Exit::usage, path, "is there, and no record that could be replaced. Name another file by --record");
  }
}

std::vector<verify::Job> jobs_of(const SlimRequest& request) {
  std::vector<verify::Job> jobs;
  for (const std::string& text : request.runs) {
    CommandWords command = parse_command(text);
    jobs.push_back({text, std::move(command.words), std::move(command.environment), std::move(command.input)});
  }
  return jobs;
}

void make_readable(const std::string& folder, mode_t mode) {
  if (::chmod(folder.c_str(), mode) != 0) {
    const int error_number = errno;
    throw system_error(folder, "its mode cannot be set", error_number);
  }
}

std::set<int> parse_statuses(const std::string& text) {
  std::set<int> statuses;
  for (const std::string& one : split(text, ",")) {
    int status = -1;
    const auto [end, error] = std::from_chars(one.data(), one.data() + one.size(), status);
    if (error != std::errc() || end != one.data() + one.size() || status < 0 || status > 255) {
      throw CLI::ValidationError("--expect",
                                 fmt::format("'{}' is no exit status: write it as 1, or 0,1", printable(text)));
    }
    statuses.insert(status);
  }
  return statuses;
}

void check_request(const SlimRequest& request) {
  if (request.output.empty()) throw Error(Exit::usage, "", "no output is named. Add -o slim.zip, or -o slim/");
  if (request.runs.empty() && request.only_used.empty()) {
    throw Error(Exit::usage, "",
                "nothing says what is used. Add --run 'COMMAND', or --only-used FILE with the record of a former run");
  }
  if (!request.runs.empty() && !request.only_used.empty()) {
    throw Error(Exit::usage, "", "--run and --only-used each say what is used. Choose one");
  }
  if (request.quiet && request.verbose) throw Error(Exit::usage, "", "-q and -v contradict each other. Choose one");
  if (request.output == "-" && output_is_terminal()) {
    throw Error(Exit::usage, "", "standard output is a terminal, and an archive is nothing to read. Name a file by -o");
  }
}

void add_options(CLI::App& app, SlimRequest& request) {
  verify::Place& place = request.place;
  app.add_option("LAYER", request.layer, "A zip that bundle wrote, or the folder that it is unpacked in")->required();
  app.add_option("-o,--output", request.output, "What is written, as `bundle` takes it: FILE.zip, DIR/, FILE.tar …")
      ->type_name("FILE|DIR/|-")
      ->group("Output");
  app.add_option("--format", request.format, "zip, tar, tar.gz, tar.zst, sh, dir or oci, where the ending does not say")
      ->type_name("NAME")
      ->group("Output");
  app.add_option("--record", request.record, "Write what was used, for --only-used here or with `bundle PROGRAM…`")
      ->type_name("FILE")
      ->group("Output");
  app.add_flag("-f,--force", request.writing.force, "Replace an output of bundle's that is there")->group("Output");
  add_packing_options(app, request.writing.level, request.writing.jobs);
  const auto add_list = [&](const char* name, std::vector<std::string>& to, const char* type, const char* group,
                            const char* about) {
    app.add_option(name, to, about)->type_name(type)->allow_extra_args(false)->group(group);
  };
  add_list("--run", request.runs, "'COMMAND'", "What is used",
           "A program of the layer with its arguments, quoted as for a shell; no shell reads\n"
           "it. NAME=VALUE ahead of it sets a variable, '< FILE' behind it gives it an\n"
           "input. May be given again: all run in one folder, one after the other");
  add_list("--input", request.inputs, "PATH", "What is used",
           "A file or folder of this machine that the commands find by its name in their\n"
           "working folder; may be given again");
  add_list("--keep", request.keep, "GLOB", "What is used",
           "Keep files whose path matches, as '/usr/share/vim/*' or 'libfoo*'; may be given\nagain");
  app.add_option("--only-used", request.only_used, "Keep what this record names, and run nothing")
      ->type_name("FILE")
      ->group("What is used");
  app.add_option_function<std::string>(
         "--expect", [&request](const std::string& text) { request.expected = parse_statuses(text); },
         "The exit status that the commands end with, or several with commas between;\n0 if not given")
      ->type_name("STATUS,…")
      ->group("What is used");
  std::string names;
  for (const plan::Target* target : plan::targets()) names += (names.empty() ? "" : ", ") + std::string(target->name);
  app.add_option("--target", request.target, "Run as there: " + names + ".\nThe default is what it was made for")
      ->type_name("NAME")
      ->check([names](const std::string& name) { return plan::find_target(name) != nullptr ? "" : "knows " + names; })
      ->group("Where the commands run");
  app.add_option("--root", place.root, "Over the files of another system, instead of none")
      ->type_name("DIR")
      ->check(CLI::ExistingDirectory)
      ->group("Where the commands run");
  app.add_option("--timeout", place.seconds, "The longest that a command may take")
      ->type_name("SECONDS")
      ->check(CLI::Range(uint64_t{1}, uint64_t{1'000'000}).description(""))
      ->group("Where the commands run");
  app.add_flag("--network", place.network, "With this machine's network")->group("Where the commands run");
  app.add_flag("-q,--quiet", request.quiet, "Print nothing but errors")->group("Messages");
  app.add_flag("-v,--verbose", request.verbose, "Print what each package saved, not the largest alone")
      ->group("Messages");
  app.footer(R"(
What stays: what a command opened, started, mapped or asked about by its name; the libraries that this needs; the
programs that the layer was made for; and what is opened only where something goes wrong or the target's environment
says so (libgcc_s.so.1, name services, locales, terminals, certificates). Time zones that no command used do not:
--keep '/usr/share/zoneinfo/*'. lib/NAME/dropped.json lists what went.

The commands run as by `bundle run`, in an empty root, in a folder /tmp that is empty but for --input. Their standard
output is dropped. One that fails ends it all, and nothing is written.

Examples:
  bundle slim python.zip -o slim.zip --input job.py --run 'python3 job.py --all'
  bundle slim git.zip -o slim/ --run 'git init r' --run 'git -C r status' --keep '/usr/share/git-core/*'
  bundle slim jq.zip -o slim.zip --run 'jq . < event.json' --record used.json
  bundle jq -o slim.zip --only-used used.json
)");
}

}  // namespace

void slim(SlimRequest request) {
  check_request(request);
  std::vector<verify::Job> jobs = jobs_of(request);
  run::Output output = run::parse_output(request.output, request.format);
  check_output_is_another(request, output);
  run::check_output(output, request.writing.force);
  check_record(request, output);
  std::optional<report::Record> record;
  if (!request.only_used.empty()) record = run::read_record(request.only_used);
  // From here on what is asked for can be done, if the layer is one.

  const std::unique_ptr<verify::Opened> opened = verify::open_bundle(request.layer);
  complete_place(request.place, request.target, verify::manifests_of(*opened));
  const TemporaryFolder scratch;
  const std::optional<struct stat> status = status_of(request.layer);
  const bool is_folder = status && S_ISDIR(status->st_mode);
  request.place.folder = is_folder ? absolute_path(request.layer) : scratch.path() + "/layer";
  try {
    if (!is_folder) {
      make_folders(request.place.folder);
      verify::unpack(*opened, request.place.folder);
      make_readable(request.place.folder, 0755);
    }
    std::vector<std::shared_ptr<const MappedFile>> mapped;
    std::vector<pack::Entry> entries = run::entries_in(request.place.folder, mapped);
    run::check_is_bundle(entries);
    if (!record) {
      verify::Watching watching;
      watching.place = request.place;
      watching.inputs = request.inputs;
      watching.scratch = scratch.path() + "/work";
      watching.expected = request.expected;
      make_folders(watching.scratch);
      verify::Asked asked = verify::used_by(*opened, watching, jobs);
      record = run::record_of(entries, {std::move(asked.paths), std::move(asked.listed)});
    }
    for (const std::string& glob : request.keep) record->keep.push_back(report::manifest_spelling(glob));
    // From here on it is known what is used.

    std::optional<AtomicFile> written;
    if (!request.record.empty()) written.emplace(request.record).write(report::render_record(*record));
    const run::Slimmed slimmed = run::write_slimmed(std::move(entries), *record, output, request.writing);
    if (written) written->commit(true);
    if (request.quiet) return;
    const std::string text = report::render_savings(slimmed.savings, request.verbose) +
                             report::render_slimmed(request.output, slimmed.savings, slimmed.packed);
    output.is_stream() ? say_error(text) : say(text);
  } catch (Error& error) {
    scratch.explain(error);
    error.set_path_if_empty(request.layer);
    throw;
  }
}

void run_slim(int argc, const char* const* argv) {
  SlimRequest request;
  request.writing.jobs = 0;
  CLI::App app("Writes a bundle again without what the commands do not use", "bundle slim");
  add_options(app, request);
  if (!parse(app, argc, argv)) return;
  unsigned& jobs = request.writing.jobs;
  jobs = std::min(jobs > 0 ? jobs : default_jobs(), most_jobs);
  request.writing.progress = !request.quiet;
  slim(std::move(request));
}

}  // namespace bundle::cli
