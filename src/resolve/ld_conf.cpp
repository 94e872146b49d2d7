#include "resolve/ld_conf.h"

#include <algorithm>
#include <set>

#include "base/file.h"

namespace bundle::resolve {

namespace {

constexpr std::string_view blanks = " \t\r\f\v";

void read_into(machine::Root& root, const std::string& path, std::set<std::string>& seen, std::set<std::string>& known,
               std::vector<std::string>& folders) {
  if (!seen.insert(root.real(path).value_or(path)).second) return;
  const std::optional<std::string> content = root.read(path);
  if (!content) return;
  for (const std::string& raw : split(*content, "\n")) {
    std::string_view line = raw;
    line = trimmed(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    const size_t word_end = line.find_first_of(blanks);
    const std::string_view word = line.substr(0, word_end);
    if (word == "include") {
      if (word_end == std::string_view::npos) continue;
      for (const std::string& item : split(line.substr(word_end), blanks)) {
        if (item.empty()) continue;
        const std::string pattern = item.starts_with('/') ? item : std::string(folder_name(path)) + "/" + item;
        for (const std::string& file : root.matching(pattern)) read_into(root, file, seen, known, folders);
      }
      continue;
    }
    if (word == "hwcap") continue;
    line = trimmed(line.substr(0, line.find('=')));  // "/usr/lib=libc6" of old
    if (!line.starts_with('/')) continue;
    std::string folder = normal_path(line);
    if (known.insert(folder).second) folders.push_back(std::move(folder));
  }
}

}  // namespace

std::vector<std::string> read_ld_conf(machine::Root& root, const std::string& path) {
  std::set<std::string> seen, known;
  std::vector<std::string> folders;
  read_into(root, path, seen, known, folders);
  return folders;
}

}  // namespace bundle::resolve
