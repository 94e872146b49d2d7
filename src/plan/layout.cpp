// See layout.h. Where files go is placement.h's matter, what the redirect library answers redirects.h's.
#include "plan/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/printable.h"
#include "plan/paths.h"
#include "plan/placement.h"
#include "plan/redirects.h"

namespace bundle::plan {

namespace {

std::string why(const Closure& closure, size_t index) {
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

/// Where what was found comes from, and why.
void tell_origin(Item& item, const AddedFile& file) {
  item.source = file.source;
  item.why = file.why;
  item.rule = file.rule;
  item.evidence = file.evidence;
  item.package = file.package;
}

class Layout {
 public:
  Layout(const std::vector<NamedProgram>& programs, const std::vector<AddedFile>& added, const LayoutOptions& options)
      : programs_(programs), added_(added), options_(options) {}

  Plan make();

 private:
  std::string program_name(const NamedProgram& program);
  std::string place_program(const NamedProgram& program);
  void add_program(const NamedProgram& program, const std::string& name);
  void add_helper(const AddedFile& file);
  void add_alias(const AddedFile& file);
  void add_library(const AddedFile& file);
  void add_data(const AddedFile& file);
  void add_redirection();
  void add_libraries(const Closure& closure, const Placement::Namespace& placed);
  void add_openings(const std::vector<Opening>& openings, const Placement::Namespace& placed);
  void fill_start(Program& entry, Item& item, const Closure& closure, const Placement::Namespace& placed);
  Edit library_edit(const Closure& closure, size_t index, const Placement::Namespace& placed,
                    const std::string& path) const;
  std::vector<std::string> target_folders(const Closure& closure) const;
  /// Those that a library's own run path must name: a DT_RUNPATH keeps it from inheriting the program's.
  std::vector<std::string> inherited_not(const Closure& closure) const {
    return options_.runpath ? target_folders(closure) : std::vector<std::string>();
  }
  bool add(Item item);
  /// Where a file lies on the machine that it is from.
  std::string where(std::string_view path) const;
  std::string in_root(const std::string& destination) const { return plan_.home + "/root" + destination; }

  const std::vector<NamedProgram>& programs_;
  const std::vector<AddedFile>& added_;
  const LayoutOptions& options_;
  Plan plan_;
  std::optional<Placement> placement_;
  std::map<std::string, size_t> items_;  // path -> index in plan_.items
  std::set<std::string> names_;
  std::vector<bool> rename_used_;
  std::map<std::string, size_t> starts_;   // real path of a program -> its index in plan_.programs
  std::vector<std::string> data_;          // destinations that the redirect library answers
  std::vector<Redirect> other_redirects_;  // of programs, and of files that are stored under another name
  std::map<std::string, std::pair<std::string, size_t>> large_data_;  // real path -> destination, index in plan_.items
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
  plan_.name = options_.name.empty() ? folder_name_for(names.front()) : options_.name;
  check_file_name(plan_.name, "the name of the bundle", "--name NAME");
  if (plan_.name.find_first_of(not_in_run_paths) != std::string::npos) {
    throw Error(Exit::usage, "",
                fmt::format("'{}' cannot be the name of the bundle: a loader takes ':', ';' and '$' in the name of a "
                            "folder for something else. Choose another with --name NAME",
                            printable(plan_.name)));
  }
  plan_.prefix = options_.prefix;
  plan_.sysroot = options_.sysroot;
  plan_.prefer_target = options_.prefer_target;
  plan_.home = options_.flat ? "lib" : "lib/" + plan_.name;
  placement_.emplace(plan_.home);
  for (const AddedFile& file : added_) {
    const bool can_be_searched = folder_name(file.destination).find_first_of(not_in_run_paths) == std::string::npos;
    if (file.kind == Kind::library && can_be_searched) placement_->pin(file.source, in_root(file.destination));
  }
  for (const auto& [source, folder] : options_.kept_folders) placement_->keep_folder(source, in_root(folder));
  for (size_t i = 0; i < programs_.size(); ++i) add_program(programs_[i], names[i]);
  for (const NamedProgram& program : programs_) {
    // /usr/bin/python3 for /usr/bin/python3.11: what the program is told it is called, it may look for.
    const std::string& real = program.closure.objects.front().real_path;
    const std::string given = where(program.given);
    if (!added_.empty() && starts_.contains(real) && given != where(real) && is_system_path(given)) {
      AddedFile name;
      name.source = real;
      name.destination = given;
      name.why = "another name of " + std::string(base_name(real));
      add_alias(name);
    }
  }
  // From here on every program that the user named is there, and what was found may be another name of one.
  for (const AddedFile& file : added_) {
    if (file.kind == Kind::program) add_helper(file);
    if (file.kind == Kind::library) add_library(file);
    if (file.kind == Kind::data) add_data(file);
  }
  add_redirection();
  Item manifest;
  manifest.path = plan_.home + "/manifest.json";
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
    throw Error(
        Exit::usage, program.given,
        fmt::format("is the second program called {}, and bin/ can hold one. Give it another name with --rename {}=NEW",
                    printable(name), shell_word(program.given)));
  }
  return name;
}

std::string Layout::where(std::string_view path) const {
  if (!options_.sysroot.empty() && path.starts_with(options_.sysroot + "/"))
    path.remove_prefix(options_.sysroot.size());
  return std::string(path);
}

/// Where the program itself goes when a launcher stands for it in bin/.
std::string Layout::place_program(const NamedProgram& program) {
  const std::string& source = program.closure.objects.front().real_path;
  const std::string there = where(source);
  std::string path = in_root(is_system_path(there) ? there : "/usr/bin/" + std::string(base_name(source)));
  // Two private programs may share a base name under two launcher names.
  for (int n = 2; items_.contains(path) && plan_.items[items_[path]].source != source; ++n) {
    path = in_root(fmt::format("/usr/bin/{}/{}", n, base_name(source)));
  }
  return path;
}

/// The folders of targets that a program or library of this closure searches after all those of the bundle.
std::vector<std::string> Layout::target_folders(const Closure& closure) const {
  const bool is_wanted = options_.opens_targets || !closure.left_to_target.empty();
  return is_wanted ? options_.target_folders : std::vector<std::string>();
}

/// What a launcher must know to start the dynamic program of `item`, and what the program's file must say.
void Layout::fill_start(Program& entry, Item& item, const Closure& closure, const Placement::Namespace& placed) {
  entry.program = item.path;
  entry.machine = closure.objects.front().machine;
  entry.loader = placed.path_of(closure.interpreter);
  const std::vector<std::string> folders = placed.folders_of(closure.objects.front().real_path);
  const std::vector<std::string> targets = target_folders(closure);
  entry.libraries = fmt::format("{}", fmt::join(folders, ":"));
  for (const std::string& folder : targets) entry.libraries += ":" + folder;
  entry.is_musl = closure.loader_kind == LoaderKind::musl;
  entry.runpath = options_.runpath;
  entry.environment = options_.environment;
  entry.library_count = closure.objects.size() - 1;
  item.edit = library_edit(closure, 0, placed, item.path);
  item.edit.interpreter = plan_.prefix + "/" + entry.loader;
  item.edit.run_path = Edit::RunPath{run_path(folder_name(item.path), folders, targets), options_.runpath};
}

void Layout::add_program(const NamedProgram& program, const std::string& name) {
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
  item.path = launcher ? place_program(program) : entry.launcher;
  const Placement::Namespace placed = placement_->place(program.closure, program.openings);
  fill_start(entry, item, program.closure, placed);
  if (program.has_launcher && plan_.redirect_machine == 0) plan_.redirect_machine = object.machine;
  add(std::move(item));
  add_libraries(program.closure, placed);
  add_openings(program.openings, placed);
  if (launcher) {
    Item start;
    start.path = entry.launcher;
    start.kind = Kind::launcher;
    start.mode = 0755;
    start.why = "starts " + entry.program;
    add(std::move(start));
    if (const std::string there = where(object.real_path); is_system_path(there)) {
      other_redirects_.push_back({there, Redirect::Kind::program, entry.launcher, ""});
    }
  } else if (options_.launchers) {
    plan_.notes.push_back(fmt::format("{}: there is no launcher for its machine, so it starts at {} only", name,
                                      printable(plan_.prefix)));
  }
  starts_.emplace(object.real_path, plan_.programs.size());
  plan_.programs.push_back(std::move(entry));
}

/// A program that another one starts. It lies under root/ where it is looked for, and a launcher of its own starts it
/// away from the prefix, where the kernel cannot.
void Layout::add_helper(const AddedFile& file) {
  if (starts_.contains(file.source)) return add_alias(file);
  const Object& object = file.closure.objects.front();
  Item item;
  item.path = in_root(file.destination);
  item.kind = Kind::program;
  item.mode = 0755;
  tell_origin(item, file);
  if (object.is_static) {
    data_.push_back(file.destination);
    add(std::move(item));
    return;
  }
  Program entry;
  entry.is_helper = true;
  entry.name = base_name(file.destination);
  const Placement::Namespace placed = placement_->place(file.closure, file.openings);
  fill_start(entry, item, file.closure, placed);
  entry.environment.clear();  // the program that starts it has them already
  if (!add(std::move(item))) return;
  add_libraries(file.closure, placed);
  add_openings(file.openings, placed);
  if (options_.launchers) {
    entry.launcher = plan_.home + "/start" + file.destination;
    Item start;
    start.path = entry.launcher;
    start.kind = Kind::launcher;
    start.mode = 0755;
    start.why = "starts " + entry.program;
    add(std::move(start));
    other_redirects_.push_back({file.destination, Redirect::Kind::program, entry.launcher, ""});
  } else {
    data_.push_back(file.destination);
  }
  starts_.emplace(file.source, plan_.programs.size());
  plan_.programs.push_back(std::move(entry));
}

/// Another name of a program that is there already: a launcher in its place, a few KB, and the name still tells the
/// program what it is called as (git's hundred names).
void Layout::add_alias(const AddedFile& file) {
  const Program& started = plan_.programs[starts_.at(file.source)];
  if (!options_.launchers || in_root(file.destination) == started.program) return;
  Program entry = started;
  entry.is_helper = true;
  entry.name = base_name(file.destination);
  entry.launcher = in_root(file.destination);
  Item start;
  start.path = entry.launcher;
  start.kind = Kind::launcher;
  start.mode = 0755;
  start.why = file.why;
  start.rule = file.rule;
  start.evidence = file.evidence;
  if (!add(std::move(start))) return;
  other_redirects_.push_back({file.destination, Redirect::Kind::program, entry.launcher, ""});
  plan_.programs.push_back(std::move(entry));
}

void Layout::add_library(const AddedFile& file) {
  const Placement::Namespace placed = placement_->place(file.closure, file.openings);
  Item item;
  item.path = in_root(file.destination);
  item.kind = Kind::library;
  item.mode = 0755;
  tell_origin(item, file);
  item.edit = library_edit(file.closure, 0, placed, item.path);
  const std::vector<std::string> folders = placement_->folders_below(file.closure, 0, placed);
  if (file.closure.objects.front().rpath || file.closure.objects.front().runpath || folders.size() > 1) {
    item.edit.run_path =
        Edit::RunPath{run_path(folder_name(item.path), folders, inherited_not(file.closure)), options_.runpath};
  }
  add(std::move(item));
  if (!file.is_beside) data_.push_back(file.destination);
  add_libraries(file.closure, placed);
  add_openings(file.openings, placed);
}

void Layout::add_data(const AddedFile& file) {
  // A large file of several names, links on this machine, is stored once: magic.mgc has three. A small one is not, for
  // who lists a folder does not see the others.
  constexpr uint64_t large = 1'000'000;
  // What libc opens by itself is not asked of the redirect library.
  const bool may_alias =
      plan_.redirect_machine != 0 && !file.is_beside && !file.destination.starts_with("/usr/lib/locale/");
  if (const auto stored = large_data_.find(file.source); may_alias && stored != large_data_.end()) {
    const auto& [destination, index] = stored->second;
    plan_.items[index].also.push_back(file.destination);
    other_redirects_.push_back({file.destination, Redirect::Kind::file, "", destination});
    return;
  }
  Item item;
  item.path = in_root(file.destination);
  item.kind = Kind::data;
  item.mode = (file.mode & 0111U) != 0 ? 0755 : 0644;
  tell_origin(item, file);
  if (!add(std::move(item))) return;
  if (!file.is_beside) data_.push_back(file.destination);
  if (may_alias && file.size >= large)
    large_data_.emplace(file.source, std::pair(file.destination, plan_.items.size() - 1));
}

/// The redirect library and its table, when there is something to answer (/proc/self/exe for one that reads itself,
/// too), and the programs told to load it first.
void Layout::add_redirection() {
  const bool wanted = !data_.empty() ||
                      std::any_of(programs_.begin(), programs_.end(),
                                  [](const NamedProgram& program) { return program.reads_itself; }) ||
                      std::any_of(plan_.programs.begin(), plan_.programs.end(),
                                  [](const Program& program) { return program.is_helper; });
  if (!wanted) return;
  for (const Program& program : plan_.programs) {
    if (!program.is_static || program.is_helper) continue;
    plan_.notes.push_back(fmt::format(
        "{}: is static, so it looks for its data where the target has it, not in the bundle", printable(program.name)));
  }
  if (plan_.redirect_machine == 0) {
    const bool any_asks = std::any_of(plan_.programs.begin(), plan_.programs.end(),
                                      [](const Program& program) { return !program.is_static && !program.is_helper; });
    if (any_asks) {
      plan_.notes.push_back(
          "there is no redirect library for this machine, so data is found only by programs that look for "
          "it beside themselves");
    }
    return;
  }
  plan_.redirects = make_redirects(data_, other_redirects_);
  plan_.redirect_environment = redirect_environment(data_);
  for (const std::string_view name : {redirect_library_name, redirect_table_name}) {
    Item item;
    item.path = plan_.home + "/" + std::string(name);
    item.kind = Kind::redirect;
    item.mode = name == redirect_library_name ? 0755 : 0644;
    item.why = "answers the paths of bundled data";
    add(std::move(item));
  }
  for (const Program& program : plan_.programs) {
    if (program.loader.empty() || program.machine != plan_.redirect_machine) continue;
    Edit& edit = plan_.items[items_.at(program.program)].edit;
    edit.add_needed = {std::string(redirect_library_name)};
  }
}

void Layout::add_libraries(const Closure& closure, const Placement::Namespace& placed) {
  for (size_t i = 1; i < closure.objects.size(); ++i) {
    if (placed.path_of(i).empty()) continue;  // who opened this closure
    Item item;
    item.path = placed.path_of(i);
    item.kind = i == closure.interpreter ? Kind::loader : Kind::library;
    item.source = closure.objects[i].real_path;
    item.mode = 0755;
    item.why = why(closure, i);
    item.rule = "loader";
    if (i != closure.interpreter) item.edit = library_edit(closure, i, placed, item.path);
    if (i == closure.interpreter && options_.opens_namespaces && closure.objects[i].soname) {
      Item twin = item;
      twin.path = std::string(folder_name(item.path)) + "/" + std::string(base_name(*closure.objects[i].soname));
      twin.kind = Kind::library;
      twin.why = "the interpreter by its SONAME, for namespaces that dlmopen makes";
      add(std::move(twin));
    }
    add(std::move(item));
  }
}

/// What is opened by name. Each lies where its own asker finds it.
void Layout::add_openings(const std::vector<Opening>& openings, const Placement::Namespace& placed) {
  for (size_t i = 0; i < openings.size(); ++i) {
    const Closure& closure = openings[i].closure;
    const Placement::Namespace& own = placed.opened.at(i);
    if (own.is_loaded) continue;
    Item item;
    item.path = own.path_of(0);
    item.kind = Kind::library;
    item.source = closure.objects.front().real_path;
    item.mode = 0755;
    item.why = openings[i].why;
    item.rule = openings[i].rule;
    item.edit = library_edit(closure, 0, own, item.path);
    if (own.stands_alone && !item.edit.run_path) {
      item.edit.run_path = Edit::RunPath{
          run_path(folder_name(item.path), placement_->folders_below(closure, 0, own), inherited_not(closure)),
          options_.runpath};
    }
    add(std::move(item));
    add_libraries(closure, own);
  }
}

/// What a library needs so that its dependencies are found in the bundle: mostly nothing, for the program's DT_RPATH is
/// inherited. One with a run path of its own gets an $ORIGIN one, since it would be asked first, and with DT_RUNPATH
/// instead of all others. So does one that gets another file by a name than the rest of its closure. A DT_NEEDED that
/// is not the name under which its file is stored is renamed. `path` is where the library lies.
Edit Layout::library_edit(const Closure& closure, size_t index, const Placement::Namespace& placed,
                          const std::string& path) const {
  const Object& object = closure.objects[index];
  Edit edit;
  if (object.rpath || object.runpath || placed.goes_ahead(object.real_path)) {
    edit.run_path = Edit::RunPath{
        run_path(folder_name(path), placement_->folders_below(closure, index, placed), inherited_not(closure)),
        options_.runpath};
  }
  for (const Edge& edge : object.needs) {
    if (edge.target == no_object || edge.target == closure.interpreter) continue;
    const std::string wanted = placed.needed_name(edge.target);
    if (edge.name != wanted) edit.rename_needed.emplace(edge.name, wanted);
  }
  return edit;
}

/// False when this very file lies there already.
bool Layout::add(Item item) {
  const auto [at, is_new] = items_.emplace(item.path, plan_.items.size());
  if (is_new) {
    plan_.items.push_back(std::move(item));
    return true;
  }
  if (plan_.items[at->second].source != item.source) {
    throw Error(Exit::cannot_bundle, item.source,
                fmt::format("would lie at {} in the bundle, where {} lies already. Bundle the two by separate calls",
                            printable(item.path), printable(plan_.items[at->second].source)));
  }
  return false;
}

}  // namespace

Plan make_layout(const std::vector<NamedProgram>& programs, const std::vector<AddedFile>& added,
                 const LayoutOptions& options) {
  return Layout(programs, added, options).make();
}

}  // namespace bundle::plan
