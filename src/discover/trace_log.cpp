// The reader of strace's output. Format by strace(1) and its source (src/util.c, print_quoted_string): one
// call a line, strings quoted with C escapes, "= RESULT" at the end; "<unfinished …>" and "<… resumed>" when
// calls overlap.
#include <algorithm>
#include <map>

#include "base/file.h"
#include "discover/trace.h"
#include "discover/traced_files.h"

namespace bundle::discover {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The C string that begins behind the quote at `at`; moves `at` behind its closing quote. Nothing when it is
/// cut short (strace -s) or has no end.
std::optional<std::string> quoted(std::string_view line, size_t& at) {
  std::string out;
  for (++at; at < line.size(); ++at) {
    const char c = line[at];
    if (c == '"') {
      ++at;
      if (line.substr(at).starts_with("...")) return std::nullopt;
      return out;
    }
    if (c != '\\') {
      out += c;
      continue;
    }
    if (++at >= line.size()) return std::nullopt;
    const char escape = line[at];
    if (escape >= '0' && escape <= '7') {
      unsigned value = 0;
      size_t digits = 0;
      while (digits < 3 && at < line.size() && line[at] >= '0' && line[at] <= '7') {
        value = value * 8 + static_cast<unsigned>(line[at] - '0');
        ++at;
        ++digits;
      }
      --at;
      out += static_cast<char>(value);
    } else if (escape == 'x' && at + 2 < line.size()) {
      const std::string digits(line.substr(at + 1, 2));
      out += static_cast<char>(std::strtoul(digits.c_str(), nullptr, 16));
      at += 2;
    } else {
      constexpr std::string_view names = "ntrvfab";
      constexpr std::string_view values = "\n\t\r\v\f\a\b";
      const size_t which = names.find(escape);
      out += which == std::string_view::npos ? escape : values[which];
    }
  }
  return std::nullopt;
}

/// The call's result when it is one: the number behind the last " = ".
std::optional<long> result_of(std::string_view line) {
  const size_t at = line.rfind(") = ");
  const size_t padded = line.rfind(" = ");
  if (padded == std::string_view::npos || line.find(')') == std::string_view::npos) return std::nullopt;
  (void)at;
  std::string_view text = line.substr(padded + 3);
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty() || !is_digit(text[0])) return std::nullopt;
  const long value = std::strtol(std::string(text.substr(0, 20)).c_str(), nullptr, 0);
  return negative ? -value : value;
}

/// "[pid 12] 10:00:01.5 openat(" -> the process, and the line from the call's name on.
std::string_view skip_prefix(std::string_view line, std::string& process) {
  if (line.starts_with("[pid")) {
    const size_t end = line.find("] ");
    if (end == std::string_view::npos) return {};
    process = line.substr(4, end - 4);
    line.remove_prefix(end + 2);
  }
  while (!line.empty() && (is_digit(line[0]) || line[0] == ' ' || line[0] == '.' || line[0] == ':' || line[0] == '+')) {
    if (process.empty() && is_digit(line[0])) process = line.substr(0, line.find(' '));
    const size_t end = line.find(' ');
    if (end == std::string_view::npos) return {};
    line.remove_prefix(end + 1);
  }
  return line;
}

enum class Call { none, open, stat, execute, change_folder };
Call call_of(std::string_view name) {
  if (name == "open" || name == "openat" || name == "openat2") return Call::open;
  if (name == "execve" || name == "execveat") return Call::execute;
  if (name == "chdir") return Call::change_folder;
  static constexpr std::string_view looks[] = {"stat",   "lstat",     "newfstatat", "fstatat64", "statx",
                                               "access", "faccessat", "faccessat2", "stat64",    "lstat64"};
  return std::find(std::begin(looks), std::end(looks), name) != std::end(looks) ? Call::stat : Call::none;
}

}  // namespace

std::vector<TracedFile> parse_strace(std::string_view log, const std::string& folder) {
  TracedFiles files;
  std::map<std::string, std::string> unfinished;  // by process: the line up to "<unfinished"
  std::map<std::string, std::string> folders;     // by process, where chdir led
  while (!log.empty()) {
    const size_t end = log.find('\n');
    std::string_view line = log.substr(0, end);
    log.remove_prefix(end == std::string_view::npos ? log.size() : end + 1);
    std::string process;
    line = skip_prefix(line, process);
    std::string whole;
    if (const size_t at = line.rfind(" <unfinished ...>"); at != std::string_view::npos) {
      unfinished[process] = line.substr(0, at);
      continue;
    }
    if (line.starts_with("<... ")) {
      const size_t at = line.find(" resumed>");
      const auto begun = unfinished.find(process);
      if (at == std::string_view::npos || begun == unfinished.end()) continue;
      whole = begun->second + std::string(line.substr(at + 9));
      unfinished.erase(begun);
      line = whole;
    }
    const size_t open = line.find('(');
    if (open == std::string_view::npos) continue;
    const Call call = call_of(line.substr(0, open));
    const std::optional<long> result = result_of(line);
    if (call == Call::none || !result || *result < 0) continue;
    size_t at = line.find('"', open);
    if (at == std::string_view::npos) continue;
    // "openat(3</usr/share>, "x"": with -y the folder stands behind the descriptor.
    std::string base = folders.contains(process) ? folders[process] : folder;
    const std::string_view ahead = line.substr(open + 1, at - open - 1);
    bool unknown_base = false;
    if (!ahead.empty() && is_digit(ahead[0])) {
      const size_t from = ahead.find('<');
      const size_t to = ahead.find('>', from == std::string_view::npos ? 0 : from);
      unknown_base = from == std::string_view::npos || to == std::string_view::npos;
      if (!unknown_base) base = ahead.substr(from + 1, to - from - 1);
    }
    const std::optional<std::string> path = quoted(line, at);
    if (!path || path->empty() || (unknown_base && !path->starts_with('/'))) continue;
    const std::string full = normal_path(path->starts_with('/') ? *path : base + "/" + *path);
    if (call == Call::change_folder) {
      folders[process] = full;
      continue;
    }
    if (call == Call::execute) {
      // The arguments are an array of strings behind the path.
      for (size_t next = line.find('"', at); next != std::string_view::npos; next = line.find('"', next)) {
        if (line.substr(at, next - at).find(']') != std::string_view::npos) break;
        const size_t begin = next;
        const std::optional<std::string> argument = quoted(line, next);
        if (!argument || next <= begin) break;
        if (files.empty()) files.add_argument(*argument, base);
        at = next;
      }
      files.add(full, TracedFile::Use::executed);
    } else if (call == Call::stat) {
      files.add(full, TracedFile::Use::found_by_stat);
    } else {
      const std::string_view flags = line.substr(at);
      const bool written = flags.find("O_WRONLY") != std::string_view::npos ||
                           flags.find("O_RDWR") != std::string_view::npos ||
                           flags.find("O_CREAT") != std::string_view::npos;
      if (written) {
        files.add_written(full);
      } else if (flags.find("O_DIRECTORY") == std::string_view::npos) {
        files.add(full, TracedFile::Use::opened);
      }
    }
  }
  return files.result();
}

}  // namespace bundle::discover
