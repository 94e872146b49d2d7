// See table_of_libraries.h. By the looks of the text alone: a word too many does no harm, for it counts only where
// there is such a library, or where another file holds it, too.
#include "discover/table_of_libraries.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/file.h"
#include "base/printable.h"

namespace bundle::discover {

namespace {

constexpr std::string_view ending = ".so";

/// So many names of a row that the settings hold, too, make its library a main part of the program; of a small library
/// more are asked for.
constexpr size_t enough_names = 2, enough_names_of_small = 4;
constexpr uint64_t small_library = 1'000'000;

bool is_name_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.' || c == '+';
}

/// Of the element that the position lies in: the tag alone where it has no content.
std::string_view element_around(std::string_view text, size_t at) {
  const size_t begin = text.rfind('<', at);
  const size_t close = text.find('>', at);
  if (begin == std::string_view::npos || close == std::string_view::npos) return {};
  const size_t after = text.find_first_of(" \t\r\n/>", begin + 1);
  if (text[close - 1] == '/' || after > close) return text.substr(begin, close + 1 - begin);
  const std::string end_tag = "</" + std::string(text.substr(begin + 1, after - begin - 1)) + ">";
  const size_t end = text.find(end_tag, close);
  return text.substr(begin, (end == std::string_view::npos ? close + 1 : end) - begin);
}

std::string_view line_around(std::string_view text, size_t at) {
  const size_t before = text.rfind('\n', at);
  const size_t begin = before == std::string_view::npos ? 0 : before + 1;
  return text.substr(begin, std::min(text.find('\n', at), text.size()) - begin);
}

}  // namespace

std::vector<std::string> qualified_names(std::string_view text) {
  std::vector<std::string> out;
  for (size_t at = 0; at < text.size(); ++at) {
    if (!is_name_char(text[at])) continue;
    size_t end = at;
    while (end < text.size() && is_name_char(text[end])) ++end;
    const std::string_view word = text.substr(at, end - at);
    at = end;
    const size_t dot = word.find('.');
    const bool is_qualified = dot != std::string_view::npos && dot > 0 && dot + 1 < word.size();
    const bool is_number = std::isdigit(static_cast<unsigned char>(word[0])) != 0;
    if (is_qualified && !is_number && word.find(ending) == std::string_view::npos) out.emplace_back(word);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::vector<TableRow> rows_of_table(std::string_view text) {
  std::vector<TableRow> out;
  const size_t first = text.find_first_not_of(" \t\r\n");
  const bool is_xml = first != std::string_view::npos && text[first] == '<';
  for (size_t at = text.find(ending); at != std::string_view::npos; at = text.find(ending, at + ending.size())) {
    size_t begin = at, end = at + ending.size();
    while (begin > 0 && is_name_char(text[begin - 1])) --begin;
    if (begin == at || (end < text.size() && is_name_char(text[end]) && text[end] != '.')) continue;
    while (end < text.size() && (text[end] == '.' || std::isdigit(static_cast<unsigned char>(text[end])) != 0)) ++end;
    while (text[end - 1] == '.') --end;
    const std::string_view row = is_xml ? element_around(text, at) : line_around(text, at);
    out.push_back({std::string(text.substr(begin, end - begin)), qualified_names(row)});
  }
  return out;
}

void Registry::add_table(const std::string& path, std::string_view text) {
  for (TableRow& row : rows_of_table(text)) {
    const auto size = sizes_.find(row.library);
    if (size == sizes_.end()) continue;
    Library& library = libraries_[row.library];
    library.size = size->second;
    library.tables.insert(path);
    library.names.insert(row.names.begin(), row.names.end());
  }
}

void Registry::note_shared() {
  for (auto& [name, library] : libraries_) {
    if (library.tables.size() > 1) library.by = printable(base_name(*library.tables.begin())) + " names it, too";
  }
}

void Registry::note_settings(const std::map<std::string, const std::vector<std::string>*>& names) {
  std::map<std::string, Library*> of_one;  // by name of a row; null: of several
  for (auto& [name, library] : libraries_) {
    for (const std::string& word : library.names) {
      const auto [at, is_new] = of_one.emplace(word, &library);
      if (!is_new) at->second = nullptr;
    }
  }
  std::map<const Library*, size_t> held;
  for (const auto& [file, words] : names) {
    for (const std::string& word : *words) {
      const auto of = of_one.find(word);
      if (of == of_one.end() || of->second == nullptr) continue;
      Library& library = *of->second;
      const size_t enough = library.size < small_library ? enough_names_of_small : enough_names;
      if (++held[&library] == enough && library.by.empty()) library.by = fmt::format("{} holds \"{}\"", file, word);
    }
  }
}

Registry::Library* Registry::find(const std::string& name) {
  const auto at = libraries_.find(name);
  return at == libraries_.end() ? nullptr : &at->second;
}

}  // namespace bundle::discover
