// What the loader would do with each program and library, by the loadings: find its interpreter, each needed library,
// each version of it; and where these are not the bundle's, what the target's own are good for.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/error.h"
#include "base/file.h"
#include "elf/image.h"
#include "report/missing.h"
#include "verify/checks.h"

namespace bundle::verify {

namespace {

/// Of a path at the place where the bundle lies: the one in the bundle, or itself where it is the target's.
std::string shown(const Subject& subject, const std::string& absolute) {
  return printable(subject.is_inside(absolute) ? subject.relative(absolute) : absolute);
}

std::string bundle_path(const Subject& subject, const Object& object) {
  return subject.is_inside(object.real_path) ? subject.relative(object.real_path) : object.real_path;
}

/// " on Amazon Linux 2", for what another runtime of the target does not lack.
std::string where(const Loading& loading) {
  return loading.runtime == nullptr ? "" : fmt::format(" on {}", loading.runtime->name);
}

/// Something in the archive starts programs by a loader of the archive, as exodus and its kin do it: a script that
/// names one, or a program without an interpreter. What is said of a program then holds for who starts it by itself.
bool may_have_launcher(const Subject& subject, const Loading& loading) {
  const ElfFacts& elf = subject.elfs[loading.elf];
  if (subject.listed(subject.path_of(elf)) != nullptr) return false;
  const auto is_loader = [](const ElfFacts& other) {
    return other.soname && (other.soname->starts_with("ld-linux") || other.soname->starts_with("ld-musl"));
  };
  if (std::none_of(subject.elfs.begin(), subject.elfs.end(), is_loader)) return false;
  return std::any_of(subject.elfs.begin(), subject.elfs.end(),
                     [](const ElfFacts& other) { return other.is_program && !other.interpreter; }) ||
         std::any_of(subject.contents.begin(), subject.contents.end(), [](const Content& content) {
           return content.is_script() && (content.start.find("ld-linux") != std::string::npos ||
                                          content.start.find("ld-musl") != std::string::npos ||
                                          content.start.find("ld.so") != std::string::npos);
         });
}

/// A library that no program of others' archive loads may be there for nothing; the check of reach says so.
bool may_be_unused(const Subject& subject, const Loading& loading) {
  return loading.is_plugin && subject.manifests.empty() &&
         std::any_of(subject.loadings.begin(), subject.loadings.end(),
                     [](const Loading& other) { return !other.is_plugin; });
}

Severity severity_of(const Subject& subject, const Loading& loading) {
  const bool is_sure = !loading.is_older && !may_have_launcher(subject, loading) && !may_be_unused(subject, loading);
  return is_sure ? Severity::error : Severity::warning;
}

std::string unless_started(const Subject& subject, const Loading& loading) {
  return may_have_launcher(subject, loading) ? ", unless a launcher starts it by the loader of the archive" : "";
}

const char* what_to_do_about_missing(const Loading& loading) {
  return loading.is_plugin && loading.runtime != nullptr
             ? "Put it beside, or into lib/ of the layer; where the program that loads this has it, nothing"
             : "Bundle the program with it (bundle PROGRAM -L DIR, or --library), or say that the target has it: "
               "--target-has NAME";
}

}  // namespace

void check_interpreters(const Subject& subject, Findings& findings) {
  for (const Loading& loading : subject.loadings) {
    const std::string& path = subject.path_of(loading);
    const ElfFacts& elf = subject.elfs[loading.elf];
    if (!loading.refusal.empty()) {
      if (!loading.is_older) {
        findings.error(path, fmt::format("cannot be started: {}", loading.refusal), "Build or bundle it again");
      }
      continue;
    }
    if (loading.is_plugin || !elf.interpreter || loading.in_process) continue;
    const Closure& closure = loading.closure;
    if (closure.interpreter == no_object) {
      const bool is_own = subject.is_inside(*elf.interpreter);
      const bool is_known = loading.runtime != nullptr || subject.has_root || is_own || !subject.manifests.empty();
      findings.add(is_known && severity_of(subject, loading) == Severity::error ? Severity::error : Severity::warning,
                   path,
                   fmt::format("has the interpreter {}, which is not in the archive{}", printable(*elf.interpreter),
                               loading.runtime != nullptr && !is_own
                                   ? fmt::format(", and {} is not known to have it", loading.runtime->name)
                                   : std::string()),
                   "Bundle the program with its loader: bundle PROGRAM");
      continue;
    }
    const Object& loader = closure.objects[closure.interpreter];
    const report::ListedFile* const listed = subject.listed(path);
    if (listed != nullptr && !subject.is_inside(loader.real_path)) {
      findings.error(
          path,
          fmt::format("has the interpreter {}, the target's own and not the bundle's", printable(*elf.interpreter)),
          "Bundle the program again");
    }
  }
}

void check_needed(const Subject& subject, Findings& findings) {
  for (const Loading& loading : subject.loadings) {
    for (const Closure::Missing& missing : loading.closure.missing) {
      const Object& asker = loading.closure.objects.at(missing.object);
      if (missing.filter && loading.closure.objects.at(missing.object).filters.at(missing.edge).optional) continue;
      const report::MissingLibrary library = report::missing_library(loading.closure, missing);
      const bool is_known = loading.runtime != nullptr || subject.has_root || !subject.manifests.empty();
      const bool by_runtime = loading.runtime != nullptr && subject.manifests.empty();
      std::string what = fmt::format("needs {}, which is not in the archive", printable(library.name));
      if (by_runtime) what += fmt::format(", and {} is not known to have it", loading.runtime->name);
      if (!library.obstacle.empty()) what += fmt::format(" ({})", library.obstacle);
      const bool elsewhere = std::any_of(
          subject.bundle.files().begin(), subject.bundle.files().end(),
          [&](const OpenedFile& file) { return file.is_file() && base_name(file.path) == base_name(library.name); });
      if (elsewhere && library.obstacle.empty()) {
        what =
            fmt::format("needs {}, and no run path or LD_LIBRARY_PATH leads to the folder of the archive that holds it",
                        printable(library.name));
      }
      const Severity severity = is_known ? severity_of(subject, loading) : Severity::warning;
      findings.add(severity, bundle_path(subject, asker), what + unless_started(subject, loading),
                   elsewhere ? "Set its run path: bundle edit --set-rpath '$ORIGIN/…' FILE, or bundle the program"
                             : what_to_do_about_missing(loading));
    }
  }
}

void check_versions(const Subject& subject, Findings& findings) {
  for (const Loading& loading : subject.loadings) {
    // All versions of one library that one object asks for in vain are one finding.
    std::map<std::tuple<size_t, size_t, std::string>, std::string> lacking;
    for (const VersionProblem& problem : loading.closure.version_problems) {
      if (!problem.is_fatal() || !subject.is_inside(loading.closure.objects.at(problem.object).real_path)) continue;
      std::string& versions = lacking[{problem.object, problem.target, problem.library}];
      versions += (versions.empty() ? "" : ", ") + printable(problem.version);
    }
    for (const auto& [key, versions] : lacking) {
      const auto& [object, target, library] = key;
      const std::string path = bundle_path(subject, loading.closure.objects[object]);
      const Severity severity = severity_of(subject, loading);
      if (target == no_object) {
        findings.add(
            severity, path,
            fmt::format("needs {} of {}, and nothing that is loaded goes by that name", versions, printable(library)),
            "Bundle the program again, with the libraries that it was built with");
      } else if (const Object& found = loading.closure.objects[target]; subject.is_inside(found.real_path)) {
        findings.add(severity, path,
                     fmt::format("needs {} of {}, and {} does not define it", versions, printable(library),
                                 shown(subject, found.real_path)),
                     "Put the library that it was built with in its place");
      } else {
        findings.add(severity, path,
                     fmt::format("{} would come from the runtime's {}{}: it lacks {}{}", printable(library),
                                 printable(std::string(folder_name(found.path))), where(loading), versions,
                                 unless_started(subject, loading)),
                     "Bundle the program (bundle PROGRAM), which brings its own, or build it on that system");
      }
    }
  }
}

/// What the archive brings and does not use, for LD_LIBRARY_PATH or the loader's own folders come first; and a libc of
/// two halves, which does not even start.
void check_runtime(const Subject& subject, Findings& findings) {
  for (const Loading& loading : subject.loadings) {
    const Closure& closure = loading.closure;
    const bool own_loader =
        closure.interpreter != no_object && subject.is_inside(closure.objects[closure.interpreter].real_path);
    for (const Object& object : closure.objects) {
      const bool is_targets_loader = closure.interpreter != no_object && !own_loader && !loading.in_process;
      if (is_targets_loader && object.name == "libc.so.6" && subject.is_inside(object.real_path)) {
        findings.add(
            severity_of(subject, loading), subject.path_of(loading),
            fmt::format("libc.so.6 would come from the archive, {}, and its loader from the runtime: the two are "
                        "one build of glibc or do not start{}",
                        shown(subject, object.real_path), unless_started(subject, loading)),
            "Bundle the program (bundle PROGRAM), which brings its loader, or leave libc out");
      }
      if (subject.is_inside(object.real_path) || &object == &closure.objects[0]) continue;
      const std::string name(base_name(object.name));
      if (subject.target_has.has(name)) continue;
      const Object& asker = closure.objects.at(object.loader == no_object ? 0 : object.loader);
      const std::string path = bundle_path(subject, asker);
      const bool is_the_loader = closure.interpreter != no_object && &object == &closure.objects[closure.interpreter];
      if (own_loader && name == "libc.so.6") {
        findings.add(severity_of(subject, loading), path,
                     fmt::format("libc.so.6 would come from the runtime's {}, and its loader from the archive: the two "
                                 "are one build of glibc or do not start",
                                 printable(std::string(folder_name(object.path)))),
                     "Bundle it without --runpath, so that LD_LIBRARY_PATH does not come first");
        continue;
      }
      const auto own =
          std::find_if(subject.bundle.files().begin(), subject.bundle.files().end(),
                       [&](const OpenedFile& file) { return file.is_file() && base_name(file.path) == name; });
      const bool has_own = own != subject.bundle.files().end();
      if (loading.runtime != nullptr && !loading.runtime->is_confirmed(name)) {
        findings.warning(
            path,
            has_own
                ? fmt::format("{} is not used where {} has one of its own in {}, which is not known", printable(name),
                              loading.runtime->name, printable(std::string(folder_name(object.path))))
                : fmt::format("needs {}, which is not in the archive, and whether {} has it is not known",
                              printable(name), loading.runtime->name),
            has_own ? "Set DT_RPATH, which goes before LD_LIBRARY_PATH (bundle edit --force-rpath), or leave it out"
                    : what_to_do_about_missing(loading));
        continue;
      }
      if (subject.listed(path) != nullptr) {
        findings.add(severity_of(subject, loading), path,
                     fmt::format("{} would come from the runtime's {}{}", printable(name),
                                 printable(std::string(folder_name(object.path))),
                                 has_own ? ", and not from the bundle" : ", for the bundle lacks it"),
                     "Bundle it again, without --runpath, or say that the target has it: --target-has NAME");
      } else if (has_own && !is_the_loader) {
        findings.warning(
            path,
            fmt::format("{} would come from the runtime's {}, and {} is not used", printable(name),
                        printable(std::string(folder_name(object.path))), printable(own->path)),
            "Set DT_RPATH, which goes before LD_LIBRARY_PATH (bundle edit --force-rpath), or leave it out");
      }
    }
  }
}

}  // namespace bundle::verify
