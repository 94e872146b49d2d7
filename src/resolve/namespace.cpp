#include "resolve/namespace.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"

namespace bundle::resolve {

namespace {

/// Stands in names_ for the interpreter while nobody has asked for it.
constexpr size_t the_interpreter = SIZE_MAX - 1;

/// Most programs load fewer objects.
constexpr size_t usual_size = 32;

/// The names that musl keeps for itself: any of them is the loader (ldso/dynlink.c, load_library).
bool is_musl_itself(std::string_view name) {
  if (!name.starts_with("lib")) return false;
  name.remove_prefix(3);
  for (const std::string_view own : {"c.", "pthread.", "rt.", "m.", "dl.", "util.", "xnet."}) {
    if (name.starts_with(own)) return true;
  }
  return false;
}

}  // namespace

Namespace::Namespace(machine::Root& root, Files& files, Search& search, const Loader& loader)
    : root_(root), files_(files), search_(search), loader_(loader) {
  closure_.loader_kind = loader_.kind();
  closure_.objects.reserve(usual_size);
  loaded_.reserve(usual_size);
}

size_t Namespace::add(const std::shared_ptr<const ElfFile>& file, const std::string& path, const std::string& name,
                      Rule rule, size_t loader) {
  const size_t index = closure_.objects.size();
  Object& object = closure_.objects.emplace_back();
  object.path = path;
  object.real_path = file->host_path;
  object.name = std::string(base_name(name));
  object.soname = file->soname;
  object.rpath = file->rpath;
  object.runpath = file->runpath;
  object.interpreter = file->interpreter;
  object.rule = rule;
  object.size = file->size;
  object.is_64 = file->is_64;
  object.machine = file->machine;
  object.loader = loader;
  Loaded& loaded = loaded_.emplace_back();
  loaded.file = file;
  loaded.loader = loader;
  loaded.origin = std::string(folder_name(path));
  listed_.push_back(false);
  short_named_.push_back(rule == Rule::interpreter);
  identities_.emplace(std::pair(file->device, file->inode), index);
  if (!is_musl()) {
    know(name, index);
    know(path, index);
    if (file->soname) know(*file->soname, index);
  } else if (name.find('/') == std::string::npos) {
    know(name, index);
    short_named_[index] = true;
  }
  return index;
}

void Namespace::add_root(const std::shared_ptr<const ElfFile>& file, const std::string& path, bool is_program,
                         std::optional<Loaded> program) {
  add(file, path, path, is_program ? Rule::program : Rule::added, no_object);
  if (is_program) {
    loaded_[0].origin = std::string(folder_name(file->real));
    know("", 0);  // the main program's name in the loader's list, which an empty DT_NEEDED finds
  }
  program_ = std::move(program);
  search_.prepare(loaded_, 0, loader_);
  order_.push_back({0, false});
  listed_[0] = true;
}

void Namespace::set_interpreter(const std::string& path) {
  const std::string inside = root_.absolute(path);
  const Look look = files_.look(inside, loader_.is_64(), loader_.machine());
  closure_.interpreter_look = {Rule::interpreter, no_object, inside, look.outcome, look.detail};
  if (look.outcome != Probe::found) return;
  interpreter_file_ = look.file;
  if (look.file == loaded_[0].file) {  // the loader itself was named as the program
    closure_.interpreter = 0;
    return;
  }
  if (!is_musl()) {
    know(path, the_interpreter);
    if (look.file->soname) know(*look.file->soname, the_interpreter);
  }
  identities_.emplace(std::pair(look.file->device, look.file->inode), the_interpreter);
}

size_t Namespace::interpreter_index() {
  if (closure_.interpreter == no_object) {
    const std::string& path = closure_.interpreter_look.path;
    identities_.erase(std::pair(interpreter_file_->device, interpreter_file_->inode));
    closure_.interpreter = add(interpreter_file_, path, path, Rule::interpreter, no_object);
    search_.prepare(loaded_, closure_.interpreter, loader_);
  }
  return closure_.interpreter;
}

size_t Namespace::already_loaded(const std::string& name) {
  if (is_musl()) {
    if (interpreter_file_ != nullptr && (is_musl_itself(name) || name == loader_.path())) return interpreter_index();
    if (name.find('/') != std::string::npos) return no_object;
  }
  const auto known = names_.find(name);
  if (known == names_.end()) return no_object;
  return known->second == the_interpreter ? interpreter_index() : known->second;
}

Edge Namespace::follow(size_t asker, const std::string& name, Ask ask) {
  const bool is_preload = ask == Ask::preloaded;
  Edge edge;
  edge.name = name;
  const std::optional<std::string> expanded = search_.expand_name(loaded_[asker], name, loader_);
  if (!expanded) {
    edge.tried.push_back({Rule::slash, no_object, name, Probe::unreadable, "names a token that has no value here"});
    return edge;
  }
  edge.target = already_loaded(*expanded);
  if (edge.target != no_object) return edge;
  if (ask == Ask::needed && search_.is_targets(*expanded)) {
    edge.left_to_target = true;
    return edge;
  }
  // musl starts LD_PRELOAD's search from nobody, glibc from the program.
  const size_t searcher = is_preload && is_musl() ? no_object : asker;
  const Loaded* program = program_ ? &*program_ : loaded_.data();
  Answer answer = search_.find(loaded_, searcher, program, *expanded, loader_);
  edge.tried = std::move(answer.tried);
  edge.hwcaps = std::move(answer.hwcaps);
  edge.rule = answer.rule;
  edge.rule_owner = answer.rule_owner;
  if (answer.file == nullptr) return edge;
  // Asked for by another name, as libcuda.so, it is the same library.
  if (ask == Ask::needed && answer.file->soname && search_.is_targets(*answer.file->soname)) {
    edge.left_to_target = true;
    return edge;
  }
  // Opened by path, another libc would be a second one in the process; musl takes itself (ldso/dynlink.c).
  const bool other_libc = is_musl() && answer.file->soname && is_musl_itself(*answer.file->soname);
  const auto same = other_libc && interpreter_file_ != nullptr
                        ? identities_.find({interpreter_file_->device, interpreter_file_->inode})
                        : identities_.find({answer.file->device, answer.file->inode});
  if (same != identities_.end()) {
    edge.target = same->second == the_interpreter ? interpreter_index() : same->second;
    if (!is_musl()) {
      know(*expanded, edge.target);
    } else if (expanded->find('/') == std::string::npos && !short_named_[edge.target]) {
      // musl gives a library one short name: that of its path, once a search finds it that was loaded by path.
      know(std::string(base_name(closure_.objects[edge.target].path)), edge.target);
      short_named_[edge.target] = true;
    }
    return edge;
  }
  edge.target = add(answer.file, answer.path, *expanded, is_preload ? Rule::preload : answer.rule, searcher);
  search_.prepare(loaded_, edge.target, loader_);
  return edge;
}

void Namespace::preload(const std::string& name) {
  if (name.empty()) return;
  const Edge edge = follow(0, name, Ask::preloaded);
  if (edge.target == no_object) {
    closure_.notes.push_back(fmt::format(
        "{}: named to be preloaded and not found; the loader warns and goes on without it", printable(name)));
    return;
  }
  if (!listed_[edge.target]) {
    order_.push_back({edge.target, false});
    listed_[edge.target] = true;
  }
}

size_t Namespace::add_plugin(const std::string& path) {
  const Edge edge = follow(0, path, Ask::opened);
  if (edge.target == no_object) {
    const std::string why =
        edge.tried.empty() || edge.tried.back().detail.empty() ? "is not there" : edge.tried.back().detail;
    throw Error(Exit::cannot_bundle, path, why);
  }
  Object& object = closure_.objects[edge.target];
  if (!listed_[edge.target]) {
    object.rule = Rule::added;
    order_.push_back({edge.target, false});
    listed_[edge.target] = true;
  }
  return edge.target;
}

size_t Namespace::open(size_t asker, const std::string& name) {
  if (search_.is_targets(name)) return no_object;
  const Edge edge = follow(asker, name, Ask::opened);
  if (edge.target != no_object && !listed_[edge.target]) {
    order_.push_back({edge.target, false});
    listed_[edge.target] = true;
  }
  return edge.target;
}

Closure Namespace::part(size_t index) const {
  std::vector<size_t> order = {index};
  std::vector<size_t> place(closure_.objects.size(), no_object);
  place[index] = 0;
  const auto want = [&](size_t target) {
    if (target == no_object || place[target] != no_object) return;
    place[target] = order.size();
    order.push_back(target);
  };
  for (size_t i = 0; i < order.size(); ++i) {
    const Object& object = closure_.objects[order[i]];
    for (const Edge& edge : object.needs) want(edge.target);
    for (const Filter& filter : object.filters) want(filter.edge.target);
  }
  want(closure_.interpreter);
  const auto moved = [&](size_t old) { return old == no_object ? no_object : place[old]; };
  const auto move_edge = [&](Edge& edge) {
    edge.target = moved(edge.target);
    edge.rule_owner = moved(edge.rule_owner);
    for (Tried& tried : edge.tried) tried.rule_owner = moved(tried.rule_owner);
  };
  Closure out;
  out.loader_kind = closure_.loader_kind;
  out.interpreter_look = closure_.interpreter_look;
  out.interpreter = moved(closure_.interpreter);
  for (const size_t old : order) {
    Object& object = out.objects.emplace_back(closure_.objects[old]);
    object.loader = moved(object.loader);
    for (Edge& edge : object.needs) move_edge(edge);
    for (Filter& filter : object.filters) move_edge(filter.edge);
  }
  for (const Closure::Missing& missing : closure_.missing) {
    if (place[missing.object] != no_object)
      out.missing.push_back({place[missing.object], missing.edge, missing.filter});
  }
  for (const Closure::Missing& left : closure_.left_to_target) {
    if (place[left.object] != no_object) out.left_to_target.push_back({place[left.object], left.edge, left.filter});
  }
  return out;
}

// elf/dl-deps.c, _dl_map_object_deps: dependencies go to the end of the list, what a filter stands for goes
// right before it and is followed next.
void Namespace::follow_all(Order& order, Order::iterator at) {
  const size_t asker = at->object;
  const std::shared_ptr<const ElfFile> file = loaded_[asker].file;
  for (const ElfFile::Dependency& dependency : file->dependencies) {
    const bool is_filter = dependency.tag != ElfFile::Tag::needed;
    // musl knows nothing of filters.
    if (is_filter && is_musl()) continue;
    Edge edge = follow(asker, dependency.name, Ask::needed);
    const size_t target = edge.target;
    std::vector<Closure::Missing>& without = edge.left_to_target ? closure_.left_to_target : closure_.missing;
    Object& object = closure_.objects[asker];
    if (!is_filter) {
      object.needs.push_back(std::move(edge));
      if (target == no_object) {
        without.push_back({asker, object.needs.size() - 1, false});
      } else if (!listed_[target]) {
        order.push_back({target, false});
        listed_[target] = true;
      }
      continue;
    }
    const bool optional = dependency.tag == ElfFile::Tag::auxiliary;
    const bool edge_is_left = edge.left_to_target;
    object.filters.push_back({std::move(edge), optional});
    if (target == no_object) {
      if (!optional || edge_is_left) without.push_back({asker, object.filters.size() - 1, true});
      continue;
    }
    if (listed_[target]) {
      const auto later =
          std::find_if(std::next(at), order.end(), [&](const Entry& entry) { return entry.object == target; });
      if (later == order.end()) continue;  // it stands ahead already
      order.splice(at, order, later);
    } else {
      order.insert(at, {target, false});
      listed_[target] = true;
    }
  }
}

void Namespace::grow() {
  // The first entry that is not done, from the front: what a filter put ahead of itself comes next. A cursor
  // keeps that linear, as nothing is ever put ahead of a done entry but by the entry itself.
  auto at = order_.begin();
  while (at != order_.end()) {
    if (at->done) {
      ++at;
      continue;
    }
    at->done = true;
    follow_all(order_, at);
    while (at != order_.begin() && !std::prev(at)->done) --at;
  }
}

Closure Namespace::finish() {
  if (interpreter_file_ != nullptr) interpreter_index();
  for (const std::string& note : search_.notes()) closure_.notes.push_back(note);
  // rtld-audit(7): glibc asks the program only, and goes on without an auditor that is not there, with a line on
  // stderr.
  if (!is_musl() && !loaded_.empty()) {
    for (const std::string& names : loaded_.front().file->auditors) {
      closure_.notes.push_back(
          fmt::format("{} asks for {} to audit what is loaded, which is left out: the loader says on "
                      "stderr that it is not there, and goes on",
                      printable(closure_.objects.front().path), printable(names)));
    }
  }
  return std::move(closure_);
}

void Namespace::reopen(Closure closure, std::optional<Loaded> program) {
  closure_ = std::move(closure);
  program_ = std::move(program);
  for (size_t i = 0; i < closure_.objects.size(); ++i) {
    const Object& object = closure_.objects[i];
    Loaded& loaded = loaded_.emplace_back();
    loaded.file = files_.look(object.path, object.is_64, object.machine).file;
    if (loaded.file == nullptr) {
      throw Error(Exit::machine, object.path, "changed while it was read. Try again");
    }
    loaded.loader = object.loader;
    loaded.origin = std::string(folder_name(i == 0 && !program_ ? loaded.file->real : object.path));
    identities_.emplace(std::pair(loaded.file->device, loaded.file->inode), i);
    listed_.push_back(true);
    short_named_.push_back(object.rule != Rule::slash);
    order_.push_back({i, true});
    if (!is_musl()) {
      know(object.path, i);
      know(object.name, i);
      if (object.soname) know(*object.soname, i);
    } else if (object.rule != Rule::slash) {
      know(object.name, i);
    }
    if (i == closure_.interpreter) interpreter_file_ = loaded.file;
  }
  for (size_t i = 0; i < loaded_.size(); ++i) search_.prepare(loaded_, i, loader_);
  for (size_t i = 0; i < closure_.objects.size(); ++i) {
    for (const Edge& edge : closure_.objects[i].needs) {
      if (edge.target != no_object && !is_musl()) know(edge.name, edge.target);
    }
  }
}

}  // namespace bundle::resolve
