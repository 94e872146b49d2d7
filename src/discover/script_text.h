// What the text of a script says: its interpreter, and the paths that it names or puts together.
//
// A shell's script joins most of its paths: from a variable ("$LIBDIR/$APPNAME"), from where it lies itself
// ("$(dirname "$0")/prog", "$here/prog"). What a variable is set to in the text is known; what only a run could tell
// stands, ahead of a slash, for the script's own folder, and elsewhere for nothing. By the looks of the text alone, so
// a path counts only where something is there.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "discover/names.h"

namespace bundle::discover {

/// A script's "#!" line.
struct FirstLine {
  std::string program;  // the path that the kernel starts
  std::string by_env;   // the name that it looks up, where that is env(1)
};
std::optional<FirstLine> first_line(const Bytes& bytes);

/// The absolute paths that stand in a script, each as a word of its own. Sorted, each once.
std::vector<NamedPath> paths_in(std::string_view text);

/// What a script of the shell that lies at `script` puts together. Absolute and tidy, sorted, each once.
struct ShellPaths {
  std::vector<std::string> all;
  std::vector<std::string> sourced;   // by "." or "source": their text is the script's, too
  std::vector<std::string> commands;  // names without a folder where a command stands, by way of variables too
  std::vector<std::string> in_place;  // paths and names of what is started in the script's place, by "exec"
};
ShellPaths paths_of_shell(std::string_view text, const std::string& script);

}  // namespace bundle::discover
