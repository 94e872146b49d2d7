// The reader of strace's output. Format by strace(1) and its source (src/util.c, print_quoted_string): one
// call a line, strings quoted with C escapes, "= RESULT" at the end; "<unfinished …>" and "<… resumed>" when
// calls overlap.
#include <fcntl.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>

#include "base/file.h"
#include "discover/trace.h"
#include "discover/traced_run.h"

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
  const size_t padded = line.rfind(" = ");
  if (padded == std::string_view::npos || line.find(')') == std::string_view::npos) return std::nullopt;
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
    if (line.starts_with("+++")) break;
    if (process.empty() && is_digit(line[0])) process = line.substr(0, line.find(' '));
    const size_t end = line.find(' ');
    if (end == std::string_view::npos) return {};
    line.remove_prefix(end + 1);
  }
  // "[pid    12]" pads, and with --decode-pids there is "12<sh>".
  process.erase(0, process.find_first_not_of(' '));
  process.erase(std::min(process.find('<'), process.size()));
  return line;
}

/// Open's flags, as far as anyone asks for them, by the words that strace has for them.
long flags_of(std::string_view text) {
  constexpr std::pair<std::string_view, long> words[] = {
      {"O_WRONLY", O_WRONLY}, {"O_RDWR", O_RDWR}, {"O_CREAT", O_CREAT}, {"O_DIRECTORY", O_DIRECTORY}};
  long flags = 0;
  for (const auto& [word, value] : words) {
    if (text.find(word) != std::string_view::npos) flags |= value;
  }
  return flags;
}

/// A line that tells of a whole call, or of a process's end.
struct Line {
  std::string process;
  std::string text;  // from the call's name on
  bool is_end = false;
};

/// The log's calls, those that overlap put together where they end.
std::vector<Line> lines_of(std::string_view log) {
  std::vector<Line> out;
  std::map<std::string, std::string> unfinished;  // by process: the line up to "<unfinished"
  while (!log.empty()) {
    const size_t end = log.find('\n');
    std::string_view line = log.substr(0, end);
    log.remove_prefix(end == std::string_view::npos ? log.size() : end + 1);
    std::string process;
    line = skip_prefix(line, process);
    if (const size_t cut = line.rfind(" <unfinished ...>"); cut != std::string_view::npos) {
      unfinished[process] = line.substr(0, cut);
    } else if (line.starts_with("<... ")) {
      const size_t at = line.find(" resumed>");
      const auto begun = unfinished.find(process);
      if (at == std::string_view::npos || begun == unfinished.end()) continue;
      out.push_back({process, begun->second + std::string(line.substr(at + 9)), false});
      unfinished.erase(begun);
    } else if (line.starts_with("+++")) {
      out.push_back({process, "", true});
    } else {
      out.push_back({process, std::string(line), false});
    }
  }
  return out;
}

/// The working folder of each process, as forks and chdir calls make it: a child begins in its parent's, and with
/// CLONE_FS, as threads are made, the two have one for good.
class Folders {
 public:
  explicit Folders(std::string start) : start_(std::make_shared<std::string>(std::move(start))) {}

  /// A child may be heard of before its parent's call is told to have ended: so all forks are noted ahead.
  void expect(const std::string& child, const std::string& parent, bool is_shared) {
    expected_[child].push_back({parent, is_shared});
  }
  void begin(const std::string& process) { (void)folder_of(process); }
  const std::string& of(const std::string& process) { return *folder_of(process); }
  void change(const std::string& process, std::string folder) { *folder_of(process) = std::move(folder); }
  void end(const std::string& process) { folders_.erase(process); }

 private:
  struct Fork {
    std::string parent;
    bool is_shared = false;
  };

  /// Of one that nobody is known to have made, that of the process without a number: strace names it from the first
  /// fork on only.
  std::shared_ptr<std::string> folder_of(const std::string& process) {
    // From the process up to one whose folder is known, then down again.
    std::vector<std::pair<std::string, bool>> chain;
    std::string at = process;
    std::shared_ptr<std::string> folder;
    for (;;) {
      const auto known = folders_.find(at);
      if (known != folders_.end()) {
        folder = known->second;
        break;
      }
      const auto fork = expected_.find(at);
      if (fork == expected_.end() || fork->second.empty()) {
        const auto nameless = folders_.find("");
        folder = nameless == folders_.end() ? start_ : nameless->second;
        chain.emplace_back(at, at.empty());
        break;
      }
      chain.emplace_back(at, fork->second.front().is_shared);
      at = fork->second.front().parent;
      fork->second.pop_front();
    }
    for (auto step = chain.rbegin(); step != chain.rend(); ++step) {
      if (!step->second) folder = std::make_shared<std::string>(*folder);
      folders_[step->first] = folder;
    }
    return folder;
  }

  std::shared_ptr<std::string> start_;
  std::map<std::string, std::shared_ptr<std::string>> folders_;
  std::map<std::string, std::deque<Fork>> expected_;
};

/// One call of the log.
struct Call {
  Shape shape;
  long result = 0;
  size_t open = 0;  // where its '(' is
};

std::optional<Call> call_of(std::string_view line) {
  const size_t open = line.find('(');
  if (open == std::string_view::npos) return std::nullopt;
  const std::optional<Shape> shape = shape_of(line.substr(0, open));
  const std::optional<long> result = result_of(line);
  if (!shape || !result || *result < 0) return std::nullopt;
  return Call{*shape, *result, open};
}

/// "3</usr/share>", "AT_FDCWD</home>": with -y the folder stands behind the descriptor. Empty where nothing tells it.
std::string folder_told(std::string_view ahead) {
  const size_t from = ahead.find('<');
  const size_t to = ahead.find('>', from == std::string_view::npos ? 0 : from);
  if (from == std::string_view::npos || to == std::string_view::npos) return {};
  return std::string(ahead.substr(from + 1, to - from - 1));
}

class LogReader {
 public:
  explicit LogReader(const std::string& folder) : folders_(folder) {}

  std::vector<TracedFile> read(std::string_view log) {
    const std::vector<Line> lines = lines_of(log);
    for (const Line& line : lines) {
      const std::optional<Call> call = call_of(line.text);
      if (!call || call->shape != Shape::fork || call->result == 0) continue;
      folders_.expect(std::to_string(call->result), line.process, line.text.find("CLONE_FS") != std::string::npos);
    }
    for (const Line& line : lines) {
      if (line.is_end) {
        folders_.end(line.process);
      } else if (const std::optional<Call> call = call_of(line.text)) {
        look_at(line, *call);
      }
    }
    return run_.result();
  }

 private:
  void look_at(const Line& line, const Call& call) {
    const std::string_view text = line.text;
    if (call.shape == Shape::fork) {
      if (call.result > 0) folders_.begin(std::to_string(call.result));
      return;
    }
    if (call.shape == Shape::fchdir) {
      if (std::string folder = folder_told(text.substr(call.open)); folder.starts_with('/')) {
        folders_.change(line.process, std::move(folder));
      }
      return;
    }
    size_t at = text.find('"', call.open);
    if (at == std::string_view::npos) return;
    const std::string_view ahead = text.substr(call.open + 1, at - call.open - 1);
    std::string base = folder_told(ahead);
    if (base.empty() && (ahead.empty() || !is_digit(ahead[0]))) base = folders_.of(line.process);
    const std::optional<std::string> path = quoted(text, at);
    if (!path || path->empty() || (base.empty() && !path->starts_with('/'))) return;
    if (call.shape == Shape::chdir) {
      folders_.change(line.process, normal_path(path->starts_with('/') ? *path : base + "/" + *path));
      return;
    }
    if (call.shape == Shape::execute && run_.empty()) add_arguments(text, at, base);
    run_.see(call.shape, base, *path, flags_of(text.substr(at)));
  }

  /// An array of strings behind the path: ["x", "/srv/in"].
  void add_arguments(std::string_view text, size_t at, const std::string& base) {
    for (size_t next = text.find('"', at); next != std::string_view::npos; next = text.find('"', next)) {
      if (text.substr(at, next - at).find(']') != std::string_view::npos) return;
      const std::optional<std::string> argument = quoted(text, next);
      if (!argument) return;
      run_.add_argument(*argument, base);
      at = next;
    }
  }

  Folders folders_;
  TracedRun run_;
};

}  // namespace

std::vector<TracedFile> parse_strace(std::string_view log, const std::string& folder) {
  return LogReader(folder).read(log);
}

}  // namespace bundle::discover
