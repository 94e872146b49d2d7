// See folders.h.
#include "knowledge/folders.h"

#include <algorithm>
#include <array>

#include "base/file.h"

namespace bundle::knowledge {

namespace {

struct Shared {
  std::string_view folder;      // unmerged
  bool is_whole_set = false;    // what a bundle has of it stands for all of it
  bool is_of_families = false;  // so are the folders straight in it: fonts/truetype
  bool says_something = false;  // everybody's, and yet the name of it is a sign of what is needed
};

constexpr std::array<Shared, 58> shared = {{
    {"/"},
    {"/usr"},
    {"/bin"},
    {"/sbin"},
    {"/lib"},
    {"/lib32"},
    {"/lib64"},
    {"/libx32"},
    {"/usr/libexec"},
    {"/usr/share"},
    {"/usr/games"},
    {"/usr/include"},
    {"/usr/src"},
    {"/usr/local"},
    {"/usr/local/bin"},
    {"/usr/local/sbin"},
    {"/usr/local/lib"},
    {"/usr/local/lib64"},
    {"/usr/local/share"},
    {"/usr/local/include"},
    {"/usr/local/etc"},
    {"/usr/local/libexec"},
    {"/usr/local/games"},
    {"/etc"},
    {"/etc/ssl", false, false, true},
    {"/etc/ssl/certs", false, false, true},
    {"/opt"},
    {"/srv"},
    {"/var"},
    {"/var/lib", false, false, true},
    {"/usr/share/locale"},
    {"/usr/share/fonts", false, true},
    {"/usr/local/share/fonts", false, true},
    {"/usr/share/icons"},
    {"/usr/share/pixmaps"},
    {"/usr/share/themes"},
    {"/usr/share/doc"},
    {"/usr/share/man"},
    {"/usr/share/info"},
    {"/usr/share/games"},
    {"/usr/share/misc"},
    {"/usr/share/applications"},
    {"/usr/share/X11"},
    {"/usr/share/java"},
    {"/usr/share/javascript"},
    {"/usr/share/xml"},
    {"/usr/share/sgml"},
    {"/usr/share/dict"},
    {"/usr/share/i18n"},
    {"/usr/share/mime"},
    {"/usr/share/zoneinfo", true},
    {"/lib/python3"},
    {"/lib/jvm"},
    {"/lib/locale"},
    {"/lib/systemd"},
    {"/lib/debug"},
    {"/lib/modules"},
    {"/lib/udev"},
}};

bool is_triplet_folder(std::string_view folder) {
  const std::string_view parent = folder_name(folder);
  return parent == "/lib" && is_triplet(base_name(folder));
}

const Shared* row_of(std::string_view folder) {
  const auto at = std::find_if(shared.begin(), shared.end(), [&](const Shared& row) { return row.folder == folder; });
  return at == shared.end() ? nullptr : &*at;
}

/// "/usr/share/fonts/truetype"
bool is_of_family(std::string_view folder) {
  const Shared* const above = row_of(folder_name(folder));
  return above != nullptr && above->is_of_families;
}

}  // namespace

std::string_view unmerged(std::string_view path) {
  for (const std::string_view folder : {"/usr/lib", "/usr/bin", "/usr/sbin"}) {
    if (path.starts_with(folder)) return path.substr(4);
  }
  return path;
}

bool is_triplet(std::string_view name) {
  if (name.find('/') != std::string_view::npos) return false;
  return name.find("-linux-gnu") != std::string_view::npos || name.find("-linux-musl") != std::string_view::npos;
}

bool is_modules_folder(std::string_view folder) {
  constexpr std::array<std::string_view, 10> names = {
      "dist-packages", "site-packages", "perl5",        "vendor_perl",  "vendor_ruby",
      "site_ruby",     "nodejs",        "node_modules", "site-library", "lua"};
  for (; folder.size() > 1; folder = folder_name(folder)) {
    if (std::find(names.begin(), names.end(), base_name(folder)) != names.end()) return true;
  }
  return false;
}

bool is_broad_folder(std::string_view folder) {
  folder = unmerged(folder);
  const auto depth = std::count(folder.begin(), folder.end(), '/');
  if (depth <= 1) return true;  // "/usr", "/lib", "/data"
  if (depth == 2 && (folder.starts_with("/usr/") || is_triplet(base_name(folder)))) return true;
  const Shared* const row = row_of(folder);
  return (row != nullptr && !row->says_something) || is_of_family(folder);
}

bool is_targets_folder(std::string_view folder) {
  if (!folder.starts_with('/')) return true;  // nobody's; and the folder of all others, "."
  folder = unmerged(folder);
  const Shared* const row = row_of(folder);
  return (row != nullptr && !row->is_whole_set) || is_triplet_folder(folder) || is_of_family(folder);
}

}  // namespace bundle::knowledge
