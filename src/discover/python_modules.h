// The modules of Python that a script leads to, by what their texts import: as far as its own files go all that they
// import anywhere, and from there on what is imported whenever a module is loaded.
//
// That a package depends on another one says less: Debian's fonttools depends on scipy and sympy for two of its
// commands, and whoever draws a page by it needs neither.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "machine/root.h"

namespace bundle::discover {

class PythonModules {
 public:
  /// `folders`: where Python looks for modules, the first first; `standard` among them is that of its own, which are
  /// not looked into.
  PythonModules(machine::Root& root, std::vector<std::string> folders, std::string standard)
      : root_(root), folders_(std::move(folders)), standard_(std::move(standard)) {}

  struct Reached {
    bool is_firm = false;  // else imported in a function only, or where the module does without
    bool is_own = false;   // of the script's own files
    std::string by = {};   // the file that imports it; none for an own one
  };

  /// An own file. What it imports is meant, in a function or not.
  void add_own(const std::string& file);
  /// A module as a file imports it: "a.b".
  void add_module(const std::string& module, const std::string& by);
  /// All files of modules that are reached, compiled ones among them, by path. What is reached and not firm, in a
  /// package of modules of which nothing is firm, is not looked into unless that is taken.
  const std::map<std::string, Reached>& follow();
  /// A module's topmost file or folder was taken although it is not firm.
  void note_taken(const std::string& module);
  /// The topmost file or folder of the module that a path belongs to; empty when it lies in none of `folders`.
  std::string topmost(const std::string& path) const;
  /// The folder of `folders` that a path lies in.
  std::string folder_above(const std::string& path) const;

 private:
  void reach(const std::string& file, const Reached& how);
  void reach_below(const std::string& folder, const std::string& dotted, const std::vector<std::string>& names,
                   const Reached& how);
  void reach_module(const std::string& dotted, const std::vector<std::string>& names, const Reached& how);
  std::optional<std::string> file_of(const std::string& base);
  void look_into(const std::string& file);

  machine::Root& root_;
  const std::vector<std::string> folders_;
  const std::string standard_;
  std::map<std::string, Reached> reached_;
  std::vector<std::string> next_;
  std::set<std::string> taken_;                           // topmost ones of which something is firm, or taken anyway
  std::map<std::string, std::vector<std::string>> held_;  // by topmost: what is not looked into
  std::map<std::string, std::map<std::string, std::string>> compiled_;  // folder -> stem -> path
};

}  // namespace bundle::discover
