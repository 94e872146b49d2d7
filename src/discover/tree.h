// The tree of a program that no package owns: where it begins, where it goes, and what in a file speaks for it.
//
// Two shapes: P/bin/prog with P/lib, P/share beside it, and all in one folder. A program finds such a tree by where it
// lies itself, so the bundle keeps the places of its parts to one another: P goes to a home, an absolute path that
// tells nothing of who built it. Evidence is a name in the program, or in a library of its tree, that leads to
// something there: "../share/app", "%s/lib/jvm.cfg", the very path of the tree where that was compiled in. Built-in
// places are answered, too.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "elf/image.h"
#include "machine/root.h"

namespace bundle::discover {

struct Tree {
  std::string top;         // P, a real path inside the root
  std::string home;        // where it goes: P itself where that tells nothing, else /opt/NAME
  std::string folder;      // of the program, a real path below the top or the top itself
  bool has_bin = false;    // the program lies in P/bin or its like
  bool is_shared = false;  // P belongs to everybody (/usr/local): only what is named is of the program
  bool is_home = false;    // P is somebody's home folder: so is only what is named by where the program lies
  std::string module;      // of a script that npm installed: its folder, P/node_modules/NAME
};

/// The tree that the program at `program`, its real path, would have; nothing where its folder is everybody's. `name`
/// is that of the bundle.
std::optional<Tree> tree_of(machine::Root& root, const std::string& program, const std::string& name);

/// Where a path below the tree's top goes.
std::string place_in(const Tree& tree, const std::string& path);

/// What the texts of a file say of a tree.
struct TreeEvidence {
  std::string text;                // the first that speaks for it; empty: none does
  bool holds_top = false;          // the tree's own path is compiled in
  std::vector<std::string> paths;  // what is named below the top, absolute, sorted, each once
  struct Link {
    std::string path;  // a link outside of the tree, as deployments have it: /opt/app/current
    std::string real;  // the folder of the tree that it leads to
  };
  std::vector<Link> links;
};
/// `asker` is the real path of the file, below the top. `links_qt`: it looks for Qt's plugins.
TreeEvidence evidence_of_tree(const elf::Image& image, machine::Root& root, const Tree& tree, const std::string& asker,
                              bool links_qt);
/// The same of a script's text.
TreeEvidence evidence_of_tree(std::string_view script, machine::Root& root, const Tree& tree, const std::string& asker);

}  // namespace bundle::discover
