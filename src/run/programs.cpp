// See programs.h.
#include "run/programs.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/file.h"
#include "elf/image.h"
#include "launch/launch.h"
#include "report/missing.h"
#include "rewrite/self.h"
#include "run/named_file.h"
#include "run/owners.h"
#include "run/scripts.h"

namespace bundle::run {

namespace {

bool may_read_itself(const machine::Root& root, const std::string& path) {
  const std::shared_ptr<const MappedFile> file = root.map_source(path);
  return rewrite::may_read_itself(elf::Image(file->bytes(), path));
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

}  // namespace

resolve::Options resolver_options(const BundleOptions& options) {
  resolve::Options out;
  out.library_path = options.library_path;
  out.environment_path = options.environment_path;
  out.sysroot = options.sysroot;
  out.target_has = options.discover.target_has;
  out.program_path = options.program_path;
  out.disk = options.disk;
  if (options.recording) {
    out.disk = machine::recorded(out.disk != nullptr ? out.disk : machine::live_disk(), options.recording);
  }
  return out;
}

std::vector<plan::NamedProgram> resolve_programs(const BundleOptions& options, resolve::Resolver& resolver,
                                                 packages::Installed& installed) {
  std::vector<plan::NamedProgram> programs;
  std::vector<Closure> incomplete;
  const bool in_sysroot = !options.sysroot.empty();
  for (const std::string& named : options.programs) {
    plan::NamedProgram program;
    const NamedFile found = find_program(named, resolver, in_sysroot);
    program.given = found.path;
    std::optional<ScriptStart> start = start_of_script(program.given, resolver);
    if (start) program.script = std::move(start->script);
    program.closure = resolver.resolve(start ? start->interpreter : program.given);
    if (!found.note.empty()) program.closure.notes.push_back(found.note);
    const Object& object = program.closure.objects.front();
    if (object.is_library) {
      throw Error(
          Exit::cannot_bundle, named,
          "is a shared library and names no interpreter, so it cannot be started. Name the program that loads it");
    }
    program.has_launcher = launch::has_launcher(object.machine) && object.is_64;
    program.reads_itself =
        program.has_launcher && !object.is_static && may_read_itself(resolver.root(), object.real_path);
    check_versions(program.closure);
    if (report::lacks_something(program.closure)) incomplete.push_back(program.closure);
    programs.push_back(std::move(program));
  }
  if (!incomplete.empty()) {
    const std::string& first = incomplete.front().objects.front().real_path;
    const packages::Database* const packages = installed.around(resolver.root().inside_of(first).value_or(first));
    throw report::missing_error(incomplete,
                                [&](const std::string& name) { return source_of_missing(packages, name, in_sysroot); });
  }
  return programs;
}

}  // namespace bundle::run
