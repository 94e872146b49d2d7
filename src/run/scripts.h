// A script that is named as a program: what its "#!" line starts, and with what.
//
// As the kernel reads the line (fs/binfmt_script.c): the interpreter, and all that follows as one argument. env(1) is
// followed to the program that it would start, by its own rules for -S and assignments.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/layout.h"
#include "resolve/closure.h"

namespace bundle::run {

struct ScriptStart {
  std::string interpreter;  // its path on the source machine, as it is to be resolved
  plan::Script script;
};

/// What starts the file at `path`, a path of the resolver's root as the user named it; nothing when that is no script.
/// Throws Error (cannot_bundle) when its line names no interpreter, or one that is not there.
std::optional<ScriptStart> start_of_script(const std::string& path, resolve::Resolver& resolver);

}  // namespace bundle::run
