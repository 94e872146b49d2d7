// See redirect_table.h. The order of entries is that of compare() in launchers/redirect/abi.h, so that the same
// redirects give the same bytes and a lookup is one search.
#include "launch/redirect_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/bytes.h"
#include "base/error.h"
#include "base/file.h"
#include "elf/format.h"
#include "launchers/redirect/abi.h"
#include "plan/paths.h"

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

uint8_t kind_of(Redirect::Kind kind) {
  switch (kind) {
    case Redirect::Kind::file:
      return abi::kind_file;
    case Redirect::Kind::folder:
      return abi::kind_folder;
    case Redirect::Kind::program:
      return abi::kind_program;
  }
  return 0;
}

/// Of two redirects of one path, the one that answers for more.
int weight(Redirect::Kind kind) { return kind == Redirect::Kind::folder ? 2 : kind == Redirect::Kind::program ? 1 : 0; }

/// `path`, tidy, of what has to lie inside the bundle.
std::string inside_bundle(const std::string& path, std::string_view what) {
  const std::string tidied = path.empty() ? "" : normal_path(path);
  if (tidied.empty() || tidied.starts_with('/') || tidied == ".." || tidied.starts_with("../") ||
      tidied.find('\0') != std::string::npos) {
    throw Error(Exit::usage, path, fmt::format("is no {} of a bundle: not relative to the bundle's own folder", what));
  }
  return tidied;
}

/// One redirect as the table has it: what it leads to, as Entry::start says.
struct Line {
  Redirect::Kind kind = Redirect::Kind::file;
  std::string start;
  bool always_start = false;
  auto order() const { return std::tuple(weight(kind), start, always_start); }
};

Line line_of(const Redirect& redirect, const std::string& path, const std::string& home) {
  Line line{redirect.kind, "", redirect.always_start};
  if (redirect.kind == Redirect::Kind::program) {
    if (redirect.launcher.empty()) {
      throw Error(Exit::usage, redirect.path, "cannot be redirected: a program without a launcher to start it");
    }
    line.start = plan::relative_path(home, inside_bundle(redirect.launcher, "launcher"));
    return line;
  }
  if (redirect.stored.empty()) return line;
  line.start = normal_path(redirect.stored);
  if (!line.start.starts_with('/') || line.start == "/" || line.start.find('\0') != std::string::npos) {
    throw Error(Exit::usage, redirect.path, "cannot be redirected: stored under a path that is not absolute");
  }
  if (line.start == path) line.start.clear();
  return line;
}

std::string_view common_prefix(std::string_view a, std::string_view b) {
  const auto end = std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first;
  return a.substr(0, static_cast<size_t>(end - a.begin()));
}

}  // namespace

std::string make_redirect_table(const std::vector<Redirect>& redirects, const RedirectSettings& settings) {
  const std::string home = inside_bundle(settings.home, "home");
  std::map<std::string, Line, ByTableOrder> sorted;
  for (const Redirect& redirect : redirects) {
    const std::string path = normal_path(redirect.path);
    if (!path.starts_with('/') || path == "/" || path.find('\0') != std::string::npos) {
      throw Error(Exit::usage, redirect.path, "cannot be redirected: not the absolute path of a file or folder");
    }
    const Line line = line_of(redirect, path, home);
    const auto [place, is_new] = sorted.try_emplace(path, line);
    if (!is_new && line.order() > place->second.order()) place->second = line;
  }
  std::map<std::string, std::string, ByTableOrder> launchers;
  for (const auto& [launcher, program] : settings.launchers) {
    launchers.emplace(inside_bundle(launcher, "launcher"), inside_bundle(program, "program"));
  }

  abi::Header header = {};
  std::copy(std::begin(abi::magic), std::end(abi::magic), std::begin(header.magic));
  header.abi_version = abi::version;
  header.flags = settings.prefer_target ? abi::flag_prefer_target : 0;
  header.entry_count = static_cast<uint32_t>(sorted.size());
  header.launcher_count = static_cast<uint32_t>(launchers.size());
  header.levels = static_cast<uint32_t>(1 + std::count(home.begin(), home.end(), '/'));
  Strings strings(sizeof(abi::Header) + sorted.size() * sizeof(abi::Entry) + launchers.size() * sizeof(abi::Launcher));
  const uint32_t nothing = strings.add("");
  header.home = strings.add(normal_path(settings.prefix + "/" + home));

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
  for (const auto& [path, line] : sorted) {
    while (!above.empty() && !(path.starts_with(above.back().first) && path[above.back().first.size()] == '/')) {
      above.pop_back();
    }
    abi::Entry record = {};
    record.path = strings.add(path);
    record.length = static_cast<uint32_t>(path.size());
    record.start = line.start.empty() ? nothing : strings.add(line.start);
    record.parent = above.empty() ? abi::no_entry : above.back().second;
    record.kind = kind_of(line.kind);
    record.flags = line.always_start ? abi::flag_always_start : 0;
    append_value(records, record);
    common = index == 0 ? std::string_view(path) : common_prefix(common, path);
    if (line.kind == Redirect::Kind::folder) above.emplace_back(path, index);
    ++index;
  }
  header.launchers = static_cast<uint32_t>(sizeof header + records.size());
  for (const auto& [launcher, program] : launchers) {
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
