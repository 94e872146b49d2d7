// See script_text.h. The words of a script are split as POSIX's shell does (XCU 2.3, 2.6), less what only a run tells.
#include "discover/script_text.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/file.h"
#include "knowledge/shell.h"

namespace bundle::discover {

namespace {

constexpr char unknown = '\1';     // what a run would have put there
constexpr size_t most_values = 4;  // of one variable or word
constexpr size_t longest_value = 400;
constexpr size_t deepest = 4;  // commands within commands

bool is_name_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_name(std::string_view text) {
  return !text.empty() && (text[0] < '0' || text[0] > '9') && std::all_of(text.begin(), text.end(), is_name_letter);
}

using Values = std::vector<std::string>;

class ShellReader {
 public:
  explicit ShellReader(const std::string& script) : folder_(folder_name(script)) { variables_["0"] = {script}; }
  void read(std::string_view text, size_t depth = 0);
  ShellPaths take();

 private:
  /// Reads one word from `at` on; behind it. `values` are what it may be, `name` the variable that it sets, if it does.
  size_t read_word(std::string_view text, size_t at, size_t depth, Values& values, std::string& name);
  size_t read_dollar(std::string_view text, size_t at, size_t depth, Values& values);
  Values value_of_braces(std::string_view inside, size_t depth);
  Values value_of_command(std::string_view command, size_t depth);
  Values value_of(std::string_view name) const {
    const auto known = variables_.find(name);
    return known == variables_.end() ? Values{std::string(1, unknown)} : known->second;
  }
  Values value_of_text(std::string_view text, size_t depth) {
    Values values;
    std::string name;
    read_word(text, 0, depth, values, name);
    return values;
  }
  void set(const std::string& name, const Values& values);
  void note(const Values& values, bool is_sourced, bool is_started = false);
  bool note_command(const Values& values, bool is_exec);

  std::string folder_;
  std::map<std::string, Values, std::less<>> variables_;
  ShellPaths found_;
};

/// Each of `values` with each of `more` behind it.
void append(Values& values, const Values& more) {
  Values out;
  for (const std::string& value : values) {
    for (const std::string& each : more) {
      if (out.size() < most_values && value.size() + each.size() < longest_value) out.push_back(value + each);
    }
  }
  if (!out.empty()) values = std::move(out);
}

/// Where what `open` begins at `at` ends; the text's end when it does not.
size_t closing(std::string_view text, size_t at, char open, char close) {
  size_t depth = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == open) {
      ++depth;
    } else if (text[at] == close && --depth == 0) {
      return at;
    }
  }
  return text.size();
}

Values folders_of(Values values) {
  for (std::string& value : values) {
    const size_t slash = value.rfind('/');
    value = slash == std::string::npos ? std::string(1, unknown) : value.substr(0, slash);
  }
  return values;
}

Values ShellReader::value_of_braces(std::string_view inside, size_t depth) {
  size_t end = 0;
  while (end < inside.size() && is_name_letter(inside[end])) ++end;
  const std::string_view rest = inside.substr(end);
  Values values = value_of(inside.substr(0, end));
  if (rest.starts_with("%/*") || rest.starts_with("%%/*")) return folders_of(std::move(values));
  const size_t word = rest.starts_with(':') ? 2 : 1;
  const bool has_default = rest.size() >= word && (rest[word - 1] == '-' || rest[word - 1] == '=');
  if (!has_default) return values;
  Values out = value_of_text(rest.substr(word), depth + 1);
  if (rest[word - 1] == '=') set(std::string(inside.substr(0, end)), out);
  for (std::string& value : values) {
    if (value.find(unknown) == std::string::npos && out.size() < most_values) out.push_back(std::move(value));
  }
  return out;
}

Values ShellReader::value_of_command(std::string_view command, size_t depth) {
  if (depth >= deepest) return {std::string(1, unknown)};
  read(command, depth + 1);
  const size_t begin = command.find_first_not_of(" \t");
  for (const std::string_view lookup : knowledge::lookups) {
    // Where a program is: it may be started by that.
    const size_t at = command.rfind(lookup);
    if (at != std::string_view::npos) return value_of_text(command.substr(at + lookup.size()), depth + 1);
  }
  if (begin == std::string_view::npos || !command.substr(begin).starts_with("dirname "))
    return {std::string(1, unknown)};
  std::string_view argument = command.substr(begin + std::string_view("dirname ").size());
  if (argument.starts_with("-- ")) argument.remove_prefix(3);
  return folders_of(
      value_of_text(argument.substr(std::min(argument.find_first_not_of(' '), argument.size())), depth + 1));
}

size_t ShellReader::read_dollar(std::string_view text, size_t at, size_t depth, Values& values) {
  const char next = at + 1 < text.size() ? text[at + 1] : '\0';
  if (next == '(') {
    const size_t end = closing(text, at + 1, '(', ')');
    append(values, value_of_command(text.substr(at + 2, end - at - 2), depth));
    return std::min(end + 1, text.size());
  }
  if (next == '{') {
    const size_t end = closing(text, at + 1, '{', '}');
    append(values, value_of_braces(text.substr(at + 2, end - at - 2), depth));
    return std::min(end + 1, text.size());
  }
  size_t end = at + 1;
  while (end < text.size() && is_name_letter(text[end])) ++end;
  if (end > at + 1 && text[at + 1] >= '0' && text[at + 1] <= '9') end = at + 2;
  append(values, end == at + 1 ? Values{std::string(1, unknown)} : value_of(text.substr(at + 1, end - at - 1)));
  const bool is_special = end == at + 1 && (next == '@' || next == '*' || next == '#' || next == '?' || next == '$');
  return is_special ? end + 1 : end;
}

size_t ShellReader::read_word(std::string_view text, size_t at, size_t depth, Values& values, std::string& name) {
  values = {""};
  bool is_quoted = false;
  for (; at < text.size();) {
    const char c = text[at];
    if (c == '"') {
      is_quoted = !is_quoted;
      ++at;
    } else if (c == '\'' && !is_quoted) {
      const size_t end = std::min(text.find('\'', at + 1), text.size());
      append(values, {std::string(text.substr(at + 1, end - at - 1))});
      at = std::min(end + 1, text.size());
    } else if (c == '\\') {
      if (at + 1 < text.size() && text[at + 1] != '\n') append(values, {std::string(1, text[at + 1])});
      at = std::min(at + 2, text.size());
    } else if (c == '$') {
      at = read_dollar(text, at, depth, values);
    } else if (c == '`') {
      std::string command;  // a backslash in there quotes for the outer shell
      size_t end = at + 1;
      for (; end < text.size() && text[end] != '`'; ++end) {
        const char behind = text[end] == '\\' && end + 1 < text.size() ? text[end + 1] : '\0';
        if (behind == '"' || behind == '$' || behind == '`' || behind == '\\') ++end;
        command += text[end];
      }
      append(values, value_of_command(command, depth));
      at = std::min(end + 1, text.size());
    } else if (!is_quoted && std::string_view(" \t\n;|&()<>").find(c) != std::string_view::npos) {
      break;
    } else if (is_quoted && (c == ' ' || c == '\n')) {  // what is behind a blank is another word to most readers
      note(values, false);
      values = {""};
      ++at;
    } else if (c == '=' && !is_quoted && name.empty()) {
      name = values.size() == 1 ? values[0] : "-";
      values = {""};
      ++at;
    } else {
      for (std::string& value : values) {
        if (value.size() < longest_value) value += c;
      }
      ++at;
    }
  }
  return at;
}

void ShellReader::set(const std::string& name, const Values& values) {
  Values& known = variables_[name];
  for (const std::string& value : values) {
    if (known.size() < most_values && std::find(known.begin(), known.end(), value) == known.end())
      known.push_back(value);
  }
}

/// Whether a command still follows: what is no more than a word of the shell, an option or a variable without a value.
bool ShellReader::note_command(const Values& values, bool is_exec) {
  bool goes_on = true;
  for (const std::string& value : values) {
    const bool is_plain = !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
      return is_name_letter(c) || c == '-' || c == '.' || c == '+';
    });
    if (value.empty() || value.find(unknown) != std::string::npos || value.starts_with('-')) continue;
    if (is_plain && knowledge::leads_to_command(value)) continue;
    goes_on = false;
    if (!is_plain || value.size() < 2) continue;
    found_.commands.push_back(value);
    if (is_exec) found_.in_place.push_back(value);
  }
  return goes_on;
}

void ShellReader::note(const Values& values, bool is_sourced, bool is_started) {
  for (std::string value : values) {
    if (value.size() >= 2 && value[0] == unknown && value[1] == '/') value = folder_ + value.substr(1);
    if (is_sourced && !value.empty() && value.find('/') == std::string::npos) value = folder_ + "/" + value;
    std::erase(value, unknown);
    if (!value.starts_with('/') || value.find('/', 1) == std::string::npos) continue;
    if (value.find_first_of("*?[\n\t %") != std::string::npos) continue;
    value = normal_path(value);
    if (is_sourced) found_.sourced.push_back(value);
    if (is_started) found_.in_place.push_back(value);
    found_.all.push_back(std::move(value));
  }
}

void ShellReader::read(std::string_view text, size_t depth) {
  bool is_sourced = false, is_command = true, is_exec = false;
  bool is_called = false;  // what follows is the name that exec gives a program, by bash's "exec -a NAME PROGRAM"
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '#' && (at == 0 || std::string_view(" \t\n;").find(text[at - 1]) != std::string_view::npos)) {
      at = std::min(text.find('\n', at), text.size());
    } else if (std::string_view(" \t\n;|&()<>").find(c) != std::string_view::npos) {
      if (c == '\n' || c == ';' || c == '|' || c == '&' || c == '(') {
        is_sourced = is_exec = is_called = false;
        is_command = true;
      }
      ++at;
    } else {
      Values values;
      std::string name;
      const size_t end = read_word(text, at, depth, values, name);
      if (std::exchange(is_called, is_command && is_exec && values.size() == 1 && values[0] == "-a")) {
        at = std::max(end, at + 1);
        continue;
      }
      if (is_name(name)) set(name, values);
      note(values, is_sourced, is_command && is_exec && name.empty());
      if (is_command && name.empty()) is_command = note_command(values, is_exec);
      is_exec = is_exec || (values.size() == 1 && values[0] == "exec");
      is_sourced = values.size() == 1 && (values[0] == "." || values[0] == "source");
      at = std::max(end, at + 1);
    }
  }
}

void sort_unique(std::vector<std::string>& items) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

ShellPaths ShellReader::take() {
  sort_unique(found_.all);
  sort_unique(found_.sourced);
  sort_unique(found_.commands);
  sort_unique(found_.in_place);
  return std::move(found_);
}

}  // namespace

std::optional<FirstLine> first_line(const Bytes& bytes) {
  const std::optional<std::string> line = elf::script_interpreter(bytes);
  if (!line) return std::nullopt;
  std::vector<std::string> words = split(*line, " \t");
  std::erase(words, "");
  if (words.empty()) return std::nullopt;
  FirstLine out{words[0], ""};
  if (base_name(words[0]) != "env") return out;
  for (size_t i = 1; i < words.size() && out.by_env.empty(); ++i) {
    if (!words[i].starts_with('-') && words[i].find('=') == std::string::npos) out.by_env = words[i];
  }
  return out;
}

std::vector<NamedPath> paths_in(std::string_view text) {
  std::vector<NamedPath> out;
  for (const std::string& line : split(text, "\n")) {
    if (line.find('/') == std::string::npos) continue;
    for (std::string& word : split(line, " \t\"'`$(){};=,<>|&[]:")) {
      const bool is_path = word.size() > 4 && word.starts_with('/') && word.find('/', 1) != std::string::npos &&
                           word.find_first_of("*?\\^%@") == std::string::npos;
      if (is_path) out.push_back({std::move(word), true});
    }
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

ShellPaths paths_of_shell(std::string_view text, const std::string& script) {
  constexpr size_t longest = 500'000;  // bytes; more is a payload behind a script
  ShellReader reader(script);
  reader.read(text.substr(0, longest));
  return reader.take();
}

}  // namespace bundle::discover
