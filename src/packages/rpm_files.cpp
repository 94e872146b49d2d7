// See rpm_files.h.
#include "packages/rpm_files.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <bit>
#include <functional>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/interrupt.h"

namespace bundle::packages {

namespace {

// File flags of rpm's lib/rpmfiles.h.
constexpr uint64_t flag_documentation = 1U << 1U;
constexpr uint64_t flag_ghost = 1U << 6U;
constexpr uint64_t flag_licence = 1U << 7U;
constexpr uint64_t flag_artifact = 1U << 12U;
constexpr uint64_t state_normal = 0;

constexpr size_t longest_path = 4096;  // PATH_MAX, as of is_listed_path

size_t hash_of(std::string_view text) { return std::hash<std::string_view>{}(text); }
size_t hash_of(std::string_view folder, std::string_view name) { return hash_of(folder) * 31 + hash_of(name); }

/// "" of "/usr", "/usr" of "/usr/bin".
std::string_view folder_above(std::string_view path) { return path.substr(0, path.rfind('/')); }

/// Whether it is one part of a path, so that folder and name are one in one way only.
bool is_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos;
}

[[noreturn]] void throw_uneven(size_t files, size_t items, const char* what) {
  throw Error(Exit::cannot_bundle, "", fmt::format("is corrupt: a package has {} files and {} {}", files, items, what));
}

/// A list that says something of each file, or is not there.
template <class T>
void check_length(const std::vector<T>& list, size_t count, const char* what) {
  if (!list.empty() && list.size() != count) throw_uneven(count, list.size(), what);
}

template <class T>
T item(const std::vector<T>& list, size_t i) {
  return list.empty() ? T{} : list[i];
}

}  // namespace

uint32_t RpmFiles::folder_number(std::string_view folder) {
  const auto known = numbers_.find(folder);
  if (known != numbers_.end()) return known->second;
  folders_.emplace_back(folder);
  const auto number = static_cast<uint32_t>(folders_.size() - 1);
  numbers_.emplace(folders_.back(), number);
  return number;
}

void RpmFiles::add(const RpmHeader& header) {
  const auto id = static_cast<PackageId>(first_of_.size() - 1);
  std::vector<std::string_view> names = header.strings(RpmTag::base_names);
  std::vector<std::string_view> folders = header.strings(RpmTag::folder_names);
  std::vector<uint64_t> indexes = header.integers(RpmTag::folder_indexes);
  if (!header.has(RpmTag::base_names)) {  // rpm 3 had whole paths
    names = header.strings(RpmTag::old_file_names);
    for (std::string_view& name : names) {
      const size_t slash = name.rfind('/') + 1;
      indexes.push_back(folders.size());
      folders.push_back(name.substr(0, slash));
      name.remove_prefix(slash);
    }
  } else if (indexes.size() != names.size()) {
    throw_uneven(names.size(), indexes.size(), "folders of files");
  }
  const std::vector<uint64_t> flags = header.integers(RpmTag::file_flags);
  const std::vector<uint64_t> modes = header.integers(RpmTag::file_modes);
  const std::vector<uint64_t> states = header.integers(RpmTag::file_states);
  const std::vector<uint64_t> colours = header.integers(RpmTag::file_colours);
  const std::vector<std::string_view> digests = header.strings(RpmTag::file_digests);
  const std::vector<std::string_view> targets = header.strings(RpmTag::file_link_targets);
  check_length(flags, names.size(), "flags");
  check_length(modes, names.size(), "modes");
  check_length(states, names.size(), "states");
  check_length(colours, names.size(), "colours");
  check_length(digests, names.size(), "digests");
  check_length(targets, names.size(), "link targets");

  std::vector<uint32_t> numbers;  // by the header's own number of a folder
  for (const std::string_view folder : folders) {
    const bool is_root = folder == "/";
    const bool is_tidy = is_root || (folder.ends_with('/') && is_listed_path(folder.substr(0, folder.size() - 1)));
    numbers.push_back(is_tidy ? folder_number(folder.substr(0, folder.size() - 1)) : none);
  }
  // Views first lead into the header, and then to a copy of what is kept of it.
  std::vector<uint32_t> used;
  const size_t first = files_.size();
  size_t length = 0;
  for (size_t i = 0; i < names.size(); ++i) {
    if (indexes[i] >= numbers.size()) {
      throw Error(
          Exit::cannot_bundle, "",
          fmt::format("is corrupt: a package has {} folders, and a file in number {}", numbers.size(), indexes[i]));
    }
    if ((item(flags, i) & (flag_ghost | flag_artifact)) != 0 || item(states, i) != state_normal) continue;
    const uint32_t folder = numbers[indexes[i]];
    if (folder == none || !is_name(names[i]) || folders_[folder].size() + names[i].size() + 1 >= longest_path) continue;
    File file{id, folder};
    const uint64_t type = item(modes, i) & S_IFMT;
    file.kind = type == S_IFDIR ? Kind::folder : type == S_IFLNK ? Kind::link : Kind::file;
    if ((item(flags, i) & flag_documentation) != 0) file.use = Use::documentation;
    if ((item(flags, i) & flag_licence) != 0) file.use = Use::licence;
    file.colour = static_cast<uint8_t>(item(colours, i));
    file.name = names[i];
    if (file.kind == Kind::file) file.digest = item(digests, i);
    if (file.kind == Kind::link) file.target = item(targets, i);
    length += file.name.size() + file.digest.size() + file.target.size();
    used.push_back(folder);
    files_.push_back(file);
  }
  std::string& text = texts_.emplace_back();
  text.reserve(length);
  const auto keep = [&](std::string_view& view) {
    const size_t at = text.size();
    text += view;
    view = std::string_view(text).substr(at, view.size());
  };
  for (size_t i = first; i < files_.size(); ++i) {
    keep(files_[i].name);
    keep(files_[i].digest);
    keep(files_[i].target);
  }
  add_folders(std::move(used), id);
  first_of_.push_back(files_.size());
}

/// Those of the files of the package that is being added, and all above them, but for those that it lists itself.
void RpmFiles::add_folders(std::vector<uint32_t> folders, PackageId id) {
  std::set<uint32_t> own;
  for (size_t i = first_of_.back(); i < files_.size(); ++i) {
    if (files_[i].kind == Kind::folder) own.insert(folder_number(path_of(files_[i])));
  }
  while (!folders.empty()) {
    const uint32_t number = folders.back();
    folders.pop_back();
    const std::string_view folder = folders_[number];
    if (folder.empty() || !own.insert(number).second) continue;
    const uint32_t above = folder_number(folder_above(folder));
    files_.push_back({id, above, Kind::folder, Use::its_programs, 0, base_name(folder), {}, {}});
    folders.push_back(above);
  }
}

std::pair<const RpmFiles::File*, const RpmFiles::File*> RpmFiles::of(PackageId id) const {
  return {files_.data() + first_of_.at(id), files_.data() + first_of_.at(id + 1)};
}

std::string RpmFiles::path_of(const File& file) const {
  std::string path;
  path.reserve(folders_[file.folder].size() + 1 + file.name.size());
  return path.append(folders_[file.folder]).append("/").append(file.name);
}

template <class Hash>
void RpmFiles::chain(Chains& chains, const Hash& hash) const {
  check_interrupted();
  chains.heads.assign(std::bit_ceil(files_.size() + 1), none);
  chains.next.assign(files_.size(), none);
  for (auto i = static_cast<uint32_t>(files_.size()); i-- > 0;) {  // backwards, so that each chain ascends
    uint32_t& head = chains.heads[hash(files_[i]) & (chains.heads.size() - 1)];
    chains.next[i] = head;
    head = i;
  }
}

void RpmFiles::index(machine::Root& root) {
  const auto real = [&](const std::string& folder) {
    const std::string resolved = root.real(folder.empty() ? "/" : folder).value_or(folder);
    return resolved == "/" ? "" : resolved;
  };
  for (const std::string& folder : folders_) real_folders_.push_back(real(folder));
  // Links to folders by which a path may be spelled though no package lists one that way: those that packages ship, and
  // those at the top, which may be anyone's.
  for (const File& file : files_) {
    if (file.kind != Kind::link) continue;
    const std::string folder = folders_[file.folder] + "/";
    const std::string target(file.target);
    if (!numbers_.contains(normal_path(target.starts_with('/') ? target : folder + target))) continue;
    std::string path = folder + std::string(file.name);
    std::string leads_to = real(path);
    if (leads_to != path) linked_folders_.emplace(std::move(path), std::move(leads_to));
  }
  int why_not = 0;
  for (const auto& [name, node] : root.entries("/", why_not)) {
    const std::string path = "/" + name;
    if (node == Node::link && root.is_folder(path)) linked_folders_.emplace(path, real(path));
  }
  chain(by_path_, [&](const File& file) { return hash_of(real_folders_[file.folder], file.name); });
  chain(by_name_, [](const File& file) { return hash_of(file.name); });
}

/// `path` with its folder's links resolved, as far as they are known.
std::string RpmFiles::real_spelling(std::string_view path) const {
  std::string out(path);
  constexpr int most_links = 40;  // as of path_resolution(7)
  for (int links = 0; links < most_links; ++links) {
    const std::string before = out;
    for (std::string_view folder = folder_above(before); !folder.empty(); folder = folder_above(folder)) {
      const auto known = numbers_.find(folder);
      const auto link = known != numbers_.end() ? linked_folders_.end() : linked_folders_.find(std::string(folder));
      if (known == numbers_.end() && link == linked_folders_.end()) continue;
      out = (known != numbers_.end() ? real_folders_[known->second] : link->second) + before.substr(folder.size());
      break;
    }
    if (out == before) break;
  }
  return out;
}

std::vector<const RpmFiles::File*> RpmFiles::at(std::string_view path) const {
  if (!is_listed_path(path)) return {};
  const std::string wanted = real_spelling(path);
  const std::string_view folder = folder_above(wanted), name = base_name(wanted);
  std::vector<const File*> out;
  for (uint32_t i = by_path_.heads[hash_of(folder, name) & (by_path_.heads.size() - 1)]; i != none;
       i = by_path_.next[i]) {
    const File& file = files_[i];
    if (file.name == name && real_folders_[file.folder] == folder) out.push_back(&file);
  }
  return out;
}

std::vector<const RpmFiles::File*> RpmFiles::named(std::string_view name) const {
  std::vector<const File*> out;
  for (uint32_t i = by_name_.heads[hash_of(name) & (by_name_.heads.size() - 1)]; i != none; i = by_name_.next[i]) {
    if (files_[i].name == name) out.push_back(&files_[i]);
  }
  return out;
}

}  // namespace bundle::packages
