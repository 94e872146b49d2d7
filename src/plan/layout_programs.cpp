// What is started in a bundle: programs that the user named, scripts with their interpreters, helpers that others
// start, and all the names that they go by.
//
// The kernel's rule for a script (Linux fs/binfmt_script.c): the interpreter gets the name that the "#!" line has for
// it, what else stands on that line, the script's path, and the caller's arguments. A launcher gives it the same, with
// the script's path in the bundle. The interpreter itself lies where any program that was found does, with a launcher
// of its own, for others that start it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/printable.h"
#include "plan/laying_out.h"
#include "plan/paths.h"

namespace bundle::plan {

std::string LayingOut::where(std::string_view path) const {
  if (!options_.sysroot.empty() && path.starts_with(options_.sysroot + "/"))
    path.remove_prefix(options_.sysroot.size());
  return std::string(path);
}

/// The path of the source machine under which what lies at `path` there is found in the bundle: its own in the system's
/// folders, or one below the home of the folder that it lies in. None: its path is nobody's business.
std::optional<std::string> LayingOut::public_path(std::string_view path) const {
  const TreePlace* best = nullptr;
  for (const TreePlace& home : options_.homes) {
    const bool is_below = path.starts_with(home.source) && path.substr(home.source.size()).starts_with('/');
    if (is_below && (best == nullptr || home.source.size() > best->source.size())) best = &home;
  }
  if (best != nullptr) return best->home + std::string(path.substr(best->source.size()));
  const std::string there = where(path);
  return is_system_path(there) ? std::optional(there) : std::nullopt;
}

/// Whether a program lies in a tree of which something else is in the bundle.
bool LayingOut::has_home(std::string_view path) const {
  return std::any_of(options_.homes.begin(), options_.homes.end(),
                     [&](const TreePlace& home) { return is_below(path, home.source); });
}

/// What a launcher tells its program it is called, where the launcher's own name says nothing of it. A program that is
/// named by a link may do another thing by each name (busybox's ls, coreutils in one file), and knows no other names
/// than those. Empty: what the caller says.
std::string LayingOut::called(const NamedProgram& program, const std::string& launcher) const {
  const std::string_view name = base_name(program.given);
  if (name == base_name(program.closure.objects.front().real_path) || name == base_name(launcher)) return {};
  return public_path(program.given).value_or(std::string(name));
}

/// Whether the user named one file more than once, by several links to it.
bool LayingOut::has_several_names(const Object& object) const {
  return std::count_if(programs_.begin(), programs_.end(), [&](const NamedProgram& other) {
           return !other.script && other.closure.objects.front().real_path == object.real_path;
         }) > 1;
}

/// What its launcher gives a program where the caller has not.
std::vector<std::string> LayingOut::environment_of(std::string_view source) const {
  std::vector<std::string> out = options_.environment;
  for (const VariableDefault& given : options_.defaults) {
    const std::string key = given.name + "=";
    const bool is_given =
        std::any_of(out.begin(), out.end(), [&](const std::string& variable) { return variable.starts_with(key); });
    if (given.source == source && !is_given) out.push_back(key + "@root@/" + in_root(given.path));
  }
  return out;
}

/// Where a program itself goes when a launcher stands for it.
std::string LayingOut::place_program(const Object& object) {
  const std::string& source = object.real_path;
  std::string path = in_root(public_path(source).value_or("/usr/bin/" + std::string(base_name(source))));
  // Two private programs may share a base name under two launcher names.
  for (int n = 2; items_.contains(path) && plan_.items[items_[path]].source != source; ++n) {
    path = in_root(fmt::format("/usr/bin/{}/{}", n, base_name(source)));
  }
  return path;
}

/// What a launcher must know to start the dynamic program of `item`, and what the program's file must say.
void LayingOut::fill_start(Program& entry, Item& item, const Closure& closure, const Placement::Namespace& placed) {
  entry.program = item.path;
  entry.machine = closure.objects.front().machine;
  entry.loader = placed.path_of(closure.interpreter);
  const std::vector<std::string> folders = placed.folders_of(closure.objects.front().real_path);
  const std::vector<std::string> targets = target_folders(closure);
  entry.libraries = fmt::format("{}", fmt::join(folders, ":"));
  for (const std::string& folder : targets) entry.libraries += ":" + folder;
  entry.is_musl = closure.loader_kind == LoaderKind::musl;
  entry.runpath = options_.runpath;
  entry.environment = environment_of(closure.objects.front().real_path);
  entry.library_count = closure.objects.size() - 1;
  item.edit = library_edit(closure, 0, placed, item.path);
  item.edit.interpreter = normal_path(plan_.prefix + "/" + entry.loader);
  item.edit.run_path = Edit::RunPath{run_path(folder_name(item.path), folders, targets), options_.runpath};
}

void LayingOut::add_program(const NamedProgram& program, const std::string& name) {
  const Object& object = program.closure.objects.front();
  Program entry;
  entry.name = name;
  entry.source = program.given;
  entry.launcher = launchers_.at(name);
  entry.machine = object.machine;
  entry.is_static = object.is_static;
  entry.argv0 = called(program, entry.launcher);
  Item item;
  item.kind = Kind::program;
  item.source = object.real_path;
  item.mode = 0755;
  item.why = "named on the command line";
  const bool launcher = options_.launchers && program.has_launcher;
  if (object.is_static) {
    // Nothing to load and nothing to rewrite: the file is its own launcher, but where its data has to lie beside it, it
    // is to be told something, or has names that need no copy of it each.
    entry.environment = environment_of(object.real_path);
    const bool lies_apart = launcher && (has_home(object.real_path) || !entry.environment.empty() ||
                                         !entry.argv0.empty() || has_several_names(object));
    entry.program = item.path = lies_apart ? place_program(object) : entry.launcher;
    fixed_.emplace(object.real_path, item.path);
    add(std::move(item));
    if (lies_apart) add_launcher(entry.launcher, {"starts " + entry.program});
    plan_.programs.push_back(std::move(entry));
    return;
  }
  item.path = launcher ? place_program(object) : entry.launcher;
  const Placement::Namespace placed = placement_->place(program.closure, program.openings);
  fill_start(entry, item, program.closure, placed);
  if (program.has_launcher && plan_.redirect_machine == 0) plan_.redirect_machine = object.machine;
  add(std::move(item));
  add_libraries(program.closure, placed);
  add_openings(program.openings, placed);
  if (launcher) {
    add_launcher(entry.launcher, {"starts " + entry.program});
    if (const auto there = public_path(object.real_path); there && in_root(*there) == entry.program) {
      other_redirects_.push_back({*there, Redirect::Kind::program, entry.launcher, ""});
    }
  }
  entry.lacks_launcher = options_.launchers && !launcher;
  starts_.emplace(object.real_path, plan_.programs.size());
  plan_.programs.push_back(std::move(entry));
}

/// A launcher of its own kind of file, a few KB. False when it is there already.
bool LayingOut::add_launcher(const std::string& path, const Reason& reason) {
  Item start;
  static_cast<Reason&>(start) = reason;
  start.path = path;
  start.kind = Kind::launcher;
  start.mode = 0755;
  return add(std::move(start));
}

/// A script lies under root/ as data does, and its launcher starts the interpreter with it.
void LayingOut::add_script(const NamedProgram& program, const std::string& name) {
  const Script& script = *program.script;
  const Object& interpreter = program.closure.objects.front();
  if (!options_.launchers) {
    throw Error(Exit::usage, program.given,
                "is a script, which only a launcher in bin/ can start with the bundled interpreter. Leave out "
                "--launcher none");
  }
  if (!program.has_launcher) {
    throw Error(Exit::cannot_bundle, program.given,
                fmt::format("is a script, and there is no launcher for the machine of its interpreter {}. Bundle the "
                            "interpreter by its own name, with the script as its argument on the target",
                            printable(base_name(interpreter.real_path))));
  }
  if (!interpreter.is_static && plan_.redirect_machine == 0) plan_.redirect_machine = interpreter.machine;
  add_interpreter(program, name);
  Program entry;
  if (const auto start = starts_.find(interpreter.real_path); start != starts_.end()) {
    entry = plan_.programs[start->second];
  } else {
    entry.program = fixed_.at(interpreter.real_path);
    entry.machine = interpreter.machine;
    entry.is_static = true;
  }
  entry.is_helper = false;
  entry.name = name;
  entry.source = program.given;
  entry.launcher = launchers_.at(name);
  entry.environment = options_.environment;
  entry.script = in_root(script.destination);
  entry.argv0 = interpreter_name(program);
  entry.arguments = script.arguments;
  entry.arguments.push_back("@root@/" + entry.script);
  Item item;
  item.path = entry.script;
  item.kind = Kind::data;
  item.source = script.source;
  item.mode = 0755;
  item.why = "named on the command line";
  add(std::move(item));
  data_.push_back(script.destination);
  if (!script.other_name.empty())
    other_redirects_.push_back({script.other_name, Redirect::Kind::file, "", script.destination});
  add_launcher(entry.launcher, {"starts " + entry.script});
  plan_.programs.push_back(std::move(entry));
}

/// The interpreter of the script `name`, if it is not there already.
void LayingOut::add_interpreter(const NamedProgram& program, const std::string& name) {
  const Object& object = program.closure.objects.front();
  if (starts_.contains(object.real_path) || fixed_.contains(object.real_path)) return;
  Item item;
  item.path = place_program(object);
  item.kind = Kind::program;
  item.source = object.real_path;
  item.mode = 0755;
  item.why = "the interpreter of " + name;
  const std::string destination = item.path.substr(in_root("").size());
  add_helper(std::move(item), destination, program.closure, program.openings);
}

/// What the interpreter of a script is told it is called. A path that nobody is to see gives way to that of its place.
std::string LayingOut::interpreter_name(const NamedProgram& program) const {
  const std::string& name = program.script->interpreter;
  if (name.find('/') == std::string::npos) return name;
  if (const auto known = public_path(options_.sysroot + name)) return *known;
  const Object& object = program.closure.objects.front();
  const auto start = starts_.find(object.real_path);
  const std::string& path =
      start != starts_.end() ? plan_.programs[start->second].program : fixed_.at(object.real_path);
  const std::string root = in_root("");
  return path.starts_with(root) ? path.substr(root.size()) : "/usr/bin/" + std::string(base_name(path));
}

/// The name that a program goes by: /usr/bin/python3 for /usr/bin/python3.11. What it is told it is called, it may look
/// for, and others may start it by the name in a script.
void LayingOut::add_other_name(const NamedProgram& program) {
  if (added_.files.empty() && !program.script) return;
  const std::string& real = program.closure.objects.front().real_path;
  const auto name = public_path(program.script ? options_.sysroot + program.script->interpreter : program.given);
  if (!name) return;
  if (starts_.contains(real)) {
    Found other;
    other.source = real;
    other.destination = *name;
    other.why = "another name of " + std::string(base_name(real));
    add_alias(other, plan_.programs[starts_.at(real)]);
  } else if (const auto fixed = fixed_.find(real); program.script && fixed != fixed_.end()) {
    const std::string root = in_root("");
    if (!fixed->second.starts_with(root) || fixed->second == root + *name) return;
    other_redirects_.push_back({*name, Redirect::Kind::file, "", fixed->second.substr(root.size())});
  }
}

/// A program that another one starts. It lies under root/ where it is looked for, and a launcher of its own starts it
/// away from the prefix, where the kernel cannot.
void LayingOut::add_helper(const Found& file) {
  if (starts_.contains(file.source)) return add_alias(file, plan_.programs[starts_.at(file.source)]);
  const Loads& loads = loads_of(file);
  const Object& object = loads.closure.objects.front();
  const auto fixed = fixed_.find(file.source);
  if (fixed != fixed_.end() && object.machine == plan_.redirect_machine && object.is_64) {
    Program started;
    started.program = fixed->second;
    started.machine = object.machine;
    started.is_static = true;
    return add_alias(file, started);
  }
  add_helper(item_of(file), file.destination, loads.closure, loads.openings);
}

void LayingOut::add_helper(Item item, const std::string& destination, const Closure& closure,
                           const std::vector<Opening>& openings) {
  const std::string source = item.source;
  if (closure.objects.front().is_static) {
    data_.push_back(destination);
    fixed_.emplace(source, item.path);
    add(std::move(item));
    return;
  }
  Program entry;
  entry.is_helper = true;
  entry.name = base_name(destination);
  const Placement::Namespace placed = placement_->place(closure, openings);
  fill_start(entry, item, closure, placed);
  entry.environment.clear();  // the program that starts it has them already
  if (!add(std::move(item))) return;
  add_libraries(closure, placed);
  add_openings(openings, placed);
  if (options_.launchers) {
    entry.launcher = plan_.home + "/start" + destination;
    add_launcher(entry.launcher, {"starts " + entry.program});
    other_redirects_.push_back({destination, Redirect::Kind::program, entry.launcher, ""});
  } else {
    data_.push_back(destination);
  }
  starts_.emplace(source, plan_.programs.size());
  plan_.programs.push_back(std::move(entry));
}

/// Another name of a program that is there already: a launcher in its place, a few KB, and the name still tells the
/// program what it is called as (git's hundred names).
void LayingOut::add_alias(const Found& file, const Program& started) {
  if (!options_.launchers || in_root(file.destination) == started.program) return;
  Program entry = started;
  entry.is_helper = true;
  entry.lacks_launcher = false;
  entry.argv0.clear();  // who starts it by this name says so
  entry.name = base_name(file.destination);
  entry.launcher = in_root(file.destination);
  if (!add_launcher(entry.launcher, file)) return;
  other_redirects_.push_back({file.destination, Redirect::Kind::program, entry.launcher, ""});
  plan_.programs.push_back(std::move(entry));
}

}  // namespace bundle::plan
