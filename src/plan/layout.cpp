// See layout.h. Where files go is placement.h's matter, what the redirect library answers redirects.h's.
#include "plan/layout.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/printable.h"
#include "plan/laying_out.h"
#include "plan/paths.h"
#include "plan/redirects.h"
#include "plan/second_names.h"
#include "plan/target.h"

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

}  // namespace

Item LayingOut::item_of(const Found& file) const {
  Item item;
  static_cast<BundledFile&>(item) = file;
  item.path = in_root(file.destination);
  item.mode = file.kind != Kind::data || (file.mode & 0111U) != 0 ? 0755 : 0644;
  return item;
}

Plan LayingOut::make() {
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
  plan_.target = options_.target;
  if (!plan_.target->folder.empty()) plan_.folder = std::string(plan_.target->folder) + "/" + plan_.name;
  plan_.prefix =
      normal_path((options_.prefix.empty() ? std::string(plan_.target->prefix) : options_.prefix) + "/" + plan_.folder);
  plan_.sysroot = options_.sysroot;
  plan_.prefer_target = options_.prefer_target;
  plan_.home = options_.flat ? "lib" : "lib/" + plan_.name;
  placement_.emplace(plan_.home, !options_.runpath);
  for (size_t i = 0; i < names.size(); ++i) {
    launchers_[names[i]] = plan_.target->launcher(i + (options_.has_client ? 1 : 0), names[i], plan_.home);
  }
  if (options_.has_client) {
    add_launcher(plan_.target->launcher(0, names.front(), plan_.home), {"runs " + names.front() + " once an event"});
  }
  for (const Found& file : added_.files) {
    const bool can_be_searched = folder_name(file.destination).find_first_of(not_in_run_paths) == std::string::npos;
    if (file.kind == Kind::library && can_be_searched) placement_->pin(file.source, in_root(file.destination));
  }
  for (const auto& [source, folder] : options_.kept_folders) placement_->keep_folder(source, in_root(folder));
  for (size_t i = 0; i < programs_.size(); ++i) {
    if (!programs_[i].script) add_program(programs_[i], names[i]);
  }
  // An interpreter that is named, too, is there by now.
  for (size_t i = 0; i < programs_.size(); ++i) {
    if (programs_[i].script) add_script(programs_[i], names[i]);
  }
  for (const NamedProgram& program : programs_) add_other_name(program);
  // From here on every program that the user named is there, and what was found may be another name of one.
  for (const Found& file : added_.files) {
    if (file.kind == Kind::program) add_helper(file);
    if (file.kind == Kind::library) add_library(file);
  }
  add_data();
  add_redirection();
  Item manifest;
  manifest.path = plan_.home + "/manifest.json";
  manifest.kind = Kind::manifest;
  manifest.why = "says what is here and why";
  add(std::move(manifest));
  std::sort(plan_.items.begin(), plan_.items.end(), [](const Item& a, const Item& b) { return a.path < b.path; });
  if (plan_.target->check != nullptr) plan_.target->check(plan_, options_.launchers);
  return std::move(plan_);
}

std::string LayingOut::program_name(const NamedProgram& program) {
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

/// The folders of targets that a program or library of this closure searches after all those of the bundle.
std::vector<std::string> LayingOut::target_folders(const Closure& closure) const {
  const bool is_wanted = options_.opens_targets || !closure.left_to_target.empty();
  return is_wanted ? options_.target_folders : std::vector<std::string>();
}

void LayingOut::add_library(const Found& file) {
  const auto& [closure, openings] = loads_of(file);
  const Placement::Namespace placed = placement_->place(closure, openings);
  Item item = item_of(file);
  item.edit = library_edit(closure, 0, placed, item.path);
  const std::vector<std::string> folders = placement_->folders_below(closure, 0, placed);
  if (placement_->has_run_path(closure, 0) || folders.size() > 1) {
    item.edit.run_path =
        Edit::RunPath{run_path(folder_name(item.path), folders, inherited_not(closure)), options_.runpath};
  }
  add(std::move(item));
  if (!file.is_beside) data_.push_back(file.destination);
  add_libraries(closure, placed);
  add_openings(openings, placed);
}

void LayingOut::add_data() {
  const SecondNames second(added_.files, options_.folder_names);
  const auto stored_as = [&](const Found& file) {
    return plan_.redirect_machine == 0 ? nullptr : second.stored_as(file);
  };
  for (const Found& file : added_.files) {
    if (file.kind != Kind::data || stored_as(file) != nullptr || !add(item_of(file))) continue;
    if (!file.is_beside) data_.push_back(file.destination);
  }
  for (const Found& file : added_.files) {
    const std::string* const stored = file.kind == Kind::data ? stored_as(file) : nullptr;
    if (stored == nullptr) continue;
    plan_.items[items_.at(in_root(*stored))].also.push_back(file.destination);
    other_redirects_.push_back({file.destination, Redirect::Kind::file, "", *stored});
  }
}

/// The redirect library and its table, when there is something to answer (/proc/self/exe for one that reads itself,
/// too), and the programs told to load it first.
void LayingOut::add_redirection() {
  for (const FolderName& name : options_.folder_names) {
    other_redirects_.push_back({name.path, Redirect::Kind::folder, "", name.stored});
  }
  const bool wanted = !data_.empty() || !options_.folder_names.empty() ||
                      std::any_of(programs_.begin(), programs_.end(),
                                  [](const NamedProgram& program) { return program.reads_itself; }) ||
                      std::any_of(plan_.programs.begin(), plan_.programs.end(),
                                  [](const Program& program) { return program.is_helper; });
  plan_.wants_redirection = wanted;
  if (!wanted || plan_.redirect_machine == 0) return;
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

void LayingOut::add_libraries(const Closure& closure, const Placement::Namespace& placed) {
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
void LayingOut::add_openings(const std::vector<Opening>& openings, const Placement::Namespace& placed) {
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
/// instead of all others. So does one that needs others and inherits none, as --runpath has it, and one that gets
/// another file by a name than the rest of its closure. A DT_NEEDED that
/// is not the name under which its file is stored is renamed. `path` is where the library lies.
Edit LayingOut::library_edit(const Closure& closure, size_t index, const Placement::Namespace& placed,
                             const std::string& path) const {
  const Object& object = closure.objects[index];
  Edit edit;
  if (placement_->has_run_path(closure, index) || placed.goes_ahead(object.real_path)) {
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
bool LayingOut::add(Item item) {
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

Plan make_layout(const std::vector<NamedProgram>& programs, const Added& added, const LayoutOptions& options) {
  return LayingOut(programs, added, options).make();
}

}  // namespace bundle::plan
