// See trees.h.
#include "knowledge/trees.h"

#include <algorithm>

#include "base/file.h"
#include "knowledge/folders.h"

namespace bundle::knowledge {

const std::array<Landmark, 12> landmarks = {{
    {"PYTHONHOME", "lib/python*"},
    {"RUBYLIB", "lib/ruby"},
    {"PERL5LIB", "lib/perl5"},
    {"PERL5LIB", "lib/5*"},
    {"JLI_Launch", "lib/modules"},
    {"JLI_Launch", "lib/rt.jar"},
    {"JDK_JAVA_OPTIONS", "lib/modules"},
    {"NODE_OPTIONS", "lib/node_modules"},
    {"TCL_LIBRARY", "lib/tcl*"},
    {"R_HOME", "library/base"},
    {"GUILE_LOAD_PATH", "share/guile"},
    {"LUA_PATH", "share/lua"},
}};

namespace {

constexpr std::array<std::string_view, 14> signs_of_project = {
    ".git",       ".hg",    ".svn",         "CMakeLists.txt", "Makefile", "configure.ac", "meson.build",
    "Cargo.toml", "go.mod", "package.json", "pyproject.toml", "setup.py", "BUILD.bazel",  "CMakeCache.txt"};

constexpr std::array<std::string_view, 9> systems = {"/usr",  "/etc", "/lib",  "/lib64", "/bin",
                                                     "/sbin", "/dev", "/proc", "/sys"};

/// What marks a folder as somebody's home.
constexpr std::array<std::string_view, 8> signs_of_home = {".bashrc", ".profile",      ".bash_profile", ".zshrc",
                                                           ".ssh",    ".bash_history", ".zsh_history",  ".gnupg"};

}  // namespace

bool is_systems(std::string_view path) {
  return std::any_of(systems.begin(), systems.end(),
                     [&](std::string_view folder) { return is_at_or_below(path, folder); });
}

bool is_home(std::string_view folder) {
  const std::string_view above = folder_name(folder);
  return folder == "/root" || above == "/home" || above == "/Users" || above == "/export/home";
}

bool may_be_top(std::string_view folder) {
  if (std::count(folder.begin(), folder.end(), '/') < 2) return false;  // "/opt", "/data"
  if (is_home(folder)) return false;
  if (folder == "/var/tmp" || folder == "/usr/lib/jvm") return false;
  return !is_broad_folder(folder);
}

std::string_view modules_folder(std::string_view path) {
  for (const std::string_view name : {"/site-packages/", "/dist-packages/", "/node_modules/"}) {
    const size_t at = path.find(name);
    // npm, which comes with node, is no module of a user's.
    if (at == std::string_view::npos || path.substr(at + name.size()).starts_with("npm/")) continue;
    return path.substr(0, at + name.size() - 1);
  }
  return {};
}

bool is_users_prefix(std::string_view name) { return name == ".local" || name == ".nix-profile"; }

bool is_installers_prefix(std::string_view name) { return name == ".cargo" || name == ".bun" || name == ".deno"; }

bool is_sign_of_home(std::string_view name) {
  return std::find(signs_of_home.begin(), signs_of_home.end(), name) != signs_of_home.end();
}

bool is_sign_of_project(std::string_view name) {
  return std::find(signs_of_project.begin(), signs_of_project.end(), name) != signs_of_project.end();
}

}  // namespace bundle::knowledge
