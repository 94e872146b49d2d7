// A command line in one text, as --run takes it: words by the shell's rules of quoting (POSIX, Shell Command Language,
// 2.2), without a shell.
//
// Ahead of the command may stand variables, NAME=VALUE, and behind it one `< FILE`, since most jobs need one or the
// other. What else a shell would do something about is an Error, not passed on as if it were meant so.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace bundle::cli {

struct CommandWords {
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<std::string> words;  // at least one
  std::string input;               // a file of this machine; empty: none
};

/// Throws Error (usage) for a quote without its end, for no command at all, and for an operator of the shell.
CommandWords parse_command(const std::string& text);

}  // namespace bundle::cli
