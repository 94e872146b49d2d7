// The file that a user's word means, by one rule for all commands.
//
// A word with a slash is a path. One without means the ELF file of that name in the working folder - what is typed in a
// build folder, and what `for f in *` gives - else the program that PATH has under it, else whatever else lies here
// under that name, for the message that refuses it. For a shim of pyenv, rbenv or the like in PATH the program that it
// starts is meant. Where both are there the one here is taken, and it is said.
#pragma once

#include <string>

#include "resolve/closure.h"

namespace bundle::run {

struct NamedFile {
  std::string path;        // absolute
  bool from_path = false;  // nobody named a folder, and it is not in this one
  std::string note;        // for the user; empty when there is nothing to be said
};

/// Throws Error (cannot_bundle) when there is no such file.
NamedFile find_named(const std::string& named);

/// The program that is meant: the rule above, or in the resolver's sysroot the program in it.
NamedFile find_program(const std::string& named, resolve::Resolver& resolver, bool in_sysroot);

}  // namespace bundle::run
