#include "plan/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "plan/placement.h"

namespace bundle::plan {

namespace {

/// `what` names the thing and `option` the flag that sets it, for the message.
void check_file_name(const std::string& name, std::string_view what, std::string_view option) {
  const bool has_control = std::any_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '/';
  });
  if (name.empty() || name == "." || name == ".." || name.size() > 200 || has_control) {
    throw Error(Exit::usage, "",
                fmt::format("'{}' cannot be {}: it must be a file name of 1 to 200 bytes without '/' and control "
                            "characters. Choose one with {}",
                            printable(name), what, option));
  }
}

/// The run path that leads from `folder` to each of `targets`, in order.
std::string run_path(std::string_view folder, const std::vector<std::string>& targets) {
  std::string out;
  for (const std::string& target : targets) {
    if (!out.empty()) out += ':';
    const std::string relative = relative_path(folder, target);
    out += relative == "." ? "$ORIGIN" : "$ORIGIN/" + relative;
  }
  return out;
}

class Layout {
 public:
  Layout(const std::vector<NamedProgram>& programs, const LayoutOptions& options)
      : programs_(programs), options_(options) {}

  Plan make();

 private:
  std::string program_name(const NamedProgram& program);
  std::string place_program(const NamedProgram& program);
  void add_program(const NamedProgram& program, const std::string& name, const Placement::Namespace& placed);
  void add_libraries(const NamedProgram& program, const Placement::Namespace& placed);
  Edit library_edit(const Closure& closure, size_t index, const Placement::Namespace& placed) const;
  void add(Item item);
  std::string why(const Closure& closure, size_t index) const;

  const std::vector<NamedProgram>& programs_;
  const LayoutOptions& options_;
  Plan plan_;
  std::string home_;  // "lib/rig"
  std::map<std::string, size_t> items_;  // path -> index in plan_.items
  std::set<std::string> names_;
  std::vector<bool> rename_used_;
};

Plan Layout::make() {
  rename_used_.assign(options_.renames.size(), false);
  std::vector<std::string> names;
  for (const NamedProgram& program : programs_) names.push_back(program_name(program));
  for (size_t i = 0; i < rename_used_.size(); ++i) {
    if (rename_used_[i]) continue;
    throw Error(Exit::usage, "",
                fmt::format("--rename {}={}: no program of that name or path is being bundled",
                            printable(options_.renames[i].first), printable(options_.renames[i].second)));
  }
  plan_.name = options_.name.empty() ? names.front() : options_.name;
  check_file_name(plan_.name, "the name of the bundle", "--name NAME");
  plan_.prefix = options_.prefix;
  home_ = options_.flat ? "lib" : "lib/" + plan_.name;
  Placement placement(home_);
  for (size_t i = 0; i < programs_.size(); ++i) {
    const NamedProgram& program = programs_[i];
    const Placement::Namespace placed = placement.place(program.closure);
    add_program(program, names[i], placed);
    add_libraries(program, placed);
  }
  Item manifest;
  manifest.path = home_ + "/manifest.json";
  manifest.kind = Kind::manifest;
  manifest.why = "says what is here and why";
  add(std::move(manifest));
  std::sort(plan_.items.begin(), plan_.items.end(), [](const Item& a, const Item& b) { return a.path < b.path; });
  return std::move(plan_);
}

std::string Layout::program_name(const NamedProgram& program) {
  std::string name(base_name(program.given));
  for (size_t i = 0; i < options_.renames.size(); ++i) {
    const std::string& old = options_.renames[i].first;
    if (old == base_name(program.given) || absolute_path(old) == program.given) {
      name = options_.renames[i].second;
      rename_used_[i] = true;
      break;
    }
  }
  check_file_name(name, "a program's name", "--rename OLD=NEW");
  if (!names_.insert(name).second) {
    throw Error(Exit::usage, program.given,
                fmt::format("is the second program called {}, and bin/ can hold one. Give it another name with --rename {}=NEW",
                            printable(name), printable(program.given)));
  }
  return name;
}

/// Where the program itself goes when a launcher stands for it in bin/.
std::string Layout::place_program(const NamedProgram& program) {
  const std::string& source = program.closure.objects.front().real_path;
  std::string path = home_ + "/root" +
                     (is_system_path(source) ? source : "/usr/bin/" + std::string(base_name(source)));
  // Two private programs may share a base name under two launcher names.
  for (int n = 2; items_.contains(path) && plan_.items[items_[path]].source != source; ++n) {
    path = fmt::format("{}/root/usr/bin/{}/{}", home_, n, base_name(source));
  }
  return path;
}

void Layout::add_program(const NamedProgram& program, const std::string& name, const Placement::Namespace& placed) {
  const Object& object = program.closure.objects.front();
  Program entry;
  entry.name = name;
  entry.source = program.given;
  entry.launcher = "bin/" + name;
  entry.machine = object.machine;
  entry.is_static = object.is_static;
  Item item;
  item.kind = Kind::program;
  item.source = object.real_path;
  item.mode = 0755;
  item.why = "named on the command line";
  if (object.is_static) {
    // Nothing to load and nothing to rewrite: the file is its own launcher.
    entry.program = item.path = entry.launcher;
    add(std::move(item));
    plan_.programs.push_back(std::move(entry));
    return;
  }
  const bool launcher = options_.launchers && program.has_launcher;
  entry.program = item.path = launcher ? place_program(program) : entry.launcher;
  entry.loader = placed.path_of(program.closure.interpreter);
  entry.libraries = fmt::format("{}", fmt::join(placed.folders, ":"));
  entry.library_count = program.closure.objects.size() - 1;
  item.edit = library_edit(program.closure, 0, placed);
  item.edit.interpreter = plan_.prefix + "/" + entry.loader;
  item.edit.run_path = Edit::RunPath{run_path(folder_name(item.path), placed.folders), options_.runpath};
  add(std::move(item));
  if (launcher) {
    Item start;
    start.path = entry.launcher;
    start.kind = Kind::launcher;
    start.mode = 0755;
    start.why = "starts " + entry.program;
    add(std::move(start));
  } else if (options_.launchers) {
    plan_.notes.push_back(fmt::format("{}: there is no launcher for its machine, so it starts at {} only", name,
                                      printable(plan_.prefix)));
  }
  plan_.programs.push_back(std::move(entry));
}

void Layout::add_libraries(const NamedProgram& program, const Placement::Namespace& placed) {
  const Closure& closure = program.closure;
  for (size_t i = 1; i < closure.objects.size(); ++i) {
    Item item;
    item.path = placed.path_of(i);
    item.kind = i == closure.interpreter ? Kind::loader : Kind::library;
    item.source = closure.objects[i].real_path;
    item.mode = 0755;
    item.why = why(closure, i);
    if (i != closure.interpreter) item.edit = library_edit(closure, i, placed);
    add(std::move(item));
  }
}

/// What a library needs so that its dependencies are found in the bundle: mostly nothing, for the program's DT_RPATH is
/// inherited. One with a run path of its own gets an $ORIGIN one, since it would be asked first, and with DT_RUNPATH
/// instead of all others. A DT_NEEDED that is not the name under which its file is stored is renamed.
Edit Layout::library_edit(const Closure& closure, size_t index, const Placement::Namespace& placed) const {
  const Object& object = closure.objects[index];
  Edit edit;
  if (object.rpath || object.runpath) {
    edit.run_path = Edit::RunPath{run_path(folder_name(placed.path_of(index)), placed.folders), options_.runpath};
  }
  for (const Edge& edge : object.needs) {
    if (edge.target == no_object || edge.target == closure.interpreter) continue;
    const std::string wanted = placed.needed_name(edge.target);
    if (edge.name != wanted) edit.rename_needed.emplace(edge.name, wanted);
  }
  return edit;
}

std::string Layout::why(const Closure& closure, size_t index) const {
  if (index == closure.interpreter) {
    return fmt::format("the interpreter of {}", base_name(closure.objects.front().real_path));
  }
  for (const Object& object : closure.objects) {
    for (const Edge& edge : object.needs) {
      if (edge.target == index) return fmt::format("needed by {}", base_name(object.real_path));
    }
  }
  return fmt::format("loaded by {}", base_name(closure.objects.front().real_path));
}

void Layout::add(Item item) {
  const auto [at, is_new] = items_.emplace(item.path, plan_.items.size());
  if (is_new) {
    plan_.items.push_back(std::move(item));
    return;
  }
  if (plan_.items[at->second].source != item.source) {
    throw Error(Exit::cannot_bundle, item.source,
                fmt::format("would lie at {} in the bundle, where {} lies already. Bundle the two by separate calls",
                            printable(item.path), printable(plan_.items[at->second].source)));
  }
}

}  // namespace

Plan make_layout(const std::vector<NamedProgram>& programs, const LayoutOptions& options) {
  return Layout(programs, options).make();
}

bool is_system_path(std::string_view path) {
  constexpr std::array<std::string_view, 7> folders = {"/usr/",   "/bin/",   "/sbin/",  "/lib/",
                                                       "/lib32/", "/lib64/", "/libx32/"};
  return std::any_of(folders.begin(), folders.end(), [&](std::string_view folder) { return path.starts_with(folder); });
}

std::string relative_path(std::string_view from_folder, std::string_view to) {
  const std::vector<std::string> from = split(from_folder, "/");
  const std::vector<std::string> target = split(to, "/");
  size_t shared = 0;
  while (shared < from.size() && shared < target.size() && from[shared] == target[shared]) ++shared;
  std::vector<std::string> parts(from.size() - shared, "..");
  parts.insert(parts.end(), target.begin() + static_cast<std::ptrdiff_t>(shared), target.end());
  return parts.empty() ? "." : fmt::format("{}", fmt::join(parts, "/"));
}

}  // namespace bundle::plan
