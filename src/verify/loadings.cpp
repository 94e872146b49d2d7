// load_programs(), see loadings.h.
#include "verify/loadings.h"

#include <elf.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "base/error.h"
#include "base/file.h"
#include "report/missing.h"
#include "resolve/closure.h"
#include "verify/laid_disk.h"
#include "verify/stub_library.h"

namespace bundle::verify {

namespace {

/// A library that so many programs cannot load is not asked of more.
constexpr size_t most_hosts = 100;

using Disk = std::shared_ptr<const machine::Disk>;

/// What the runtime has, as files.
Disk disk_of_runtime(const knowledge::Runtime& runtime, uint16_t machine, Scratch& scratch) {
  const auto disk = std::make_shared<LaidDisk>(nullptr);
  for (const knowledge::RuntimeLibrary& library : runtime.libraries) {
    // Each machine has the loader of its own name.
    const bool is_loader = library.soname.starts_with("ld-linux-");
    if (is_loader && library.soname.find(machine == EM_AARCH64 ? "aarch64" : "x86-64") == std::string_view::npos)
      continue;
    const bool is_in_lib = is_loader && machine == EM_AARCH64;
    const std::string path =
        (is_in_lib ? std::string("/lib") : std::string(runtime.folder)) + "/" + std::string(library.soname);
    const std::string bytes = make_stub_library(machine, library.soname, library.versions);
    scratch.write(Bytes(bytes));
    disk->add_file(path, scratch.finish(), bytes.size(), 0755);
  }
  return disk;
}

std::shared_ptr<LaidDisk> lay(const Subject& subject, Disk below) {
  auto disk = std::make_shared<LaidDisk>(std::move(below));
  const std::vector<OpenedFile>& files = subject.bundle.files();
  for (size_t i = 0; i < files.size(); ++i) {
    const OpenedFile& file = files[i];
    const std::string path = normal_path(subject.absolute(file.path));
    if (!subject.is_inside(path) || path == "/") continue;  // said by the check of names
    if (file.node == Node::folder) {
      disk->add_folder(path, file.mode);
    } else if (file.node == Node::link) {
      try {
        disk->add_link(path, subject.bundle.content(file, 4096));
      } catch (const Error&) {
        disk->add_file(path, "", 0, 0);
      }
    } else {
      disk->add_file(path, subject.contents[i].kept, file.size, file.mode);
    }
  }
  return disk;
}

/// The machine that most of the programs are for, or libraries where there are no programs.
uint16_t machine_of(const Subject& subject) {
  std::map<uint16_t, size_t> counts;
  for (const ElfFacts& elf : subject.elfs) {
    if (elf.fault.empty() && elf.is_dynamic) counts[elf.machine] += elf.is_program ? 1000 : 1;
  }
  const auto most =
      std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == counts.end() ? static_cast<uint16_t>(EM_X86_64) : most->first;
}

/// Where a launcher finds its bundle: the folder that is `depth` above it. Relative to the output's, "" or
/// "tools/rig/".
std::string root_of(const Subject& subject, const ElfFacts& launcher) {
  std::string root = subject.path_of(launcher);
  for (unsigned i = 0; i <= std::min(launcher.launcher->depth, 64U); ++i) {
    const size_t slash = root.rfind('/');
    root.resize(slash == std::string::npos ? 0 : slash);
  }
  return root.empty() ? root : root + "/";
}

bool is_fine(const Closure& closure) {
  return closure.missing.empty() && std::none_of(closure.version_problems.begin(), closure.version_problems.end(),
                                                 [](const VersionProblem& problem) { return problem.is_fatal(); });
}

class Loader {
 public:
  Loader(Subject& subject, std::shared_ptr<LaidDisk> disk, const knowledge::Runtime* runtime, bool is_older)
      : subject_(subject), disk_(std::move(disk)), runtime_(runtime), is_older_(is_older) {}

  void load_programs() {
    std::map<size_t, size_t> launcher_of;
    for (size_t i = 0; i < subject_.elfs.size(); ++i) {
      const ElfFacts& launcher = subject_.elfs[i];
      if (!launcher.launcher || !launcher.launcher->fault.empty()) continue;
      const ElfFacts* const program = subject_.elf_at(root_of(subject_, launcher) + launcher.launcher->program);
      if (program != nullptr) launcher_of.emplace(static_cast<size_t>(program - subject_.elfs.data()), i);
    }
    for (size_t i = 0; i < subject_.elfs.size(); ++i) {
      const ElfFacts& elf = subject_.elfs[i];
      const auto started = launcher_of.find(i);
      if (!elf.fault.empty() || (started == launcher_of.end() && !is_program(elf))) continue;
      load(i, started == launcher_of.end() ? SIZE_MAX : started->second);
    }
  }

  /// Those that no program was seen to load, each by the programs of its machine; where none of them serves it, as the
  /// last one does. Where there is no program, by itself, as a runtime's own program would.
  void load_plugins() {
    std::set<std::string> loaded;
    std::vector<const Loading*> programs;
    for (const Loading& loading : mine_) {
      for (const Object& object : loading.closure.objects) loaded.insert(object.real_path);
      if (loading.refusal.empty() && !loading.closure.objects.empty() && !loading.closure.objects[0].is_static)
        programs.push_back(&loading);
    }
    std::vector<Loading> plugins;
    for (size_t i = 0; i < subject_.elfs.size(); ++i) {
      const ElfFacts& elf = subject_.elfs[i];
      if (!elf.fault.empty() || !elf.is_dynamic || elf.type != ET_DYN || is_program(elf) || elf.launcher) continue;
      const report::ListedFile* const listed = subject_.listed(subject_.path_of(elf));
      if (listed != nullptr && listed->kind != "library") continue;
      if (loaded.contains(subject_.absolute(subject_.path_of(elf)))) continue;
      plugins.push_back(as_plugin(i, programs));
      for (const Object& object : plugins.back().closure.objects) loaded.insert(object.real_path);
    }
    std::move(plugins.begin(), plugins.end(), std::back_inserter(mine_));
  }

  std::vector<Loading> take() { return std::move(mine_); }

 private:
  /// Some libraries have an interpreter, too, and no SONAME (PAM's pam_cap.so): a manifest knows what they are.
  bool is_program(const ElfFacts& elf) const {
    const report::ListedFile* const listed = subject_.listed(subject_.path_of(elf));
    return elf.is_program &&
           (listed == nullptr || (listed->kind != "library" && listed->kind != "data" && listed->kind != "loader"));
  }

  void load(size_t elf, size_t launcher) {
    Loading loading = begin(elf);
    loading.launcher = launcher;
    std::vector<std::string> folders;
    if (launcher != SIZE_MAX) {
      const LauncherSettings& settings = *subject_.elfs[launcher].launcher;
      const std::string root = root_of(subject_, subject_.elfs[launcher]);
      loading.in_process =
          settings.never_exec || !subject_.target->keeps_run_bits || settings.prefix + "/" != subject_.absolute(root);
      if (loading.in_process) {
        for (const std::string& folder : settings.libraries) {
          folders.push_back(folder.starts_with('/') ? folder : normal_path(subject_.absolute(root + folder)));
        }
        // Whatever the program's file names, it is that loader which runs.
        const std::optional<std::string>& named = subject_.elfs[elf].interpreter;
        const std::string loader = subject_.absolute(root + settings.loader);
        if (named && !settings.loader.empty() && named->starts_with('/') && !disk_->has(*named)) {
          disk_->add_link(normal_path(*named), loader);
        }
      }
    }
    try {
      loading.closure = resolver_for(folders).resolve(subject_.absolute(subject_.path_of(loading)));
    } catch (const Error& error) {
      if (error.kind() == Exit::machine) throw;
      loading.refusal = error.sentence();
    }
    mine_.push_back(std::move(loading));
  }

  Loading as_plugin(size_t elf, const std::vector<const Loading*>& programs) {
    Loading best = begin(elf);
    best.is_plugin = true;
    const std::string path = subject_.absolute(subject_.path_of(best));
    resolve::Resolver& resolver = resolver_for({});
    try {
      bool is_first = true;
      size_t tried = 0;
      for (const Loading* program : programs) {
        if (++tried > most_hosts) break;
        if (program->closure.objects[0].machine != subject_.elfs[elf].machine) continue;
        Closure alone = resolver.resolve_plugin(path, program->closure);
        const bool done = is_served(alone);
        if (is_first || done) best.closure = std::move(alone);
        is_first = false;
        if (done) return best;
        Closure together = opened_in(program->closure, path, resolver);
        if (!is_served(together)) continue;
        best.closure = resolver.open_by_name(together, 0, path, nullptr).value_or(std::move(together));
        return best;
      }
      if (is_first) best.closure = resolver.resolve(path);
    } catch (const Error& error) {
      if (error.kind() == Exit::machine) throw;
      best.refusal = error.sentence();
    }
    return best;
  }

  /// With a plugin opened by its path in the namespace of a program. What it needs and no search finds may have been
  /// opened by its own path before, and is known by its SONAME then: libjvm.so, for what lies in the folder above it.
  Closure opened_in(Closure program, const std::string& path, resolve::Resolver& resolver) const {
    std::set<std::string> before = {path};
    for (;;) {
      Closure together = program;
      resolver.add_plugin(together, path);
      const size_t count = before.size();
      for (const Closure::Missing& missing : together.missing) {
        const ElfFacts* const other = library_called(report::missing_library(together, missing).name);
        if (other == nullptr || !before.insert(subject_.absolute(subject_.path_of(*other))).second) continue;
        resolver.add_plugin(program, subject_.absolute(subject_.path_of(*other)));
      }
      if (before.size() == count) return together;
    }
  }

  const ElfFacts* library_called(const std::string& soname) const {
    const auto found = std::find_if(subject_.elfs.begin(), subject_.elfs.end(), [&](const ElfFacts& elf) {
      return elf.fault.empty() && elf.type == ET_DYN && elf.soname == soname;
    });
    return found == subject_.elfs.end() ? nullptr : &*found;
  }

  /// By what the bundle has, where it is one of bundle's: what a target has in its place is no more than luck.
  bool is_served(const Closure& closure) const {
    const auto is_own = [&](const Object& object) { return subject_.is_inside(object.real_path); };
    return is_fine(closure) &&
           (subject_.manifests.empty() || std::all_of(closure.objects.begin(), closure.objects.end(), is_own));
  }

  Loading begin(size_t elf) const {
    Loading loading;
    loading.elf = elf;
    loading.runtime = runtime_;
    loading.is_older = is_older_;
    return loading;
  }

  /// `folders` are searched ahead of LD_LIBRARY_PATH: those of a launcher.
  resolve::Resolver& resolver_for(const std::vector<std::string>& folders) {
    std::unique_ptr<resolve::Resolver>& there = resolvers_[folders];
    if (there == nullptr) {
      resolve::Options options;
      options.library_path = folders;
      options.environment_path = std::string(knowledge::library_path_of(subject_.target->name));
      options.target_has = subject_.target_has;
      there = std::make_unique<resolve::Resolver>(std::move(options), disk_);
    }
    return *there;
  }

  Subject& subject_;
  std::shared_ptr<LaidDisk> disk_;
  const knowledge::Runtime* runtime_;
  bool is_older_;
  std::map<std::vector<std::string>, std::unique_ptr<resolve::Resolver>> resolvers_;
  std::vector<Loading> mine_;
};

/// Whether it leans on what is not the bundle's, or lacks something that another runtime may have.
bool leans_on_target(const Subject& subject, const std::vector<Loading>& loadings) {
  return std::any_of(loadings.begin(), loadings.end(), [&](const Loading& loading) {
    return !loading.closure.missing.empty() ||
           std::any_of(loading.closure.objects.begin(), loading.closure.objects.end(),
                       [&](const Object& object) { return !subject.is_inside(object.real_path); });
  });
}

}  // namespace

void load_programs(Subject& subject, Scratch& scratch, const std::shared_ptr<const machine::Disk>& below) {
  std::set<size_t> failing;  // what does not load on the newest runtime is not asked of older ones
  const auto load_over = [&](const Disk& target, const knowledge::Runtime* runtime, bool is_older) {
    Loader loader(subject, lay(subject, target), runtime, is_older);
    loader.load_programs();
    loader.load_plugins();
    std::vector<Loading> loadings = loader.take();
    if (is_older) {
      std::erase_if(loadings, [&](const Loading& loading) { return failing.contains(loading.elf); });
    }
    for (const Loading& loading : loadings) {
      if (!is_fine(loading.closure)) failing.insert(loading.elf);
    }
    const bool leans = leans_on_target(subject, loadings);
    if (!is_older || leans) std::move(loadings.begin(), loadings.end(), std::back_inserter(subject.loadings));
    return leans;
  };
  const std::vector<knowledge::Runtime>& runtimes = knowledge::runtimes_of(subject.target->name);
  if (below != nullptr || runtimes.empty()) {
    load_over(below, nullptr, false);
    return;
  }
  const uint16_t machine = machine_of(subject);
  for (size_t i = 0; i < runtimes.size(); ++i) {
    const bool leans = load_over(disk_of_runtime(runtimes[i], machine, scratch), &runtimes[i], i > 0);
    if (!leans) return;
  }
}

}  // namespace bundle::verify
