// See command_words.h.
#include "cli/command_words.h"

#include <fmt/format.h>

#include "base/error.h"

namespace bundle::cli {

namespace {

struct Word {
  std::string text;
  size_t plain = 0;       // bytes at its front that no quote covers
  bool is_input = false;  // the operator '<'
};

constexpr std::string_view blanks = " \t\n", operators = "|&;()>$`", escaped_in_quotes = "$`\"\\";

class Splitter {
 public:
  explicit Splitter(const std::string& text) : text_(text) {}

  std::vector<Word> split() {
    while (at_ < text_.size()) {
      const char letter = text_[at_++];
      if (blanks.find(letter) != std::string_view::npos) {
        end_word();
      } else if (letter == '<') {
        end_word();
        words_.push_back({"<", 1, true});
      } else {
        take(letter);
      }
    }
    end_word();
    return std::move(words_);
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw Error(Exit::usage, "", fmt::format("--run '{}' {}", printable(text_), why));
  }
  void end_word() {
    if (is_open_) words_.push_back(word_);
    word_ = {};
    is_open_ = is_quoted_ = false;
  }
  void add(char letter, bool quoted) {
    is_quoted_ = is_quoted_ || quoted;
    word_.text += letter;
    if (!is_quoted_) ++word_.plain;
  }
  void take(char letter) {
    is_open_ = true;
    if (letter == '\'') {
      const size_t end = text_.find('\'', at_);
      if (end == std::string::npos) fail("has a quote that does not end");
      is_quoted_ = true;
      word_.text += text_.substr(at_, end - at_);
      at_ = end + 1;
    } else if (letter == '"') {
      take_double_quoted();
    } else if (letter == '\\') {
      if (at_ == text_.size()) fail("ends with a backslash that quotes nothing");
      add(text_[at_++], true);
    } else {
      refuse_operator(letter);
      add(letter, false);
    }
  }
  void take_double_quoted() {
    is_quoted_ = true;
    for (;;) {
      if (at_ == text_.size()) fail("has a quote that does not end");
      char letter = text_[at_++];
      if (letter == '"') return;
      if (letter == '\\' && at_ < text_.size() && escaped_in_quotes.find(text_[at_]) != std::string_view::npos) {
        letter = text_[at_++];
      } else if (letter == '$' || letter == '`') {
        refuse_operator(letter);
      }
      word_.text += letter;
    }
  }
  void refuse_operator(char letter) const {
    if (operators.find(letter) == std::string_view::npos) return;
    fail(
        fmt::format("has a '{}', and no shell reads it. Quote it by a backslash if it is meant so, or give each "
                    "command a --run of its own",
                    letter));
  }

  const std::string& text_;
  size_t at_ = 0;
  std::vector<Word> words_;
  Word word_;
  bool is_open_ = false, is_quoted_ = false;
};

/// Whether it sets a variable: a name, and a '=' that no quote covers.
bool is_assignment(const Word& word) {
  const size_t equals = word.text.find('=');
  if (equals == 0 || equals == std::string::npos || equals >= word.plain) return false;
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
  return std::string_view(word.text).substr(0, equals).find_first_not_of(letters) == std::string_view::npos &&
         (word.text[0] < '0' || word.text[0] > '9');
}

}  // namespace

CommandWords parse_command(const std::string& text) {
  CommandWords command;
  std::vector<Word> words = Splitter(text).split();
  for (size_t i = 0; i < words.size(); ++i) {
    const Word& word = words[i];
    if (word.is_input) {
      const bool has_file = i + 1 < words.size() && !words[i + 1].is_input;
      if (!has_file || !command.input.empty() || words[i + 1].text.empty()) {
        throw Error(Exit::usage, "",
                    fmt::format("--run '{}' takes one file behind '<' as its standard input", printable(text)));
      }
      command.input = words[++i].text;
    } else if (command.words.empty() && is_assignment(word)) {
      const size_t equals = word.text.find('=');
      command.environment.emplace_back(word.text.substr(0, equals), word.text.substr(equals + 1));
    } else {
      command.words.push_back(word.text);
    }
  }
  if (command.words.empty() || command.words.front().empty()) {
    throw Error(Exit::usage, "", fmt::format("--run '{}' names no program", printable(text)));
  }
  return command;
}

}  // namespace bundle::cli
