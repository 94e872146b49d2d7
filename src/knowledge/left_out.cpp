// See left_out.h.
#include "knowledge/left_out.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/file.h"
#include "knowledge/folders.h"

namespace bundle::knowledge {

namespace {

/// Whose files of that kind are left out.
enum Of : unsigned { of_packages = 1U << 0U, of_trees = 1U << 1U };

struct Row {
  std::string_view text;
  unsigned of;
};

constexpr std::array<Row, 10> endings = {{
    {".a", of_packages | of_trees},
    {".la", of_trees},
    {".o", of_trees},
    // Held against the time of the file that they were made from, which a bundle does not keep.
    {".pyc", of_packages | of_trees},
    {".jsa", of_packages | of_trees},
    {".jmod", of_packages | of_trees},
    {".debug", of_packages | of_trees},
    {".pdb", of_trees},
    {".orig", of_trees},
    {".dpkg-new", of_packages},
}};

/// Names of folders, wherever they lie.
constexpr std::array<Row, 20> folders = {{
    {"__pycache__", of_packages | of_trees},  // see .pyc
    {"LC_MESSAGES", of_packages | of_trees},
    {".git", of_trees},
    {".hg", of_trees},
    {".svn", of_trees},
    {".github", of_trees},
    {".cache", of_trees},
    {".bzr", of_trees},
    {"CVS", of_trees},
    {".npm", of_trees},
    {".tox", of_trees},
    {".nox", of_trees},
    {".vscode", of_trees},
    {".idea", of_trees},
    {".pytest_cache", of_trees},
    {".mypy_cache", of_trees},
    {".ruff_cache", of_trees},
    {".gradle", of_trees},
    {".DS_Store", of_trees},
    {"CMakeFiles", of_trees},
}};

/// From the top of a tree, beside what it has in common with /usr.
constexpr std::array<std::string_view, 11> of_top = {"man",   "doc", "docs",        "legal", "demo",      "sample",
                                                     "jmods", "src", "lib/src.zip", "pkgs",  "conda-meta"};

/// What a folder of documentation holds to be read by people, wherever it lies: a module of code called doc stays.
constexpr std::array<std::string_view, 5> documentation = {"/doc/", "/docs/", "/Documentation/", "/Help/",
                                                           "/pydoc_data/"};
constexpr std::array<std::string_view, 15> texts = {".txt", ".html", ".htm",  ".css", ".pdf",
                                                    ".ps",  ".tex",  ".rst",  ".md",  ".png",
                                                    ".svg", ".texi", ".info", ".Rnw", "topics.py"};
constexpr std::string_view pages = "/doc/html/";  // with their fonts and scripts

bool has_ending(std::string_view path, Of whose) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](const Row& row) { return (row.of & whose) != 0 && path.ends_with(row.text); });
}

bool is_folder(std::string_view name, Of whose) {
  return std::any_of(folders.begin(), folders.end(),
                     [&](const Row& row) { return (row.of & whose) != 0 && row.text == name; });
}

/// Whether one of a path's names is that of such a folder; the last of them counts `with_last` only.
bool lies_in_folder(std::string_view path, Of whose, bool with_last) {
  for (size_t at = 0; at < path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    if ((with_last || end < path.size()) && is_folder(path.substr(at, end - at), whose)) return true;
    at = end + 1;
  }
  return false;
}

}  // namespace

bool is_documentation(std::string_view path) {
  if (!left_out_folder(path).empty()) return false;
  if (path.find(pages) != std::string_view::npos) return true;
  return std::any_of(documentation.begin(), documentation.end(),
                     [&](std::string_view folder) { return path.find(folder) != std::string_view::npos; }) &&
         std::any_of(texts.begin(), texts.end(), [&](std::string_view ending) { return path.ends_with(ending); });
}

bool has_left_out_name(std::string_view path) {
  if (is_left_out_of_machine(path)) return true;
  // Manual pages in a folder of the package's own, and the headers of perl's modules.
  if (path.find("/man/man") != std::string_view::npos || is_documentation(path)) return true;
  // Python's own tests, of which its packages ship the frame alone.
  const bool is_pythons = path.starts_with("/usr/lib/python") || path.starts_with("/usr/lib64/python");
  if (is_pythons && path.find("/test/") != std::string_view::npos && path.find("-packages/") == std::string_view::npos)
    return true;
  if (path.ends_with(".h") && path.find("/CORE/") != std::string_view::npos) return true;
  return lies_in_folder(path, of_packages, false) || has_ending(path, of_packages);
}

bool is_left_out(std::string_view path) { return !left_out_folder(path).empty() || has_left_out_name(path); }

bool is_left_out_of_tree(std::string_view path) {
  if (is_left_out_below_prefix(path) || has_ending(path, of_trees)) return true;
  if (std::any_of(of_top.begin(), of_top.end(), [&](std::string_view folder) { return is_at_or_below(path, folder); }))
    return true;
  // Python's own tests are three quarters of its library.
  if (path.starts_with("lib/python") && path.find("/test/") != std::string_view::npos &&
      path.find("/site-packages/") == std::string_view::npos)
    return true;
  return lies_in_folder(path, of_trees, true);
}

}  // namespace bundle::knowledge
