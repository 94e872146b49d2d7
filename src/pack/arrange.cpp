// Which entries an archive has, and in which order: checked paths, implied folders, sorted by name.
//
// Invariant of the result: paths are unique and safe, every folder stands before what is in it, and nothing
// lies inside a file.
#include <algorithm>
#include <string_view>

#include "base/error.h"
#include "pack/archive.h"

namespace bundle::pack {

namespace {

constexpr size_t longest_name = 65535;  // a zip's name length is 16 bits wide

[[noreturn]] void refuse(const Entry& entry, std::string_view why) {
  throw Error(Exit::cannot_bundle, entry.path, "cannot be put into the output: " + std::string(why));
}

bool is_folder(const Entry& entry) { return entry.path.ends_with('/'); }

void check(const Entry& entry) {
  std::string_view path = entry.path;
  if (path.empty() || path == "/") refuse(entry, "its path is empty");
  if (path.starts_with('/')) refuse(entry, "its path is absolute");
  if (path.size() > longest_name) refuse(entry, "its path is longer than the 65,535 bytes that a zip can hold");
  if (path.find('\0') != std::string_view::npos) refuse(entry, "its path holds a NUL");
  if (is_folder(entry)) {
    if (!entry.content.empty()) refuse(entry, "it is a folder with content of its own");
    path.remove_suffix(1);
  }
  for (const std::string& part : split(path, "/")) {
    if (part.empty() || part == "." || part == "..") refuse(entry, "its path has a part '" + part + "'");
  }
}

}  // namespace

std::vector<Entry> arrange(std::vector<Entry> entries) {
  for (Entry& entry : entries) {
    check(entry);
    entry.mode &= 07777U;
  }
  const auto by_path = [](const Entry& a, const Entry& b) { return a.path < b.path; };
  std::sort(entries.begin(), entries.end(), by_path);

  // Folders that are on the way to something and were not given.
  std::vector<std::string> folders;
  for (const Entry& entry : entries) {
    for (size_t slash = entry.path.find('/'); slash != std::string::npos && slash + 1 < entry.path.size();
         slash = entry.path.find('/', slash + 1)) {
      folders.push_back(entry.path.substr(0, slash + 1));
    }
  }
  std::sort(folders.begin(), folders.end());
  folders.erase(std::unique(folders.begin(), folders.end()), folders.end());
  const size_t given = entries.size();
  for (std::string& folder : folders) {
    const Entry probe{folder, 0, {}};
    const auto end = entries.begin() + static_cast<std::ptrdiff_t>(given);
    if (!std::binary_search(entries.begin(), end, probe, by_path)) entries.push_back({std::move(folder), 0755, {}});
  }
  std::sort(entries.begin(), entries.end(), by_path);

  for (size_t i = 0; i < entries.size(); ++i) {
    if (i > 0 && entries[i].path == entries[i - 1].path) refuse(entries[i], "it is there twice");
    if (!is_folder(entries[i])) continue;
    const Entry file{entries[i].path.substr(0, entries[i].path.size() - 1), 0, {}};
    if (std::binary_search(entries.begin(), entries.end(), file, by_path)) {
      refuse(file, "it is there as a file and as a folder");
    }
  }
  return entries;
}

}  // namespace bundle::pack
