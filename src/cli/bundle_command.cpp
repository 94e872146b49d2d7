#include "cli/bundle_command.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/parallel.h"
#include "cli/contents.h"
#include "cli/discovery.h"
#include "discover/dpkg.h"
#include "elf/image.h"
#include "launch/launch.h"
#include "pack/archive.h"
#include "plan/layout.h"
#include "report/missing.h"
#include "report/progress.h"
#include "report/summary.h"
#include "resolve/closure.h"
#include "rewrite/rewrite.h"

namespace bundle::cli {

namespace {

bool is_executable_file(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

/// Where the output goes, and as what.
struct Output {
  std::string path;  // without a trailing slash
  bool is_folder = false;
};

Output parse_output(const std::string& given) {
  Output output{absolute_path(given), given.ends_with('/')};
  struct stat status = {};
  if (::stat(output.path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) output.is_folder = true;
  return output;
}

/// Refuses, before any work is done, an output that could not or must not be written.
void check_output(const Output& output, const Request& request) {
  struct stat status = {};
  if (::lstat(output.path.c_str(), &status) != 0) return;
  if (!request.force) {
    throw Error(Exit::usage, request.output,
                "exists already. Add --force to replace it, or name another output with -o");
  }
  // --force replaces what a former run wrote. A folder that is neither empty nor a bundle is somebody's work.
  if (output.is_folder && !std::filesystem::is_empty(output.path)) {
    std::error_code ignored;
    bool is_bundle = false;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(output.path + "/lib", ignored)) {
      if (entry.path().filename() == "manifest.json") is_bundle = true;
    }
    if (!is_bundle) {
      throw Error(Exit::usage, request.output,
                  "is a folder that holds something other than a bundle, and is not replaced. Name a new one");
    }
  }
}

/// An output that is one of the files it is made from would be gone before it is read, or be bundled into itself.
void check_inputs(const Plan& plan, const Output& output, const Request& request) {
  const std::optional<std::string> real_output = real_path(output.path);
  if (!real_output) return;
  for (const Item& item : plan.items) {
    if (item.source == *real_output || item.source.starts_with(*real_output + "/")) {
      throw Error(Exit::usage, request.output,
                  fmt::format("is one of the files to be bundled, or holds one ({}). Name another output with -o",
                              printable(item.source)));
    }
  }
}

/// Where a missing library could come from, as dpkg's database has it.
std::string package_hint(const std::optional<discover::DpkgDatabase>& dpkg, const std::string& name) {
  if (!dpkg) return "";
  const std::vector<std::pair<Package, std::string>> shipped = dpkg->find_by_base_name(name);
  if (!shipped.empty()) {
    const auto& [package, path] = shipped.front();
    return fmt::format("the package {} ships it as {}: add -L {}", package.name, path, folder_name(path));
  }
  const std::optional<std::string> package = discover::package_name_for_soname(name);
  return package ? fmt::format("by its name it would be in the package {}: apt-get install {}", *package, *package)
                 : "";
}

bool carries_payload(const std::string& path) {
  const std::shared_ptr<const MappedFile> file = MappedFile::open(path);
  return rewrite::has_payload(elf::Image(file->bytes(), path));
}

resolve::Options resolve_options(const Request& request) {
  resolve::Options options;
  options.library_path = request.library_path;
  options.sysroot = request.sysroot;
  if (request.sysroot.empty())
    options.environment_path = environment_library_path();  // it says nothing about a sysroot
  return options;
}

/// Throws Error (limit) when a symbol version that an object needs is not defined where its name led: what people
/// otherwise meet in production as "version `ZLIB_1.2.9' not found".
void check_versions(const Closure& closure) {
  std::string problems;
  bool is_too_old = false;
  for (const VersionProblem& problem : closure.version_problems) {
    if (!problem.is_fatal()) continue;
    problems += "\n  " + report::describe_version_problem(closure, problem);
    is_too_old = is_too_old || problem.kind == VersionProblem::Kind::undefined;
  }
  if (problems.empty()) return;
  throw Error(Exit::limit, closure.objects.front().path,
              fmt::format("would not start, here or in the bundle, for want of symbol versions:{}{}", problems,
                          is_too_old ? "\nPut the folder of a newer library first with -L" : ""));
}

std::vector<plan::NamedProgram> resolve_programs(const Request& request, resolve::Resolver& resolver,
                                                 const std::optional<discover::DpkgDatabase>& dpkg) {
  std::vector<plan::NamedProgram> programs;
  std::vector<Closure> incomplete;
  for (const std::string& named : request.programs) {
    plan::NamedProgram program;
    program.given = request.sysroot.empty() ? find_program(named) : resolver.find_in_sysroot(named);
    program.closure = resolver.resolve(program.given);
    const Object& object = program.closure.objects.front();
    if (program.closure.objects.front().is_library) {
      throw Error(
          Exit::cannot_bundle, named,
          "is a shared library and names no interpreter, so it cannot be started. Name the program that loads it");
    }
    program.has_launcher = launch::has_launcher(object.machine) && object.is_64;
    program.reads_itself = program.has_launcher && !object.is_static && carries_payload(object.real_path);
    check_versions(program.closure);
    if (report::lacks_something(program.closure)) incomplete.push_back(program.closure);
    programs.push_back(std::move(program));
  }
  if (!incomplete.empty()) {
    throw report::missing_error(incomplete, [&](const std::string& name) { return package_hint(dpkg, name); });
  }
  return programs;
}

void name_packages(Plan& plan, const std::optional<discover::DpkgDatabase>& dpkg, const std::string& sysroot) {
  if (!dpkg) return;
  const std::string outside = sysroot.empty() ? "" : real_path(sysroot).value_or(sysroot);
  for (Item& item : plan.items) {
    if (item.source.empty() || item.package.known()) continue;
    std::string_view path = item.source;
    if (!outside.empty() && path.starts_with(outside + "/")) path.remove_prefix(outside.size());
    if (std::optional<Package> package = dpkg->owner(path)) item.package = std::move(*package);
  }
}

/// Whether anything in the bundle does: programs, plugins, what they need and what they open.
bool calls_dlmopen(const std::vector<plan::NamedProgram>& programs, const std::vector<plan::AddedFile>& files) {
  std::set<std::string> objects;
  const auto note = [&](const Closure& closure, const std::vector<Opening>& openings) {
    for (const Object& object : closure.objects) objects.insert(object.real_path);
    for (const Opening& opening : openings) {
      for (const Object& object : opening.closure.objects) objects.insert(object.real_path);
    }
  };
  for (const plan::NamedProgram& program : programs) note(program.closure, program.openings);
  for (const plan::AddedFile& file : files) note(file.closure, file.openings);
  return std::any_of(objects.begin(), objects.end(), [](const std::string& path) {
    const std::shared_ptr<const MappedFile> file = MappedFile::open(path);
    const std::vector<std::string> imports = elf::Image(file->bytes(), path).imported_symbols();
    return std::find(imports.begin(), imports.end(), "dlmopen") != imports.end();
  });
}

/// Where the plugins that the user named lie, for whoever has to tell the program.
void name_plugins(Plan& plan, const Request& request) {
  for (const discover::Addition& plugin : request.discover.plugins) {
    const std::string source = real_path(plugin.path).value_or(plugin.path);
    for (const Item& item : plan.items) {
      if (item.source == source && item.path.starts_with(plan.home + "/root/")) {
        plan.notes.push_back(fmt::format("the plugin {} lies at {}/{}", printable(base_name(plugin.path)),
                                         printable(plan.prefix), printable(item.path)));
      }
    }
  }
}

/// The time of all entries: the first that a zip can say, or SOURCE_DATE_EPOCH
/// (reproducible-builds.org/specs/source-date-epoch).
int64_t archive_time() {
  const char* text = std::getenv("SOURCE_DATE_EPOCH");
  if (text == nullptr || *text == '\0') return pack::zip_epoch;
  int64_t value = 0;
  const char* end = text + std::strlen(text);
  const auto [stopped, error] = std::from_chars(text, end, value);
  if (error != std::errc() || stopped != end || value < 0) {
    throw Error(Exit::usage, "",
                fmt::format("SOURCE_DATE_EPOCH is '{}', which is not a number of seconds. Set it to one, or unset it",
                            printable(text)));
  }
  return value;
}

/// What was found, a line an item, and what was seen and left out.
std::string render_discovered(const Discovered& discovered) {
  std::string out;
  for (const discover::FoundItem& item : discovered.items) {
    out += fmt::format("found {}: {}{}, {}{}\n", printable(item.path),
                       item.files > 1 ? fmt::format("{} files, ", item.files) : "", report::human_size(item.size),
                       printable(item.why), item.package.known() ? fmt::format(" [{}]", item.package.name) : "");
  }
  for (const discover::Hint& hint : discovered.hints) out += fmt::format("hint: {}\n", hint.text);
  return out;
}

uint64_t write_output(const Output& output, const Plan& plan, const Contents& contents, const Request& request,
                      unsigned jobs) {
  std::vector<pack::Entry> entries;
  for (size_t i = 0; i < plan.items.size(); ++i) {
    entries.push_back({plan.items[i].path, plan.items[i].mode, contents.pieces[i]});
  }
  report::Progress bar(output.is_folder ? "writing" : "packing", !request.quiet);
  pack::Settings settings;
  settings.level = request.level;
  settings.jobs = jobs;
  settings.time = archive_time();
  settings.progress = [&bar](uint64_t done, uint64_t total) { bar.update(done, total); };
  if (output.is_folder) {
    AtomicFolder folder(output.path);
    try {
      pack::write_folder(folder.path(), entries, settings);
    } catch (Error& error) {
      error.rename_folder(folder.path(), output.path);  // what is left of it when the user reads this
      throw;
    }
    folder.commit(request.force);
    return 0;
  }
  AtomicFile file(output.path);
  const uint64_t size = pack::write_zip(file, std::move(entries), settings);
  file.commit(request.force);
  return size;
}

}  // namespace

std::string find_program(const std::string& named) {
  if (named.find('/') != std::string::npos) return absolute_path(named);
  const char* path = std::getenv("PATH");
  for (const std::string& folder : split(path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path, ":")) {
    const std::string candidate = absolute_path((folder.empty() ? "." : folder) + "/" + named);
    if (is_executable_file(candidate)) return candidate;
  }
  struct stat status = {};
  const bool is_here = !named.empty() && ::stat(named.c_str(), &status) == 0;
  throw Error(Exit::cannot_bundle, named,
              is_here ? fmt::format("no program of that name is in PATH. For the file in this folder write ./{}",
                                    printable(named))
                      : "no such program in PATH. Name it by its path, as ./program");
}

void bundle_programs(const Request& request) {
  const auto start = std::chrono::steady_clock::now();
  const unsigned jobs = request.jobs > 0 ? request.jobs : default_jobs();
  std::optional<Output> output;
  if (!request.output.empty()) output = parse_output(request.output);
  if (output && !request.dry_run) check_output(*output, request);

  const std::optional<discover::DpkgDatabase> dpkg = discover::DpkgDatabase::open(request.sysroot);
  resolve::Resolver resolver(resolve_options(request));
  std::vector<plan::NamedProgram> programs = resolve_programs(request, resolver, dpkg);
  // From here on every DT_NEEDED of every program has an answer.
  Discovered discovered = discover_files(request, programs, resolver, dpkg ? &*dpkg : nullptr);
  for (size_t i = 0; i < programs.size(); ++i) programs[i].openings = std::move(discovered.openings.at(i));
  plan::LayoutOptions layout;
  layout.name = request.name;
  layout.prefix = request.prefix;
  layout.flat = request.flat;
  layout.runpath = request.runpath;
  layout.launchers = request.launcher == "auto";
  layout.renames = request.renames;
  layout.environment = request.environment;
  layout.opens_namespaces = calls_dlmopen(programs, discovered.files);
  for (const discover::KeptFolder& kept : discovered.kept) layout.kept_folders.emplace_back(kept.source, kept.folder);
  layout.prefer_target = request.prefer_target;
  Plan plan = plan::make_layout(programs, discovered.files, layout);
  if (output) check_inputs(plan, *output, request);
  name_packages(plan, dpkg, request.sysroot);

  Contents contents;
  {
    report::Progress bar("reading", !request.quiet);
    contents = make_contents(plan, jobs, [&bar](uint64_t done, uint64_t total) { bar.update(done, total); });
  }
  if (contents.unpacked_bytes > report::lambda_limit && !request.force && !request.dry_run) {
    throw Error(Exit::limit, "", report::render_over_limit(plan, contents.sizes, contents.unpacked_bytes));
  }
  name_plugins(plan, request);
  if (!dpkg && request.discover.enabled && request.sysroot.empty()) {
    plan.notes.push_back(
        "this machine has no dpkg database, so only what the programs name themselves is found, and no more "
        "of their packages: name the rest with --add");
  }
  for (const plan::NamedProgram& program : programs) {
    plan.notes.insert(plan.notes.end(), program.closure.notes.begin(), program.closure.notes.end());
    for (const Object& object : program.closure.objects) {
      for (const Edge& edge : object.needs) {
        if (edge.hwcaps.empty()) continue;
        plan.notes.push_back(fmt::format("{} is bundled in its baseline copy; this machine would load {}",
                                         printable(edge.name), printable(edge.hwcaps)));
      }
    }
  }
  plan.notes.insert(plan.notes.end(), discovered.notes.begin(), discovered.notes.end());
  plan.notes.insert(plan.notes.end(), contents.notes.begin(), contents.notes.end());
  // From here on the bundle is known byte for byte, and only writing it can fail.
  report::Totals totals;
  totals.sources = contents.source_bytes;
  totals.unpacked = contents.unpacked_bytes;
  if (!request.dry_run) totals.packed = write_output(*output, plan, contents, request, jobs);
  totals.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (request.quiet) return;
  std::string out;
  if (request.dry_run || request.verbose) out += report::render_plan(plan, contents.sizes);
  out += report::render_programs(plan, contents.sizes);
  out += render_discovered(discovered);
  out +=
      report::render_totals(request.dry_run ? "dry run, nothing written" : request.output, plan.items.size(), totals);
  std::fputs(out.c_str(), stdout);
}

}  // namespace bundle::cli
