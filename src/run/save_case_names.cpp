// See save_case_names.h.
#include "run/save_case_names.h"

#include <algorithm>

#include "base/file.h"
#include "plan/paths.h"

namespace bundle::run {

namespace {

constexpr size_t shortest_word = 2;  // a letter stands in any text without meaning a thing

bool is_of_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f'); }

/// Whether what lies from `start` to `end` is no part of a longer word. In a URL "%2F" is no letter either.
bool stands_alone(std::string_view text, size_t start, size_t end) {
  const bool is_behind_escape =
      start >= 3 && text[start - 3] == '%' && is_hex(text[start - 2]) && is_hex(text[start - 1]);
  return (start == 0 || is_behind_escape || !is_of_word(text[start - 1])) &&
         (end == text.size() || !is_of_word(text[end]));
}

/// Each `word` that stands alone, by one of the same length.
void replace(std::string& text, const std::string& word, const std::string& by) {
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    if (stands_alone(text, at, at + word.size())) text.replace(at, word.size(), by);
  }
}

/// The `number`th word of that length: "case", repeated, with the number at its end.
std::string word_of(size_t length, size_t number) {
  std::string out;
  while (out.size() < length) out += "case";
  const std::string end = std::to_string(number);
  out.resize(length);
  return end.size() >= length ? end.substr(end.size() - length) : out.replace(length - end.size(), end.size(), end);
}

}  // namespace

CaseNames::CaseNames(const std::vector<std::string>& folders, const std::vector<std::string>& users,
                     const std::set<std::string>& kept) {
  for (const std::string& folder : folders) {
    if (plan::is_system_path(folder + "/")) continue;
    std::string above;
    for (const std::string& part : split(folder, "/")) {
      if (part.empty()) continue;
      // The first part of a path is a place that every machine has, or says nothing by itself: /home, /srv, /data.
      if (!above.empty()) add(part, kept);
      above += "/" + part;
    }
  }
  for (const std::string& user : users) {
    add(user, kept);
    if (words_.count(user) > 0) users_.push_back(user);
  }
  std::set<std::string> whole;
  for (const std::string& folder : folders) {
    for (std::string path = folder; path.size() > 1 && path.find('/', 1) != std::string::npos;
         path = std::string(folder_name(path))) {
      if (in_text(path) != path) whole.insert(path);
    }
  }
  for (const std::string& path : whole) prefixes_.emplace_back(path, in_text(path));
  std::stable_sort(prefixes_.begin(), prefixes_.end(),
                   [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
}

void CaseNames::add(const std::string& word, const std::set<std::string>& kept) {
  if (word.size() < shortest_word || kept.count(word) > 0 || words_.count(word) > 0) return;
  std::string by;
  for (size_t number = words_.size(); by.empty() || by == word || kept.count(by) > 0; ++number) {
    by = word_of(word.size(), number);
    const auto is_taken = [&](const auto& other) { return other.second == by; };
    if (std::any_of(words_.begin(), words_.end(), is_taken) && number < words_.size() + 1000) by.clear();
  }
  words_.emplace(word, by);
}

std::string CaseNames::in_text(std::string text) const {
  // The longest first, for one may be part of another: "alice-dev" of "alice".
  std::vector<const std::pair<const std::string, std::string>*> words;
  for (const auto& word : words_) words.push_back(&word);
  std::stable_sort(words.begin(), words.end(),
                   [](const auto* a, const auto* b) { return a->first.size() > b->first.size(); });
  for (const auto* word : words) replace(text, word->first, word->second);
  return text;
}

std::string CaseNames::in_content(std::string content, const std::string& inside, bool is_shipped) const {
  if (in_text(inside) != inside) return in_text(std::move(content));
  for (const auto& [path, by] : prefixes_) replace(content, path, by);
  if (is_shipped) return content;
  for (const std::string& user : users_) replace(content, user, words_.at(user));
  return content;
}

}  // namespace bundle::run
