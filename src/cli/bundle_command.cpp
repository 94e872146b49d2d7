#include "cli/bundle_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/human_size.h"
#include "base/parallel.h"
#include "base/printable.h"
#include "base/rights.h"
#include "base/say.h"
#include "cli/contents.h"
#include "cli/discovery.h"
#include "cli/named_file.h"
#include "cli/output.h"
#include "cli/target_has.h"
#include "elf/image.h"
#include "knowledge/drivers.h"
#include "launch/launch.h"
#include "machine/root.h"
#include "pack/archive.h"
#include "packages/database.h"
#include "plan/layout.h"
#include "report/missing.h"
#include "report/progress.h"
#include "report/summary.h"
#include "resolve/closure.h"
#include "rewrite/self.h"

namespace bundle::cli {

namespace {

/// More threads than that are of no use to anyone, and some machines refuse them.
constexpr unsigned most_jobs = 256;

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

/// Where a missing library could come from, as the package database has it.
std::string package_hint(const packages::Database* packages, const std::string& name, bool in_sysroot) {
  if (knowledge::is_driver(name)) {
    return "it comes with a driver's installation, and the target's is the one that works: leave out --target-has none";
  }
  if (packages == nullptr) return "";
  const auto shipped = packages->find_by_base_name(name);
  if (!shipped.empty()) {
    const auto& [id, path] = shipped.front();
    return fmt::format("the package {} ships it as {}: add -L {}", packages->package(id).name, printable(path),
                       shell_word(folder_name(path)));
  }
  const auto advice = packages->how_to_get(name);
  if (!advice) return "";
  return in_sysroot ? advice->where + ", which is not in the sysroot" : advice->where + ": " + advice->command;
}

bool may_read_itself(const std::string& path) {
  const std::shared_ptr<const MappedFile> file = MappedFile::open(path);
  return rewrite::may_read_itself(elf::Image(file->bytes(), path));
}

resolve::Options resolve_options(const Request& request) {
  resolve::Options options;
  options.library_path = request.library_path;
  options.sysroot = request.sysroot;
  options.target_has = request.discover.target_has;
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
                                                 const packages::Database* packages) {
  std::vector<plan::NamedProgram> programs;
  std::vector<Closure> incomplete;
  for (const std::string& named : request.programs) {
    plan::NamedProgram program;
    const NamedFile found =
        request.sysroot.empty() ? find_named(named) : NamedFile{resolver.find_in_sysroot(named), false, ""};
    program.given = found.path;
    program.closure = resolver.resolve(program.given);
    if (!found.note.empty()) program.closure.notes.push_back(found.note);
    const Object& object = program.closure.objects.front();
    if (program.closure.objects.front().is_library) {
      throw Error(
          Exit::cannot_bundle, named,
          "is a shared library and names no interpreter, so it cannot be started. Name the program that loads it");
    }
    program.has_launcher = launch::has_launcher(object.machine) && object.is_64;
    program.reads_itself = program.has_launcher && !object.is_static && may_read_itself(object.real_path);
    check_versions(program.closure);
    if (report::lacks_something(program.closure)) incomplete.push_back(program.closure);
    programs.push_back(std::move(program));
  }
  if (!incomplete.empty()) {
    throw report::missing_error(
        incomplete, [&](const std::string& name) { return package_hint(packages, name, !request.sysroot.empty()); });
  }
  return programs;
}

/// What a file lends to who starts it - another user, some of root's rights - does not go into an archive.
void say_lost_rights(Plan& plan) {
  for (const Item& item : plan.items) {
    if (item.source.empty() || item.kind != Kind::program) continue;
    const std::optional<FileRights> rights = rights_of(item.source);
    if (!rights) continue;
    const std::string capabilities = capabilities_text(rights->capabilities);
    std::string what = rights->sets_id() ? "is " + set_id_text(*rights) : "";
    if (!capabilities.empty()) {
      what += fmt::format("{} the file capabilities {}", what.empty() ? "has" : " and has", capabilities);
    }
    if (what.empty()) continue;
    plan.notes.push_back(
        fmt::format("{} {} here, which a bundle does not keep: it runs with the rights of whoever starts it, and what "
                    "only those allow fails there",
                    printable(base_name(item.source)), what));
  }
}

void name_packages(Plan& plan, const packages::Database* packages) {
  if (packages == nullptr) return;
  const std::string& outside = plan.sysroot;
  for (Item& item : plan.items) {
    if (item.source.empty() || item.package.known()) continue;
    std::string_view path = item.source;
    if (!outside.empty()) {
      if (!path.starts_with(outside + "/")) continue;  // built here for there
      path.remove_prefix(outside.size());
    }
    if (std::optional<Package> package = packages->owner(path)) item.package = std::move(*package);
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
  machine::Root root(request.sysroot);
  for (const discover::Addition& plugin : request.discover.plugins) {
    const std::optional<std::string> inside = root.meant_by(plugin.path);
    const std::optional<std::string> real = inside ? root.real(*inside) : std::nullopt;
    const std::string source = real ? root.at(*real) : plugin.path;
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

constexpr size_t longest_hint = 4096;

/// What was found, a line an item, and what was seen and left out.
std::string render_discovered(const Discovered& discovered) {
  std::string out;
  for (const discover::FoundItem& item : discovered.items) {
    // The same content goes in once, and is counted where it was first met.
    const std::string size =
        item.same_as.empty() ? human_size(item.size) : fmt::format("the same as {}", printable(item.same_as));
    out += fmt::format("found {}: {}{}, {}{}\n", printable(item.path),
                       item.files > 1 ? fmt::format("{} files, ", item.files) : "", size, printable(item.why),
                       item.package.known() ? fmt::format(" [{}]", printable(item.package.name)) : "");
  }
  for (const discover::Hint& hint : discovered.hints) {
    out += fmt::format("hint: {}\n", printable(hint.text, longest_hint));
  }
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
    check_output(output, request.force);  // minutes may have gone by, in which somebody put something into it
    folder.commit(request.force);
    return 0;
  }
  AtomicFile file(output.path);
  const uint64_t size = pack::write_zip(file, std::move(entries), settings);
  file.commit(request.force);
  return size;
}

}  // namespace

void bundle_programs(const Request& request) {
  const auto start = std::chrono::steady_clock::now();
  const unsigned jobs = std::min(request.jobs > 0 ? request.jobs : default_jobs(), most_jobs);
  std::optional<Output> output;
  if (!request.output.empty()) output = parse_output(request.output);
  if (output && !request.dry_run) check_output(*output, request.force);

  resolve::Resolver resolver(resolve_options(request));
  const std::unique_ptr<packages::Database> packages = packages::open_database(resolver.root());
  std::vector<plan::NamedProgram> programs = resolve_programs(request, resolver, packages.get());
  // From here on every DT_NEEDED of every program has an answer.
  Discovered discovered = discover_files(request, programs, resolver, packages.get());
  for (size_t i = 0; i < programs.size(); ++i) programs[i].openings = std::move(discovered.openings.at(i));
  std::vector<LeftToTarget> left = left_to_target(programs, discovered);
  if (!left.empty()) add_parts_of_libc(programs, resolver);
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
  const Object& first = programs.front().closure.objects.front();
  layout.target_folders = knowledge::library_folders_of_targets(first.machine, first.is_64);
  // What a library opens, or what is found needs, is searched for by the run path of the program.
  layout.opens_targets = std::any_of(left.begin(), left.end(), [](const LeftToTarget& item) { return item.by_name; }) ||
                         std::any_of(discovered.files.begin(), discovered.files.end(),
                                     [](const plan::AddedFile& file) {
                                       return !file.closure.left_to_target.empty() || any_is_left(file.openings);
                                     }) ||
                         std::any_of(programs.begin(), programs.end(),
                                     [](const plan::NamedProgram& program) { return any_is_left(program.openings); });
  layout.sysroot = resolver.root().sysroot();
  Plan plan = plan::make_layout(programs, discovered.files, layout);
  if (output) check_inputs(plan, *output, request);
  plan.left_to_target = std::move(left);
  name_packages(plan, packages.get());

  Contents contents;
  {
    report::Progress bar("reading", !request.quiet);
    // A dry run shows sizes and no manifest, so nothing is hashed for one.
    contents =
        make_contents(plan, jobs, !request.dry_run, [&bar](uint64_t done, uint64_t total) { bar.update(done, total); });
  }
  if (contents.unpacked_bytes > report::lambda_limit && !request.force && !request.dry_run) {
    throw Error(Exit::limit, "", report::render_over_limit(plan, contents.sizes, contents.unpacked_bytes));
  }
  name_plugins(plan, request);
  say_lost_rights(plan);
  for (std::string& line : describe(plan.left_to_target)) plan.notes.push_back(std::move(line));
  if (packages == nullptr && request.discover.enabled && request.sysroot.empty()) {
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
  say(out);
}

}  // namespace bundle::cli
