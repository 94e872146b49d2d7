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

/// node's require(), python's sys.path[0], ruby's require_relative and php's __FILE__ are of the file behind the link;
/// sh's $0, perl's, lua's and tclsh's of the link.
constexpr std::array<std::string_view, 7> link_resolvers = {"node", "bun", "deno", "python", "pypy", "ruby", "php"};

/// What a script says that finds out where it lies itself, links followed.
constexpr std::array<std::string_view, 8> link_words = {"readlink", "realpath", "ls -l",      "ls -ld",
                                                        "abs_path", "RealBin",  "RealScript", "pwd -P"};

bool is_command_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '+' || c == '.';
}

}  // namespace

bool is_shell(std::string_view name) { return std::find(shells.begin(), shells.end(), name) != shells.end(); }

bool leads_to_command(std::string_view word) { return std::find(leads.begin(), leads.end(), word) != leads.end(); }

bool resolves_links(std::string_view interpreter) {
  return std::any_of(link_resolvers.begin(), link_resolvers.end(),
                     [&](std::string_view name) { return interpreter.starts_with(name); });
}

bool follows_links(std::string_view script) {
  return std::any_of(link_words.begin(), link_words.end(),
                     [&](std::string_view word) { return script.find(word) != std::string_view::npos; });
}

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

std::vector<std::string> commands_in_its_place(std::string_view script) {
  std::set<std::string> out;
  std::string line;
  for (size_t at = 0; at <= script.size(); ++at) {
    const bool is_end = at == script.size() || script[at] == '\n';
    if (!is_end) {
      line += script[at];
      continue;
    }
    if (line.ends_with('\\')) {  // goes on
      line.back() = ' ';
      continue;
    }
    const size_t exec = line.find("exec ");
    const bool is_exec = exec != std::string::npos && (exec == 0 || !is_command_letter(line[exec - 1]));
    const size_t all = std::min(line.find("$@"), line.find("$*"));
    if (is_exec || all != std::string::npos) {
      const std::string_view text = std::string_view(line).substr(is_exec ? exec : 0);
      for (std::string& command : commands_of(text)) out.insert(std::move(command));
    }
    line.clear();
  }
  return {out.begin(), out.end()};
}

}  // namespace bundle::knowledge
