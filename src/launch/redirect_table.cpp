#include "launch/redirect_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/bytes.h"
#include "base/error.h"
#include "base/file.h"
#include "elf/format.h"
#include "launchers/redirect/abi.h"
#include "plan/plan.h"

namespace bundle {
extern const unsigned char redirect_x86_64[];
extern const size_t redirect_x86_64_size;
extern const unsigned char redirect_aarch64[];
extern const size_t redirect_aarch64_size;
}  // namespace bundle

namespace bundle::launch {

namespace abi = redirect_abi;

static_assert(redirect_table_name == abi::table_name);

namespace {

struct ByTableOrder {
  bool operator()(const std::string& a, const std::string& b) const {
    return abi::compare(a.data(), a.size(), b.data(), b.size()) < 0;
  }
};

/// Everything behind the entries. Offset 0 of the table is its magic, so the empty string needs a place as
/// well.
class Strings {
 public:
  explicit Strings(size_t start) : start_(start) {}
  uint32_t add(std::string_view text) {
    const size_t offset = start_ + bytes_.size();
    bytes_ += text;
    bytes_ += '\0';
    return static_cast<uint32_t>(offset);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  size_t start_;
  std::string bytes_;
};

uint8_t kind_of(RedirectEntry::Kind kind) {
  switch (kind) {
    case RedirectEntry::Kind::file:
      return abi::kind_file;
    case RedirectEntry::Kind::folder:
      return abi::kind_folder;
    case RedirectEntry::Kind::program:
      return abi::kind_program;
  }
  return 0;
}

/// Of two entries for one path, the one that answers for more.
int weight(RedirectEntry::Kind kind) {
  return kind == RedirectEntry::Kind::folder ? 2 : kind == RedirectEntry::Kind::program ? 1 : 0;
}

/// Launchers and their programs as seen from the bundle's own root, `levels` folders above the library's.
struct Launchers {
  std::map<std::string, std::string, ByTableOrder> programs;
  uint32_t levels = 0;
};

Launchers seen_from_top(const RedirectSettings& settings) {
  constexpr std::string_view up = "../";
  Launchers out;
  std::vector<std::pair<std::string, std::string>> tidied;
  for (const auto& [launcher, program] : settings.launchers) {
    tidied.emplace_back(normal_path(launcher), normal_path(program));
    for (const std::string& path : {tidied.back().first, tidied.back().second}) {
      if (path.empty() || path.starts_with('/') || path.find('\0') != std::string::npos) {
        throw Error(Exit::usage, path, "is no launcher or program: not relative to the redirect library's folder");
      }
      uint32_t levels = 0;
      for (size_t at = 0; path.compare(at, up.size(), up) == 0; at += up.size()) ++levels;
      out.levels = std::max(out.levels, levels);
    }
  }
  const std::string home = normal_path(settings.home);
  size_t top = home.size();
  for (uint32_t level = 0; level < out.levels; ++level) {
    if (top == 0) throw Error(Exit::usage, settings.home, "is not as deep as its launchers' paths say");
    top = home.rfind('/', top - 1);
    if (top == std::string::npos) throw Error(Exit::usage, settings.home, "is no home: not an absolute path");
  }
  for (const auto& [launcher, program] : tidied) {
    out.programs.emplace(normal_path(home + "/" + launcher).substr(top + 1),
                         normal_path(home + "/" + program).substr(top + 1));
  }
  return out;
}

std::string_view common_prefix(std::string_view a, std::string_view b) {
  const auto end = std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first;
  return a.substr(0, static_cast<size_t>(end - a.begin()));
}

}  // namespace

std::string make_redirect_table(const std::vector<RedirectEntry>& entries, const RedirectSettings& settings) {
  std::map<std::string, RedirectEntry, ByTableOrder> sorted;
  for (const RedirectEntry& entry : entries) {
    const std::string path = normal_path(entry.path);
    if (!path.starts_with('/') || path == "/" || path.find('\0') != std::string::npos) {
      throw Error(Exit::usage, entry.path, "cannot be redirected: not the absolute path of a file or folder");
    }
    if (entry.kind == RedirectEntry::Kind::program && entry.start.empty()) {
      throw Error(Exit::usage, entry.path, "cannot be redirected: a program without a launcher to start it");
    }
    if (entry.kind == RedirectEntry::Kind::file && !entry.start.empty() && !entry.start.starts_with('/')) {
      throw Error(Exit::usage, entry.path, "cannot be redirected: stored under a path that is not absolute");
    }
    const auto [place, is_new] = sorted.try_emplace(path, entry);
    if (!is_new &&
        std::pair(weight(entry.kind), entry.start) > std::pair(weight(place->second.kind), place->second.start)) {
      place->second = entry;
    }
  }

  abi::Header header = {};
  std::copy(std::begin(abi::magic), std::end(abi::magic), std::begin(header.magic));
  header.abi_version = abi::version;
  header.flags = settings.prefer_target ? abi::flag_prefer_target : 0;
  header.entry_count = static_cast<uint32_t>(sorted.size());
  const Launchers launchers = seen_from_top(settings);
  header.launcher_count = static_cast<uint32_t>(launchers.programs.size());
  header.levels = launchers.levels;
  Strings strings(sizeof(abi::Header) + sorted.size() * sizeof(abi::Entry) +
                  launchers.programs.size() * sizeof(abi::Launcher));
  const uint32_t nothing = strings.add("");
  header.home = strings.add(settings.home.empty() ? "" : normal_path(settings.home));

  // An environment's strings stand one behind the other.
  header.environment = nothing;
  header.environment_count = static_cast<uint32_t>(settings.environment.size());
  for (const std::string& variable : settings.environment) {
    if (variable.find('=') == std::string::npos || variable.starts_with('=') ||
        variable.find('\0') != std::string::npos) {
      throw Error(Exit::usage, "", fmt::format("'{}' is not KEY=VALUE", printable(variable)));
    }
    const uint32_t offset = strings.add(variable);
    if (header.environment == nothing) header.environment = offset;
  }

  std::string records;
  std::vector<std::pair<std::string_view, uint32_t>> above;  // the folders around the current entry, innermost last
  std::string_view common;
  uint32_t index = 0;
  for (const auto& [path, entry] : sorted) {
    while (!above.empty() && !(path.starts_with(above.back().first) && path[above.back().first.size()] == '/')) {
      above.pop_back();
    }
    abi::Entry record = {};
    record.path = strings.add(path);
    record.length = static_cast<uint32_t>(path.size());
    record.start = entry.start.empty() ? nothing : strings.add(entry.start);
    record.parent = above.empty() ? abi::no_entry : above.back().second;
    record.kind = kind_of(entry.kind);
    record.flags = entry.always_start ? abi::flag_always_start : 0;
    append_value(records, record);
    common = index == 0 ? std::string_view(path) : common_prefix(common, path);
    if (entry.kind == RedirectEntry::Kind::folder) above.emplace_back(path, index);
    ++index;
  }
  header.launchers = static_cast<uint32_t>(sizeof header + records.size());
  for (const auto& [launcher, program] : launchers.programs) {
    abi::Launcher record = {};
    record.path = strings.add(launcher);
    record.length = static_cast<uint32_t>(launcher.size());
    record.program = strings.add(program);
    append_value(records, record);
  }
  header.common = strings.add(common);
  header.common_length = static_cast<uint32_t>(common.size());
  const size_t size = sizeof header + records.size() + strings.bytes().size();
  if (size > UINT32_MAX / 2) throw Error(Exit::cannot_bundle, "", "the redirect table is larger than 2 GB");
  header.size = static_cast<uint32_t>(size);
  std::string table;
  append_value(table, header);
  return table + records + strings.bytes();
}

bool has_redirect_library(uint16_t e_machine) { return e_machine == EM_X86_64 || e_machine == EM_AARCH64; }

std::string_view redirect_library(uint16_t e_machine) {
  switch (e_machine) {
    case EM_X86_64:
      return Bytes(redirect_x86_64, redirect_x86_64_size).text();
    case EM_AARCH64:
      return Bytes(redirect_aarch64, redirect_aarch64_size).text();
    default:
      throw Error(Exit::cannot_bundle, "", fmt::format("there is no redirect library for machine {} yet", e_machine));
  }
}

}  // namespace bundle::launch
