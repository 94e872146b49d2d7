// See module_text.h.
#include "discover/module_text.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/file.h"
#include "knowledge/languages.h"

namespace bundle::discover {

namespace {

constexpr size_t longest_quoted = 200;

bool is_name_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool begins_with_word(std::string_view text, std::string_view word) {
  return text.starts_with(word) && (text.size() == word.size() || !is_name_letter(text[word.size()]));
}

/// Behind the string that begins at `at`, with its quotes. What is not closed ends with its line, or with the text.
size_t end_of_string(std::string_view text, size_t at) {
  const std::string_view three = text.substr(at, 3);
  const bool is_long = three == "\"\"\"" || three == "'''";
  const char quote = text[at];
  for (size_t i = at + (is_long ? 3 : 1); i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (is_long ? text.substr(i, 3) == three : text[i] == quote) {
      return i + (is_long ? 3 : 1);
    } else if (!is_long && text[i] == '\n') {
      return i;
    }
  }
  return text.size();
}

class PythonReader {
 public:
  std::vector<PythonImport> read(std::string_view text);

 private:
  enum class Block { plain, function, condition, tried, handler, never };
  struct Open {
    size_t indent = 0;
    Block kind = Block::plain;
  };
  void note_line(size_t indent, std::string_view line);
  void note_statement(std::string_view statement);
  void note(PythonImport import);
  bool is_firm_below(size_t count) const {
    return std::all_of(blocks_.begin(), blocks_.begin() + static_cast<std::ptrdiff_t>(count),
                       [](const Open& block) { return block.kind == Block::plain; });
  }
  bool is_never() const {
    return std::any_of(blocks_.begin(), blocks_.end(), [](const Open& block) { return block.kind == Block::never; });
  }

  std::vector<Open> blocks_;
  std::map<size_t, std::vector<size_t>> tried_;  // by the indent of the latest "try:" there, numbers in found_
  std::vector<PythonImport> found_;
};

void PythonReader::note(PythonImport import) {
  if (is_never()) return;
  import.is_firm = import.is_firm && is_firm_below(blocks_.size());
  const auto block = std::find_if(blocks_.begin(), blocks_.end(), [](const Open& b) { return b.kind != Block::plain; });
  if (block != blocks_.end() && block->kind == Block::tried) tried_[block->indent].push_back(found_.size());
  found_.push_back(std::move(import));
}

/// One, without what stands ahead of a colon on its line.
void PythonReader::note_statement(std::string_view statement) {
  const auto words_of = [](std::string_view list) {
    std::vector<std::string> out;
    for (const std::string& part : split(list, ",")) {
      std::string_view word = trimmed(part);
      word = word.substr(0, word.find_first_of(" \t"));
      if (!word.empty()) out.emplace_back(word);
    }
    return out;
  };
  if (begins_with_word(statement, "import")) {
    for (std::string& module : words_of(statement.substr(6))) note({std::move(module), 0, {}, true});
  } else if (begins_with_word(statement, "from")) {
    const size_t at = statement.find("import");
    if (at == std::string_view::npos) return;
    std::string_view module = trimmed(statement.substr(4, at - 4));
    PythonImport import;
    import.level = static_cast<int>(std::min(module.find_first_not_of('.'), module.size()));
    import.module = module.substr(static_cast<size_t>(import.level));
    std::string names(statement.substr(at + 6));
    std::replace_if(
        names.begin(), names.end(), [](char c) { return c == '(' || c == ')' || c == '\n'; }, ' ');
    import.names = words_of(names);
    note(std::move(import));
  }
}

void PythonReader::note_line(size_t indent, std::string_view line) {
  while (!blocks_.empty() && blocks_.back().indent >= indent) blocks_.pop_back();
  // A handler that gives up makes what was tried as good as firm.
  if (!blocks_.empty() && blocks_.back().kind == Block::handler && is_firm_below(blocks_.size() - 1) &&
      (begins_with_word(line, "raise") || line.starts_with("sys.exit") || line.starts_with("exit("))) {
    for (const size_t number : tried_[blocks_.back().indent]) found_[number].is_firm = true;
  }
  const bool is_never = std::any_of(knowledge::never_conditions.begin(), knowledge::never_conditions.end(),
                                    [&](std::string_view name) { return line.find(name) != std::string_view::npos; });
  Block kind = Block::plain;
  bool opens = true;
  if (begins_with_word(line, "def") || begins_with_word(line, "async")) {
    kind = Block::function;
  } else if (begins_with_word(line, "try")) {
    kind = Block::tried;
    tried_[indent].clear();
  } else if (begins_with_word(line, "except")) {
    kind = Block::handler;
  } else if (begins_with_word(line, "if")) {
    kind = is_never ? Block::never : Block::condition;
  } else if (begins_with_word(line, "elif") || begins_with_word(line, "else")) {
    kind = Block::condition;
  } else {
    opens = begins_with_word(line, "class") || begins_with_word(line, "with") || begins_with_word(line, "for") ||
            begins_with_word(line, "while") || begins_with_word(line, "finally");
  }
  if (opens) blocks_.push_back({indent, kind});
  const size_t colon = opens ? line.rfind(": ") : std::string_view::npos;
  const std::string_view rest = colon == std::string_view::npos ? line : trimmed(line.substr(colon + 1));
  for (const std::string& statement : split(rest, ";")) note_statement(trimmed(statement));
}

std::vector<PythonImport> PythonReader::read(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    size_t indent = 0;
    for (; at < text.size() && (text[at] == ' ' || text[at] == '\t'); ++at) indent += text[at] == '\t' ? 8 : 1;
    std::string line;
    std::vector<std::string> asked_for;
    for (int depth = 0; at < text.size() && (text[at] != '\n' || depth > 0);) {
      const char c = text[at];
      if (c == '#') {
        at = std::min(text.find('\n', at), text.size());
      } else if (c == '\\' && text.substr(at, 2) == "\\\n") {
        line += ' ';
        at += 2;
      } else if (c == '"' || c == '\'') {
        const size_t end = end_of_string(text, at);
        if ((line.ends_with("import_module(") || line.ends_with("__import__(")) && end > at + 2)
          asked_for.emplace_back(text.substr(at + 1, end - at - 2));
        line += "\"\"";
        at = end;
      } else {
        depth += (c == '(' || c == '[' || c == '{') ? 1 : (c == ')' || c == ']' || c == '}') && depth > 0 ? -1 : 0;
        line += c == '\n' ? ' ' : c;
        ++at;
      }
    }
    ++at;
    if (trimmed(line).empty()) continue;
    note_line(indent, trimmed(line));
    for (std::string& module : asked_for) {
      if (std::all_of(module.begin(), module.end(), [](char c) { return is_name_letter(c) || c == '.'; }))
        note({std::move(module), 0, {}, false});
    }
  }
  return std::move(found_);
}

}  // namespace

std::vector<Quoted> quoted_in(std::string_view text) {
  std::vector<Quoted> out;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    const bool has_quote = line.find_first_of("'\"`") != std::string_view::npos;
    if (!has_quote || trimmed(line).starts_with('#') || trimmed(line).starts_with("//")) continue;
    const auto& calls = knowledge::library_calls;
    const bool is_opened = std::any_of(
        calls.begin(), calls.end(), [&](std::string_view call) { return line.find(call) != std::string_view::npos; });
    const bool is_searched = line.find("util.find_library(") != std::string_view::npos;
    for (size_t at = line.find_first_of("'\"`"); at < line.size(); at = line.find_first_of("'\"`", at)) {
      const size_t close = line.find(line[at], at + 1);
      if (close == std::string_view::npos) break;
      const std::string_view inside = line.substr(at + 1, close - at - 1);
      const bool is_word =
          inside.size() <= longest_quoted && inside.find_first_of(" \t'\"`\\") == std::string_view::npos;
      if (is_word && !inside.empty()) out.push_back({std::string(inside), is_opened, is_searched});
      at = close + 1;
    }
  }
  return out;
}

std::vector<PythonImport> python_imports(std::string_view text) { return PythonReader().read(text); }

}  // namespace bundle::discover
