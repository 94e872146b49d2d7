// See list.h.
#include "report/list.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "base/error.h"
#include "base/file.h"
#include "report/summary.h"

namespace bundle::report {

namespace {

using Json = nlohmann::ordered_json;

struct Sum {
  size_t files = 0;
  uint64_t size = 0, packed = 0;

  void add(const Content& file) {
    files += 1;
    size += file.size;
    packed += file.packed.value_or(0);
  }
  void add(const Sum& other) {
    files += other.files;
    size += other.size;
    packed += other.packed;
  }
};

struct Group {
  std::string name;  // as a line shows it
  Json key;          // as a script reads it
  Sum sum;
  std::vector<const Content*> files;
};

/// What the files of a group have in common: its name, and the fields that say it to a script.
std::pair<std::string, Json> key_of(const Content& file, ListBy by) {
  switch (by) {
    case ListBy::package:
      if (!file.package.known()) {
        return {fmt::format("{}, of no package", file.kind), {{"package", nullptr}, {"kind", file.kind}}};
      }
      return {fmt::format("{} {}", file.package.name, file.package.version),
              {{"package", file.package.name}, {"version", file.package.version}}};
    case ListBy::why:
      if (file.why.empty()) {
        return {fmt::format("{}, no manifest says why", file.kind), {{"why", nullptr}, {"kind", file.kind}}};
      }
      return {file.why, {{"why", file.why}}};
    case ListBy::kind:
      return {file.kind, {{"kind", file.kind}}};
    case ListBy::folder: {
      std::string folder(folder_name(file.path));
      Json key = {{"folder", folder}};
      return {std::move(folder), std::move(key)};
    }
    case ListBy::file:
      break;
  }
  return {file.path, {{"path", file.path}}};
}

/// Largest first, and of a size by their names.
std::vector<Group> groups_of(const std::vector<Content>& files, ListBy by) {
  std::vector<Group> groups;
  std::map<std::string, size_t> known;
  for (const Content& file : files) {
    auto [name, key] = key_of(file, by);
    // A path that is there twice is two files.
    const auto [at, is_new] =
        by == ListBy::file ? std::pair(known.end(), true)
                           : known.emplace(key.dump(-1, ' ', false, Json::error_handler_t::replace), groups.size());
    if (is_new) groups.push_back({std::move(name), std::move(key), {}, {}});
    Group& group = is_new ? groups.back() : groups[at->second];
    group.sum.add(file);
    group.files.push_back(&file);
  }
  std::stable_sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) {
    return std::tuple(b.sum.size, std::string_view(a.name)) < std::tuple(a.sum.size, std::string_view(b.name));
  });
  return groups;
}

/// What a file says of itself, or the manifest of it, behind its path.
std::string about(const Content& file) {
  std::vector<std::string> words;
  if (file.package.known()) words.push_back(fmt::format("{} {}", file.package.name, file.package.version));
  if (file.elf) {
    const std::vector<std::string> versions = newest_versions(file.elf->defines);
    if (file.elf->soname && *file.elf->soname != base_name(file.path)) words.push_back(*file.elf->soname);
    words.insert(words.end(), versions.begin(), versions.end());
  }
  if (words.empty()) words.push_back(file.kind);
  return printable(fmt::format("{}", fmt::join(words, ", ")));
}

const char* heading(ListBy by) {
  for (const auto& [name, way] : ways_to_list()) {
    if (way == by) return name.c_str();
  }
  return "";
}

}  // namespace

const std::vector<std::pair<std::string, ListBy>>& ways_to_list() {
  static const std::vector<std::pair<std::string, ListBy>> ways = {{"package", ListBy::package},
                                                                   {"why", ListBy::why},
                                                                   {"kind", ListBy::kind},
                                                                   {"folder", ListBy::folder},
                                                                   {"file", ListBy::file}};
  return ways;
}

std::string render_list(const std::vector<Content>& files, ListBy by, size_t most) {
  const bool is_packed = std::any_of(files.begin(), files.end(), [](const Content& file) { return file.packed; });
  const bool counts = by != ListBy::file;
  const auto line = [&](const auto& size, const auto& packed, const auto& count, std::string_view rest) {
    std::string text = fmt::format("{:>13}", size);
    if (is_packed) text += fmt::format("{:>13}", packed);
    if (counts) text += fmt::format("{:>8}", count);
    return fmt::format("{}  {}\n", text, rest);
  };
  const auto sum_line = [&](const Sum& sum, std::string_view rest) {
    return line(grouped(sum.size), grouped(sum.packed), grouped(sum.files), rest);
  };
  const std::vector<Group> groups = groups_of(files, by);
  std::string out = line("bytes", "packed", "files", heading(by));
  Sum all, rest;
  // One line more takes no more room than the one that tells of it.
  const size_t shown = groups.size() <= most || groups.size() - most == 1 ? groups.size() : most;
  for (size_t i = 0; i < groups.size(); ++i) {
    const Group& group = groups[i];
    all.add(group.sum);
    if (i >= shown) {
      rest.add(group.sum);
      continue;
    }
    std::string name = printable(group.name);
    if (by == ListBy::file) name += fmt::format("  ({})", about(*group.files.front()));
    out += sum_line(group.sum, name);
  }
  if (shown < groups.size()) out += sum_line(rest, fmt::format("and {} more: -v", groups.size() - shown));
  return out + sum_line(all, counts ? "in all" : fmt::format("in all, {} files", grouped(all.files)));
}

namespace {

Json json_of(const ElfFacts& elf) {
  Json out = {{"machine", elf.machine}};
  if (elf.interpreter) out["interpreter"] = *elf.interpreter;
  if (elf.soname) out["soname"] = *elf.soname;
  if (elf.rpath) out["rpath"] = *elf.rpath;
  if (elf.runpath) out["runpath"] = *elf.runpath;
  out["needed"] = elf.needed;
  out["defines"] = elf.defines;
  return out;
}

void add_sum(Json& to, const Sum& sum, bool is_packed) {
  to["count"] = sum.files;
  to["size"] = sum.size;
  if (is_packed) to["packed"] = sum.packed;
}

Json json_of(const Content& file) {
  Json out = {{"path", file.path}, {"size", file.size}};
  if (file.packed) out["packed"] = *file.packed;
  if (file.mode) out["mode"] = mode_text(*file.mode);
  out["kind"] = file.kind;
  if (!file.why.empty()) out["why"] = file.why;
  if (!file.source.empty()) out["source"] = file.source;
  if (file.package.known()) out["package"] = file.package.name, out["version"] = file.package.version;
  if (file.elf) out["elf"] = json_of(*file.elf);
  return out;
}

}  // namespace

std::string render_list_json(const std::vector<Content>& files, ListBy by) {
  const bool is_packed = std::any_of(files.begin(), files.end(), [](const Content& file) { return file.packed; });
  Json root = {{"format", 1}, {"by", heading(by)}};
  Json groups = Json::array();
  Sum all;
  for (const Group& group : groups_of(files, by)) {
    all.add(group.sum);
    if (by == ListBy::file) {
      groups.push_back(json_of(*group.files.front()));
      continue;
    }
    Json entry = group.key;
    add_sum(entry, group.sum, is_packed);
    Json& paths = entry["paths"] = Json::array();
    for (const Content* file : group.files) paths.push_back(file->path);
    groups.push_back(std::move(entry));
  }
  root[by == ListBy::file ? "files" : "groups"] = std::move(groups);
  Json& total = root["total"] = Json::object();
  add_sum(total, all, is_packed);
  // Names of files are bytes and JSON is UTF-8: what is not well-formed is shown replaced, and never an exception.
  return root.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace bundle::report
