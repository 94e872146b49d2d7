// See rpm_relation.h.
#include "packages/rpm_relation.h"

#include <utility>

namespace bundle::packages {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// To the next blank, or the bracket that ends the group; brackets within a name are part of it: "foo(x86-64)".
std::string_view word_at(std::string_view text, size_t at) {
  size_t end = at, depth = 0;
  for (; end < text.size() && !is_blank(text[end]); ++end) {
    if (text[end] == '(') ++depth;
    if (text[end] == ')' && depth-- == 0) break;
  }
  return text.substr(at, end - at);
}

bool is_comparison(std::string_view word) { return word.find_first_not_of("<>=") == std::string_view::npos; }

}  // namespace

std::vector<std::string_view> capabilities_of(std::string_view requirement) {
  if (!requirement.starts_with('(')) return {requirement};
  std::vector<std::string_view> out;
  std::vector<bool> is_asked = {true};  // by group that is open, whether what comes next in it is no condition
  bool is_version = false;
  for (size_t at = 0; at < requirement.size();) {
    const char c = requirement[at];
    if (is_blank(c)) {
      ++at;
    } else if (c == '(') {
      is_asked.push_back(is_asked.back());
      ++at;
    } else if (c == ')') {
      if (is_asked.size() > 1) is_asked.pop_back();
      ++at;
    } else {
      const std::string_view word = word_at(requirement, at);
      at += word.size();
      if (std::exchange(is_version, is_comparison(word)) || is_version) continue;
      if (word == "and" || word == "or" || word == "with") continue;
      if (word == "if" || word == "unless" || word == "without") {
        is_asked.back() = false;
      } else if (word == "else") {
        is_asked.back() = is_asked.size() < 2 || is_asked[is_asked.size() - 2];
      } else if (is_asked.back()) {
        out.push_back(word);
      }
    }
  }
  return out;
}

}  // namespace bundle::packages
