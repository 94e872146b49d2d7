// See shell.h. POSIX.1-2017, XCU 2.14 and 1.6 for the words that are the shell's own.
#include "knowledge/shell.h"

#include <algorithm>
#include <array>
#include <set>

namespace bundle::knowledge {

namespace {

constexpr std::array<std::string_view, 9> shells = {"sh",    "dash", "bash", "ash",    "ksh",
                                                    "ksh93", "mksh", "zsh",  "busybox"};

constexpr std::array<std::string_view, 62> own_words = {
    "if",       "then",    "else",     "elif",   "fi",    "do",     "done",   "case",  "esac",     "while",  "until",
    "for",      "in",      "function", "select", "time",  "alias",  "bg",     "break", "builtin",  "cd",     "command",
    "continue", "declare", "echo",     "eval",   "exec",  "exit",   "export", "false", "fc",       "fg",     "getopts",
    "hash",     "jobs",    "kill",     "let",    "local", "printf", "pwd",    "read",  "readonly", "return", "set",
    "shift",    "shopt",   "source",   "test",   "times", "trap",   "true",   "type",  "typeset",  "ulimit", "umask",
    "unalias",  "unset",   "wait",     "not",    "and",   "or",     "the"};

/// After which a command follows again.
constexpr std::array<std::string_view, 10> leads = {"if",    "then",  "else", "elif", "do",
                                                    "while", "until", "exec", "time", "command"};

bool is_command_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '+' || c == '.';
}

}  // namespace

bool is_shell(std::string_view name) { return std::find(shells.begin(), shells.end(), name) != shells.end(); }

std::vector<std::string> commands_of(std::string_view script) {
  std::set<std::string, std::less<>> out;
  bool at_command = true, in_comment = false;
  for (size_t at = 0; at < script.size();) {
    const char c = script[at];
    if (c == '\n') {
      at_command = true;
      in_comment = false;
      ++at;
    } else if (in_comment) {
      ++at;
    } else if (c == '#' && (at == 0 || script[at - 1] == ' ' || script[at - 1] == '\t' || script[at - 1] == '\n')) {
      in_comment = true;
    } else if (c == ';' || c == '|' || c == '&' || c == '(' || c == '`' || c == '{' || c == '!') {
      at_command = true;
      ++at;
    } else if (c == ' ' || c == '\t') {
      ++at;
    } else if (is_command_letter(c) && at_command) {
      size_t end = at;
      while (end < script.size() && is_command_letter(script[end])) ++end;
      const std::string_view word = script.substr(at, end - at);
      const bool is_whole =
          end == script.size() || std::string_view(" \t\n;|&)`<>").find(script[end]) != std::string_view::npos;
      const bool is_assignment = end < script.size() && script[end] == '=';
      const bool is_own = std::find(own_words.begin(), own_words.end(), word) != own_words.end();
      if (is_whole && !is_own && word.size() > 1) out.emplace(word);
      at_command = std::find(leads.begin(), leads.end(), word) != leads.end();
      at = end;
      if (is_assignment) {  // NAME=value ahead of a command, or NAME=`command`
        ++at;
        at_command = true;
        if (at < script.size() && script[at] != '`' && script[at] != '$' && script[at] != '"') {
          while (at < script.size() && std::string_view(" \t\n;|&)").find(script[at]) == std::string_view::npos) ++at;
        }
      }
    } else {
      if (c != '"' && c != '$') at_command = false;
      ++at;
    }
  }
  return {out.begin(), out.end()};
}

}  // namespace bundle::knowledge
