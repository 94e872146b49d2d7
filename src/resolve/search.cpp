#include "resolve/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "base/file.h"
#include "resolve/ld_conf.h"
#include "resolve/tokens.h"

namespace bundle::resolve {

namespace {

std::string in_folder(const std::string& folder, std::string_view name) {
  std::string path;
  path.reserve(folder.size() + 1 + name.size());
  if (folder != "/") path = folder;
  path += '/';
  path += name;
  return path;
}

/// The loader's file is read for $LIB and $PLATFORM only.
TokenValue token_values(const std::string& origin, const Loader& loader) {
  return [origin, &loader](Token token) {
    return token == Token::origin ? origin : token == Token::lib ? loader.built_in().lib : loader.built_in().platform;
  };
}

}  // namespace

/// One name on its way up the ladder.
struct Search::Climb {
  const std::string& name;
  const Loader& loader;
  Answer answer;
  bool over = false;        // found, or the loader stops there
  bool leave_rung = false;  // this rung is over, the next is not
  std::vector<const FolderList*> searched;
};

const FolderList* Search::intern(FolderList folders) {
  std::string key;
  for (const std::string& folder : folders) key += folder + '\0';
  std::unique_ptr<FolderList>& list = lists_[key];
  if (list == nullptr) list = std::make_unique<FolderList>(std::move(folders));
  return list.get();
}

// glibc's fillin_rpath: an item that is empty in the file is the working folder, one that tokens make empty
// is dropped, slashes at the end go, a folder named twice counts once. musl's path_open: empty items are
// nothing.
const FolderList* Search::expand_path(const std::string& text, const std::string& origin, const Loader& loader) {
  FolderList folders;
  const auto add = [&](std::string folder) {
    if (loader.kind() == LoaderKind::glibc) {
      while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
    }
    folder = folder.empty() ? root_.working_folder() : root_.absolute(folder);
    if (std::find(folders.begin(), folders.end(), folder) == folders.end()) folders.push_back(std::move(folder));
  };
  if (loader.kind() == LoaderKind::musl) {
    const std::optional<std::string> expanded = expand_origin(text, origin);
    if (!expanded) return nullptr;
    for (std::string& item : split(*expanded, ":\n")) {
      if (!item.empty()) add(std::move(item));
    }
  } else {
    if (text.empty()) return nullptr;
    const TokenValue value_of = token_values(origin, loader);
    for (std::string& item : split(text, ":")) {
      if (item.empty()) {
        add("");
      } else if (std::optional<std::string> expanded = expand_tokens(item, value_of); expanded && !expanded->empty()) {
        add(std::move(*expanded));
      }
    }
  }
  return folders.empty() ? nullptr : intern(std::move(folders));
}

void Search::prepare(std::vector<Loaded>& objects, size_t index, const Loader& loader) {
  Loaded& object = objects[index];
  const ElfFile& file = *object.file;
  // Both loaders ignore DT_RPATH beside DT_RUNPATH. musl knows one run path, inherited in either case.
  if (loader.kind() == LoaderKind::musl) {
    if (file.runpath || file.rpath) {
      object.rpath = expand_path(file.runpath ? *file.runpath : *file.rpath, object.origin, loader);
    }
  } else if (file.runpath) {
    object.runpath = expand_path(*file.runpath, object.origin, loader);
  } else if (file.rpath) {
    object.rpath = expand_path(*file.rpath, object.origin, loader);
  }
  if (object.loader != no_object) {
    const Loaded& above = objects[object.loader];
    object.next_with_rpath = above.rpath != nullptr ? object.loader : above.next_with_rpath;
  }
}

std::optional<std::string> Search::expand_name(const Loaded& asker, const std::string& name,
                                               const Loader& loader) const {
  if (loader.kind() == LoaderKind::musl || name.find('$') == std::string::npos) return name;
  std::optional<std::string> expanded = expand_tokens(name, token_values(asker.origin, loader));
  if (expanded && expanded->empty()) return std::nullopt;
  return expanded;
}

void Search::try_path(Climb& climb, const std::string& path, Rule rule, size_t owner) {
  const Look look = files_.look(path, climb.loader.is_64(), climb.loader.machine());
  climb.answer.tried.push_back({rule, owner, path, look.outcome, look.detail});
  if (look.outcome == Probe::found) {
    climb.answer.file = look.file;
    climb.answer.path = path;
    climb.answer.rule = rule;
    climb.answer.rule_owner = owner;
    climb.over = true;
    return;
  }
  if (climb.loader.kind() == LoaderKind::musl) {
    // musl takes the first file that opens, and fails when it is none of its own. Errors of open other than
    // these end the search (path_open).
    const int error = look.error_number;
    climb.over = look.outcome == Probe::not_elf || look.outcome == Probe::wrong_machine ||
                 (error != 0 && error != ENOENT && error != ENOTDIR && error != EACCES && error != ENAMETOOLONG);
    return;
  }
  climb.over = look.stops;
  // open_path: "The file exists and is readable, but something went wrong" ends the rung, if the folder is
  // there.
  const int error = look.error_number;
  if (error != 0 && error != ENOENT && error != EACCES && root_.is_folder(std::string(folder_name(path)))) {
    climb.leave_rung = true;
  }
}

const std::vector<std::string>& Search::subfolders(const std::string& folder, const Loader& loader) {
  const auto [at, is_new] = subfolders_.try_emplace({loader.path(), folder});
  if (!is_new) return at->second;
  for (const std::string& sub : loader.built_in().preferred_subfolders) {
    // The first part is the same for many, and almost never there.
    const bool may_be = root_.is_folder(in_folder(folder, sub.substr(0, sub.find('/'))));
    if (may_be && root_.is_folder(in_folder(folder, sub))) at->second.push_back(sub);
  }
  return at->second;
}

/// After a look at the baseline in `folder`: whether the loader would have taken a copy for this processor.
/// It is noted beside the baseline; where there is no baseline it is the answer, as it is the loader's.
void Search::try_hwcaps(Climb& climb, const std::string& folder, Rule rule, size_t owner) {
  for (const std::string& sub : subfolders(folder, climb.loader)) {
    const std::string path = in_folder(folder, sub + "/" + climb.name);
    if (files_.look(path, climb.loader.is_64(), climb.loader.machine()).outcome != Probe::found) continue;
    climb.answer.hwcaps = path;
    if (climb.answer.file == nullptr && !climb.over) try_path(climb, path, rule, owner);
    return;
  }
}

void Search::try_folders(Climb& climb, const FolderList& folders, Rule rule, size_t owner) {
  // A list that was searched gives the same answer again: with one run path in 5,000 libraries that load each
  // other the loader opens the same files over and over; the trail says them once.
  if (std::find(climb.searched.begin(), climb.searched.end(), &folders) != climb.searched.end()) return;
  climb.searched.push_back(&folders);
  climb.leave_rung = false;
  for (const std::string& folder : folders) {
    try_path(climb, in_folder(folder, climb.name), rule, owner);
    if (climb.loader.kind() == LoaderKind::glibc) try_hwcaps(climb, folder, rule, owner);
    if (climb.over || climb.leave_rung) return;
  }
}

/// Null when there is none.
const FolderList* Search::library_path(const std::vector<Loaded>& objects, const Loader& loader) {
  const bool is_musl = loader.kind() == LoaderKind::musl;
  std::vector<std::string> items = options_.library_path;
  if (!options_.environment_path.empty()) {
    std::vector<std::string> more = split(options_.environment_path, is_musl ? ":\n" : ":;");
    items.insert(items.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  FolderList folders;
  for (const std::string& item : items) {
    if (is_musl) {
      if (!item.empty()) folders.push_back(root_.absolute(item));
      continue;
    }
    // LD_LIBRARY_PATH may hold tokens too; they are those of the program.
    std::optional<std::string> expanded = item;
    if (item.find('$') != std::string::npos) {
      expanded = expand_tokens(item, token_values(objects.empty() ? "" : objects[0].origin, loader));
      if (!expanded || expanded->empty()) continue;
    }
    while (expanded->size() > 1 && expanded->ends_with('/')) expanded->pop_back();
    std::string folder = expanded->empty() ? root_.working_folder() : root_.absolute(*expanded);
    if (std::find(folders.begin(), folders.end(), folder) == folders.end()) folders.push_back(std::move(folder));
  }
  return folders.empty() ? nullptr : intern(std::move(folders));
}

void Search::load_cache() {
  constexpr const char* path = "/etc/ld.so.cache";
  int error_number = 0;
  cache_file_ = root_.map(path, error_number);
  cache_ = cache_file_ != nullptr ? LdCache::parse(cache_file_->bytes()) : LdCache();
  if (!cache_->problem().empty()) {
    notes_.push_back(fmt::format("{}{} {}; the loader ignores it. Run ldconfig to write it anew", root_.sysroot(), path,
                                 cache_->problem()));
  }
  // What a machine loads into every program is its own business, and none of a bundle's.
  const std::optional<std::string> preloads = root_.read("/etc/ld.so.preload");
  if (preloads && preloads->find_first_not_of(" \t\n:") != std::string::npos) {
    notes_.push_back(
        fmt::format("{}/etc/ld.so.preload has every program load {}, which is left out, for a "
                    "bundle runs where that is not so",
                    root_.sysroot(), printable(preloads->substr(0, preloads->find_last_not_of(" \t\n") + 1))));
  }
  if (cache_file_ == nullptr && !root_.is_host()) conf_folders_ = intern(read_ld_conf(root_, "/etc/ld.so.conf"));
}

void Search::try_cache(Climb& climb) {
  if (!climb.loader.built_in().asks_system_cache) return;
  if (!cache_) load_cache();
  if (conf_folders_ != nullptr) {
    try_folders(climb, *conf_folders_, Rule::cache, no_object);
    return;
  }
  const std::vector<LdCache::Hit> hits = cache_->find(climb.name, climb.loader.machine(), climb.loader.is_64());
  const auto usable = [&](const LdCache::Hit& hit) {
    const std::vector<std::string>& subs = climb.loader.built_in().preferred_subfolders;
    return std::find(subs.begin(), subs.end(), "glibc-hwcaps/" + hit.hwcaps) != subs.end();
  };
  const LdCache::Hit* baseline = nullptr;
  const LdCache::Hit* preferred = nullptr;
  for (const LdCache::Hit& hit : hits) {
    if (hit.baseline && baseline == nullptr) baseline = &hit;
    // Names descend in the cache, and with these names so does the loader's preference.
    if (!hit.baseline && preferred == nullptr && usable(hit)) preferred = &hit;
  }
  if (preferred != nullptr) climb.answer.hwcaps = preferred->path;
  if (baseline != nullptr || preferred != nullptr) {
    try_path(climb, baseline != nullptr ? baseline->path : preferred->path, Rule::cache, no_object);
  }
}

void Search::find_glibc(Climb& climb, const std::vector<Loaded>& objects, size_t asker, const Loaded* program) {
  const Loaded* object = asker == no_object ? nullptr : &objects[asker];
  const bool own_runpath = object != nullptr && object->file->runpath.has_value();
  if (!own_runpath) {
    if (object != nullptr && object->rpath != nullptr) try_folders(climb, *object->rpath, Rule::rpath, asker);
    size_t up = object == nullptr ? no_object : object->next_with_rpath;
    while (!climb.over && up != no_object) {
      try_folders(climb, *objects[up].rpath, Rule::rpath, up);
      up = objects[up].next_with_rpath;
    }
    // The program's counts even where the chain does not lead to it.
    if (!climb.over && program != nullptr && program->rpath != nullptr) {
      const bool here = !objects.empty() && program == objects.data();
      try_folders(climb, *program->rpath, Rule::rpath, here ? 0 : no_object);
    }
  }
  if (climb.over) return;
  if (const FolderList* folders = library_path(objects, climb.loader)) {
    try_folders(climb, *folders, Rule::library_path, no_object);
  }
  if (climb.over) return;
  if (object != nullptr && object->runpath != nullptr) try_folders(climb, *object->runpath, Rule::runpath, asker);
  if (climb.over) return;
  const bool no_defaults = (object != nullptr ? object : &objects[0])->file->no_default_folders;
  const size_t before = climb.answer.tried.size();
  try_cache(climb);
  if (no_defaults && climb.answer.tried.size() > before) {
    // DF_1_NODEFLIB: what the cache has in a default folder, or anywhere below one, does not count.
    const std::string path = climb.answer.tried.back().path;
    const bool in_default =
        std::any_of(climb.loader.built_in().default_folders.begin(), climb.loader.built_in().default_folders.end(),
                    [&](const std::string& folder) { return path.starts_with(folder + "/"); });
    if (in_default) {
      climb.answer = Answer{nullptr, "", Rule::default_folder, no_object, std::move(climb.answer.tried), ""};
      climb.answer.tried.resize(before);
      climb.over = false;
    }
  }
  if (climb.over || no_defaults) return;
  const FolderList* defaults = intern(climb.loader.built_in().default_folders);
  try_folders(climb, *defaults, Rule::default_folder, no_object);
}

const FolderList& Search::musl_default(const Loader& loader) {
  const FolderList*& known = musl_defaults_[loader.path()];
  if (known != nullptr) return *known;
  // <prefix>/etc/ld-musl-ARCH.path, the prefix being the loader's path less its last two parts.
  std::string prefix;
  if (loader.path().starts_with('/')) {
    prefix = std::string(folder_name(folder_name(loader.path())));
    if (prefix == "/" || prefix == ".") prefix.clear();
  }
  const std::string path_file = prefix + "/etc/ld-musl-" + loader.musl_architecture() + ".path";
  const std::optional<std::string> content = root_.read(path_file);
  FolderList folders;
  for (std::string& item : split(content ? *content : "/lib:/usr/local/lib:/usr/lib", ":\n")) {
    if (!item.empty()) folders.push_back(root_.absolute(item));
  }
  known = intern(std::move(folders));
  return *known;
}

void Search::find_musl(Climb& climb, const std::vector<Loaded>& objects, size_t asker, const Loaded* program) {
  if (climb.name.empty() || climb.name.size() > 255) return;
  if (const FolderList* folders = library_path(objects, climb.loader)) {
    try_folders(climb, *folders, Rule::library_path, no_object);
  }
  for (size_t up = asker; !climb.over && up != no_object; up = objects[up].next_with_rpath) {
    if (objects[up].rpath == nullptr) continue;
    const Rule rule = objects[up].file->runpath ? Rule::runpath : Rule::rpath;
    try_folders(climb, *objects[up].rpath, rule, up);
  }
  if (!climb.over && program != nullptr && program != objects.data() && program->rpath != nullptr) {
    try_folders(climb, *program->rpath, program->file->runpath ? Rule::runpath : Rule::rpath, no_object);
  }
  if (!climb.over) try_folders(climb, musl_default(climb.loader), Rule::default_folder, no_object);
}

Answer Search::find(const std::vector<Loaded>& objects, size_t asker, const Loaded* program, const std::string& name,
                    const Loader& loader) {
  Climb climb{name, loader, {}, false, false, {}};
  if (name.find('/') != std::string::npos) {
    try_path(climb, root_.absolute(name), Rule::slash, no_object);
  } else if (loader.kind() == LoaderKind::musl) {
    find_musl(climb, objects, asker, program);
  } else {
    find_glibc(climb, objects, asker, program);
  }
  return std::move(climb.answer);
}

}  // namespace bundle::resolve
