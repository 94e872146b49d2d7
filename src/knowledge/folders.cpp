// See folders.h.
#include "knowledge/folders.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/file.h"
#include "knowledge/stores.h"

namespace bundle::knowledge {

namespace {

/// What is said of a folder. Each path stands in the table once, with all of it.
enum Is : unsigned {
  shared = 1U << 0U,        // many unrelated packages', so that naming it says nothing
  sign = 1U << 1U,          // and yet the name of it is a sign of what is needed
  whole_set = 1U << 2U,     // what a bundle has of it stands for all of it
  of_families = 1U << 3U,   // the folders straight in it are everybody's, too: fonts/truetype
  searched = 1U << 4U,      // by every system's loader, for libraries
  installed = 1U << 5U,     // where software is put, by packages or by hand, and nothing else
  begins_names = 1U << 6U,  // the paths below are looked for in what programs hold
  state = 1U << 7U,         // what lies in a folder of it a package's installation, or its program, wrote
  somebodys = 1U << 8U,     // what lies there is this machine's, or somebody's, and taken by nobody's guess
  left_out = 1U << 9U,      // programs run without what a package has there
  of_trees = 1U << 10U,     // and so does a tree of one's own that has the shape of /usr
  of_machines = 1U << 11U,  // the same of its namesake in a folder of one machine's libraries
};

struct Row {
  std::string_view folder;  // unmerged
  unsigned is;
};

constexpr std::array rows = std::to_array<Row>({
    // The system's own tree.
    {"/", shared},
    {"/usr", shared | begins_names | installed},
    {"/bin", shared | begins_names},
    {"/sbin", shared | begins_names},
    {"/lib", shared | begins_names | searched},
    {"/lib32", shared | begins_names | searched},
    {"/lib64", shared | begins_names | searched},
    {"/libx32", shared},
    {"/usr/libexec", shared},
    {"/usr/share", shared},
    {"/usr/games", shared},
    {"/usr/src", shared},
    {"/usr/local", shared},
    {"/usr/local/bin", shared},
    {"/usr/local/sbin", shared},
    {"/usr/local/lib", shared | searched},
    {"/usr/local/lib64", shared},
    {"/usr/local/share", shared},
    {"/usr/local/include", shared},
    {"/usr/local/libexec", shared},
    {"/usr/local/games", shared},
    {"/opt", shared | begins_names | installed},
    {"/srv", shared | begins_names | installed},
    // Stores of packages. Of the folders in there see stores.h.
    {"/nix", shared},
    {"/nix/store", shared | begins_names | installed},
    {"/gnu", shared},
    {"/gnu/store", shared | begins_names | installed},
    // Settings, state, people: /usr/local/etc is to what was installed by hand what /etc is to the packages.
    {"/etc", shared | begins_names | somebodys},
    {"/etc/ssl", shared | sign},
    {"/etc/ssl/certs", shared | sign},
    {"/etc/pki", shared | sign},  // Fedora's and SUSE's
    {"/etc/pki/tls", shared | sign},
    {"/etc/pki/tls/certs", shared | sign},
    {"/usr/local/etc", shared | somebodys},
    {"/var", shared | somebodys},
    {"/var/lib", shared | sign | begins_names | state},
    {"/var/cache", state},
    {"/home", somebodys},
    {"/root", somebodys},
    {"/tmp", somebodys},
    {"/lost+found", somebodys},
    {"/proc", somebodys},  // the kernel's, and what is there until the machine stops
    {"/sys", somebodys},
    {"/dev", somebodys},
    {"/run", somebodys},
    // Data of many packages.
    {"/usr/share/fonts", shared | of_families},
    {"/usr/local/share/fonts", shared | of_families},
    {"/usr/share/zoneinfo", shared | whole_set},
    {"/usr/share/games", shared},
    {"/usr/share/misc", shared},
    {"/usr/share/themes", shared},
    {"/usr/share/X11", shared},
    {"/usr/share/java", shared},
    {"/usr/share/javascript", shared},
    {"/usr/share/xml", shared},
    {"/usr/share/sgml", shared},
    {"/usr/share/dict", shared},
    {"/usr/share/i18n", shared},
    {"/lib/python3", shared},
    {"/lib/jvm", shared},
    {"/lib64/jvm", shared},  // SUSE's
    {"/lib/locale", shared},
    {"/lib/modules", shared},
    // Documentation and translations.
    {"/usr/share/doc", shared | left_out | of_trees},
    {"/usr/share/man", shared | left_out | of_trees},
    {"/usr/share/info", shared | left_out | of_trees},
    {"/usr/share/locale", shared | left_out | of_trees},
    {"/usr/share/gtk-doc", left_out | of_trees},
    {"/usr/share/help", left_out},
    {"/usr/share/doc-base", left_out},
    // What desktops show: entries, icons, types.
    {"/usr/share/applications", shared | left_out | of_trees},
    {"/usr/share/icons", shared | left_out},
    {"/usr/share/pixmaps", shared | left_out},
    {"/usr/share/mime", shared | left_out},  // its cache is a named set
    {"/usr/share/mime-info", left_out},
    {"/usr/share/metainfo", left_out},
    {"/usr/share/appdata", left_out},
    {"/usr/share/menu", left_out},
    {"/usr/share/wayland-sessions", left_out},
    {"/usr/share/xsessions", left_out},
    // What is there for other programs: shells, editors, debuggers, what maintains packages.
    {"/usr/share/bash-completion", left_out | of_trees},
    {"/usr/share/zsh", left_out | of_trees},
    {"/usr/share/fish", left_out},
    {"/usr/share/emacs", left_out},
    {"/usr/share/gdb/auto-load", left_out},
    {"/usr/share/systemtap", left_out},
    {"/usr/share/lintian", left_out},
    {"/usr/share/bug", left_out},
    {"/usr/share/reportbug", left_out},
    {"/usr/share/apport", left_out},
    {"/usr/share/debhelper", left_out},
    // For the system's services.
    {"/usr/share/initramfs-tools", left_out},
    {"/usr/share/polkit-1", left_out},
    {"/usr/share/python3/bcep", left_out},  // which modules not to compile when they are installed
    {"/usr/share/dbus-1", left_out},
    {"/usr/share/binfmts", left_out},
    {"/lib/systemd", shared | left_out},
    {"/lib/udev", shared | left_out},
    {"/lib/tmpfiles.d", left_out},
    {"/lib/sysusers.d", left_out},
    {"/lib/modprobe.d", left_out},
    {"/lib/sysctl.d", left_out},
    {"/lib/modules-load.d", left_out},
    {"/lib/binfmt.d", left_out},
    {"/lib/environment.d", left_out},
    // To compile and debug with.
    {"/usr/include", shared | left_out | of_trees},
    {"/usr/share/pkgconfig", left_out},
    {"/usr/nix-support", left_out},  // what else is needed to compile with a package of a store
    {"/usr/share/aclocal", left_out},
    {"/usr/share/vala", left_out},
    {"/usr/share/gir-1.0", left_out},
    {"/lib/pkgconfig", left_out | of_trees | of_machines},
    {"/lib/cmake", left_out | of_trees | of_machines},
    {"/lib/girepository-1.0", of_machines},
    {"/lib/debug", shared | left_out},
});

static_assert(
    [] {
      for (size_t i = 0; i < rows.size(); ++i) {
        for (size_t j = 0; j < i; ++j) {
          if (rows[i].folder == rows[j].folder) return false;
        }
      }
      return true;
    }(),
    "each folder stands there once");

/// What is said of this very folder.
unsigned said_of(std::string_view folder) {
  const auto at = std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.folder == folder; });
  return at == rows.end() ? 0 : at->is;
}

/// The first folder that a path lies in, or is, of which that is said; empty when there is none.
std::string_view holder_of(std::string_view path, unsigned what) {
  const auto at = std::find_if(rows.begin(), rows.end(), [&](const Row& row) {
    return (row.is & what) != 0 && is_at_or_below(path, row.folder);
  });
  return at == rows.end() ? std::string_view() : at->folder;
}

bool is_triplet_folder(std::string_view folder) {
  const std::string_view parent = folder_name(folder);
  return parent == "/lib" && is_triplet(base_name(folder));
}

/// What follows the folder of one machine's libraries that a path, unmerged, lies in: "/gconv/x" of
/// "/lib/x86_64-linux-gnu/gconv/x", Debian's, and of "/lib64/gconv/x", Fedora's and SUSE's. Empty where it lies in
/// none.
std::string_view below_machines_folder(std::string_view path) {
  for (const std::string_view folder : {"/lib64/", "/lib32/", "/libx32/"}) {
    if (path.starts_with(folder)) return path.substr(folder.size() - 1);
  }
  constexpr std::string_view above = "/lib/";
  const size_t slash = path.starts_with(above) ? path.find('/', above.size()) : std::string_view::npos;
  const bool is_there = slash != std::string_view::npos && is_triplet(path.substr(above.size(), slash - above.size()));
  return is_there ? path.substr(slash) : std::string_view();
}

/// "/usr/share/fonts/truetype"
bool is_of_family(std::string_view folder) { return (said_of(folder_name(folder)) & of_families) != 0; }

constexpr std::array<std::string_view, 4> data_places = {"/usr/share", "/usr/lib", "/usr/lib64", "/usr/libexec"};

/// Folders of programs, by their last names.
struct ProgramFolder {
  std::string_view name;
  bool is_for_users = false;  // on everybody's PATH; of others a tree keeps what its programs start
};

constexpr std::array<ProgramFolder, 6> program_folders = {
    {{"bin", true}, {"sbin", true}, {"games", true}, {"libexec"}, {"bin64"}, {"MacOS"}}};

}  // namespace

std::string_view unmerged(std::string_view path) {
  // And no other whose name begins so: /usr/libexec has no namesake at the root.
  for (const std::string_view folder :
       {"/usr/lib", "/usr/lib64", "/usr/lib32", "/usr/libx32", "/usr/bin", "/usr/sbin"}) {
    if (is_at_or_below(path, folder)) return path.substr(4);
  }
  return path;
}

bool is_triplet(std::string_view name) {
  if (name.find('/') != std::string_view::npos) return false;
  return name.find("-linux-gnu") != std::string_view::npos || name.find("-linux-musl") != std::string_view::npos;
}

std::string_view interpreter_of_modules(std::string_view folder) {
  struct Row {
    std::string_view name, interpreter;
  };
  constexpr std::array<Row, 11> names = {{{"dist-packages", "python"},
                                          {"site-packages", "python"},
                                          {"perl5", "perl"},
                                          {"vendor_perl", "perl"},
                                          {"vendor_ruby", "ruby"},
                                          {"site_ruby", "ruby"},
                                          {"gems", "ruby"},
                                          {"nodejs", "node"},
                                          {"node_modules", "node"},
                                          {"site-library", "R"},
                                          {"lua", "lua"}}};
  for (; folder.size() > 1; folder = folder_name(folder)) {
    const auto at =
        std::find_if(names.begin(), names.end(), [&](const Row& row) { return row.name == base_name(folder); });
    if (at != names.end()) return at->interpreter;
  }
  return {};
}

bool is_modules_folder(std::string_view folder) { return !interpreter_of_modules(folder).empty(); }

bool is_broad_folder(std::string_view folder) {
  // All there is one package's own: its top says which package, and the next part what kind of thing, but not which.
  if (const std::string_view top = store_path_above(folder); !top.empty())
    return std::count(folder.begin() + static_cast<std::ptrdiff_t>(top.size()), folder.end(), '/') <= 1;
  folder = unmerged(folder);
  const auto depth = std::count(folder.begin(), folder.end(), '/');
  if (depth <= 1) return true;  // "/usr", "/lib", "/data"
  if (depth == 2 && (folder.starts_with("/usr/") || is_triplet(base_name(folder)))) return true;
  return (said_of(folder) & (shared | sign)) == shared || is_of_family(folder);
}

bool is_folder_of_anything(std::string_view folder) {
  const std::string_view place = unmerged(folder);
  const bool is_store =
      std::any_of(stores.begin(), stores.end(), [&](const Store& store) { return store.folder == folder; });
  return is_store || std::count(place.begin(), place.end(), '/') <= 1 || is_for_programs(base_name(folder));
}

bool is_targets_folder(std::string_view folder) {
  if (!folder.starts_with('/')) return true;  // nobody's; and the folder of all others, "."
  folder = unmerged(folder);
  return (said_of(folder) & (shared | whole_set)) == shared || is_triplet_folder(folder) || is_of_family(folder);
}

std::string_view left_out_folder(std::string_view path) { return holder_of(unmerged(as_in_usr(path)), left_out); }

bool is_left_out_of_machine(std::string_view path) {
  const std::string_view below = below_machines_folder(unmerged(path));
  return !below.empty() && !holder_of("/lib" + std::string(below), of_machines).empty();
}

bool is_left_out_below_prefix(std::string_view path) {
  const std::string whole = "/usr/" + std::string(path);
  return !holder_of(unmerged(whole), of_trees).empty();
}

std::string_view private_place(std::string_view path) { return holder_of(path, somebodys); }

std::string_view state_place(std::string_view path) { return holder_of(path, state); }

bool is_installed_place(std::string_view path) {
  const std::string_view holder = holder_of(path, installed);
  return !holder.empty() && path != holder;
}

bool is_data_place(std::string_view path) {
  return std::any_of(data_places.begin(), data_places.end(), [&](std::string_view folder) {
    return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
  });
}

const std::vector<std::string>& beginnings_of_names() {
  static const std::vector<std::string> beginnings = [] {
    std::vector<std::string> out;
    for (const Row& row : rows) {
      if ((row.is & begins_names) != 0) out.push_back(std::string(row.folder) + "/");
    }
    return out;
  }();
  return beginnings;
}

bool is_in_program_folder(std::string_view path) {
  const std::string_view folder = base_name(folder_name(path));
  return std::any_of(program_folders.begin(), program_folders.end(),
                     [&](const ProgramFolder& row) { return row.is_for_users && row.name == folder; });
}

bool is_for_programs(std::string_view name) {
  return std::any_of(program_folders.begin(), program_folders.end(),
                     [&](const ProgramFolder& row) { return row.name == name; });
}

bool is_in_library_folder(std::string_view path) {
  const std::string whole = as_in_usr(path);
  const std::string_view folder = unmerged(folder_name(whole));
  return (said_of(folder) & searched) != 0 || is_triplet_folder(folder);
}

bool is_found_by_search(std::string_view path) { return is_in_library_folder(path) && !names_its_package(path); }

}  // namespace bundle::knowledge
