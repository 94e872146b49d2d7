#include "discover/names.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <cstring>
#include <iterator>
#include <unordered_set>

#include "base/file.h"
#include "base/interrupt.h"
#include "knowledge/folders.h"

namespace bundle::discover {

namespace {

constexpr size_t longest_path = 1024;

bool is_qt(std::string_view library) { return library.starts_with("libQt"); }

/// Qt's strings are UTF-16, and so are the literals that it is given: those of ASCII letters, as 8-bit texts.
std::string wide_texts(std::string_view part) {
  constexpr size_t shortest = 3;
  std::string out, text;
  for (size_t at = 0; at + 1 < part.size(); at += 2) {
    const char c = part[at];
    if (part[at + 1] == '\0' && c >= ' ' && c <= '~') {
      text += c;
      continue;
    }
    if (text.size() >= shortest && c == '\0' && part[at + 1] == '\0') out.append(text).push_back('\0');
    text.clear();
  }
  return out;
}

std::vector<std::string_view> parts_of_file(const elf::Image& image) {
  std::vector<std::string_view> parts;
  for (const elf::Section& section : image.sections()) {
    if ((section.sh_flags & SHF_ALLOC) == 0 || (section.sh_flags & SHF_EXECINSTR) != 0) continue;
    if (section.sh_type != SHT_PROGBITS || image.section_name(section).starts_with(".eh_frame")) continue;
    if (!image.bytes().contains(section.sh_offset.value, section.sh_size)) continue;
    parts.push_back(image.bytes().slice(section.sh_offset.value, section.sh_size).text());
  }
  if (!parts.empty()) return parts;
  for (const elf::Segment& segment : image.segments()) {
    if (segment.p_type != PT_LOAD) continue;
    parts.push_back(image.bytes().slice(segment.p_offset.value, segment.p_filesz).text());
  }
  return parts;
}

constexpr bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// A byte behind which a path may begin.
bool may_precede(char c) { return !is_word(c) && c != '/' && c != '.' && c != '%' && c != '-' && c != '}'; }

bool ends_path(char c) {
  return static_cast<unsigned char>(c) <= ' ' || static_cast<unsigned char>(c) == 0x7f ||
         std::strchr(":;,\"'`()<>|*?&=\\", c) != nullptr;
}

bool is_library_char(char c) { return is_word(c) || c == '-' || c == '.' || c == '+'; }

/// By a table, for it is asked of every letter of a file.
bool is_path_letter(char c) {
  static constexpr std::array<bool, 256> known = [] {
    std::array<bool, 256> out{};
    for (size_t i = 1; i < out.size(); ++i) {
      const char letter = static_cast<char>(i);
      out[i] = is_word(letter) || std::string_view("-.+/%@").find(letter) != std::string_view::npos;
    }
    return out;
  }();
  return known[static_cast<unsigned char>(c)];
}

/// Calls `look` with where each run of at least `shortest` such letters begins and ends.
template <class IsLetter, class Look>
void for_each_run(std::string_view part, size_t shortest, const IsLetter& is_letter, const Look& look) {
  // One of its letters is at one of these places.
  for (size_t at = shortest - 1; at < part.size(); at += shortest) {
    if (!is_letter(part[at])) continue;
    size_t begin = at, end = at + 1;
    while (begin > 0 && is_letter(part[begin - 1])) --begin;
    while (end < part.size() && is_letter(part[end])) ++end;
    if (end - begin >= shortest) look(begin, end);
    at = end;
  }
}

/// memmem() looks for more than the first letter, of which there are many.
size_t find_in(std::string_view part, std::string_view wanted, size_t from) {
  const void* const found = ::memmem(part.data() + from, part.size() - from, wanted.data(), wanted.size());
  return found == nullptr ? std::string_view::npos : static_cast<size_t>(static_cast<const char*>(found) - part.data());
}

template <class T>
void sort_unique(std::vector<T>& items) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

}  // namespace

Texts::Texts(const elf::Image& image) : parts_(parts_of_file(image)) {
  const std::vector<std::string>& needed = image.needed();
  if (!is_qt(image.soname().value_or("")) && std::none_of(needed.begin(), needed.end(), is_qt)) return;
  wide_.reserve(parts_.size());
  for (const std::string_view part : std::vector<std::string_view>(parts_)) {
    wide_.push_back(wide_texts(part));
    parts_.push_back(wide_.back());
  }
}

std::vector<NamedPath> named_paths(const Texts& texts) {
  static const std::array<std::vector<std::string_view>, 256> roots = [] {  // by what is behind the slash
    std::array<std::vector<std::string_view>, 256> table;
    for (const std::string& root : knowledge::beginnings_of_names())
      table[static_cast<unsigned char>(root[1])].push_back(root);
    table[static_cast<unsigned char>(own_maps[1])].push_back(own_maps);
    return table;
  }();
  std::vector<NamedPath> out;
  for (const std::string_view part : texts) {
    check_interrupted();
    for (size_t at = part.find('/'); at != std::string_view::npos; at = part.find('/', at + 1)) {
      const std::string_view rest = part.substr(at, longest_path);
      if (rest.size() < 2) break;
      const std::vector<std::string_view>& candidates = roots[static_cast<unsigned char>(rest[1])];
      const bool known_root = std::any_of(candidates.begin(), candidates.end(),
                                          [&](std::string_view root) { return rest.starts_with(root); });
      if (!known_root) continue;
      // "-L/usr/lib", "-I/usr/include": a compiler's option and a path.
      const bool option = at >= 2 && part[at - 2] == '-' && is_word(part[at - 1]);
      if (at > 0 && !option && !may_precede(part[at - 1])) {
        // A Rust or Go string may begin right behind another one. Take those from a folder of data, where a
        // chance meeting of letters is not to be feared.
        if (!knowledge::is_data_place(rest)) continue;
        if (part[at - 1] == '/' || part[at - 1] == '.') continue;  // "../usr/share", "file:///usr/share"
      }
      size_t end = 0;
      while (end < rest.size() && !ends_path(rest[end])) ++end;
      const bool terminated = end < rest.size() && (rest[end] == '\0' || rest[end] == ':');
      out.push_back({std::string(rest.substr(0, end)), terminated});
      at += end - 1;
    }
  }
  sort_unique(out);
  return out;
}

namespace {

/// Nim writes which versions it tries, in order, behind the name: "libpcre.so(.3|.1|)". Where `text` begins with such a
/// list, its alternatives, and `size` is its length; else one that is empty, and 0.
std::vector<std::string> alternatives(std::string_view text, size_t& size) {
  constexpr size_t longest = 100;
  const size_t end = text.substr(0, longest).find(')');
  size = text.starts_with('(') && end != std::string_view::npos ? end + 1 : 0;
  return size == 0 ? std::vector<std::string>{""} : split(text.substr(1, end - 1), "|");
}

}  // namespace

std::vector<std::string> named_libraries(const Texts& texts) {
  std::vector<std::string> out;
  for (const std::string_view part : texts) {
    check_interrupted();
    for (size_t at = part.find(".so"); at != std::string_view::npos; at = part.find(".so", at + 3)) {
      size_t begin = at;
      while (begin > 0 && at - begin < 100 && is_library_char(part[begin - 1])) --begin;
      size_t end = at + 3;
      while (end < part.size() && ((part[end] >= '0' && part[end] <= '9') || part[end] == '.')) ++end;
      size_t list_size = 0;
      const std::vector<std::string> versions = alternatives(part.substr(end), list_size);
      // A literal of Nim begins behind a word of its capacity, whose last byte is 0x40, '@'.
      const bool behind_capacity = begin >= 2 && part[begin - 1] == '@' && part[begin - 2] == '\0';
      const bool begins = begin == 0 || part[begin - 1] == '\0' || behind_capacity;
      const bool ends = end + list_size < part.size() && part[end + list_size] == '\0';
      if (!begins || !ends || at - begin < 3) continue;
      for (const std::string& version : versions) out.push_back(std::string(part.substr(begin, end - begin)) + version);
    }
  }
  sort_unique(out);
  return out;
}

namespace {

/// From behind a NUL or a slash to a NUL or a blank. Behind a blank begins no word: "see also less" is prose.
bool is_word_at(std::string_view part, size_t begin, size_t end) {
  return (begin == 0 || part[begin - 1] == '\0' || part[begin - 1] == '/') && end < part.size() &&
         (part[end] == '\0' || part[end] == ' ');
}

bool holds_word(const Texts& texts, std::string_view word) {
  for (const std::string_view part : texts) {
    for (size_t at = find_in(part, word, 0); at != std::string_view::npos; at = find_in(part, word, at + 1)) {
      if (is_word_at(part, at, at + word.size())) return true;
    }
  }
  return false;
}

/// Those of a list of names that are looked up as words of a text: what no name may be costs no look-up.
class WordList {
 public:
  /// What has another letter than `is_letter` allows is no word.
  template <class IsLetter>
  WordList(const std::vector<std::string>& names, const IsLetter& is_letter) {
    for (const std::string& name : names) {
      if (name.empty() || !std::all_of(name.begin(), name.end(), is_letter)) continue;
      wanted_.insert(name);
      longest_ = std::max(longest_, name.size());
      shortest_ = std::min(shortest_, name.size());
      may_be_.set(mark_of(name));
      for (const char c : name) letters_.set(static_cast<unsigned char>(c));
    }
  }
  /// Keeps those that are a run of names' letters of a part, and that `is_word` says to be one by where they begin and
  /// end.
  template <class IsWord>
  void look_through(std::string_view part, const IsWord& is_word) {
    const auto is_letter = [&](char c) { return letters_[static_cast<unsigned char>(c)]; };
    for_each_run(part, shortest_, is_letter, [&](size_t begin, size_t end) {
      if (end - begin > longest_) return;
      const std::string_view word = part.substr(begin, end - begin);
      if (!may_be_[mark_of(word)] || !is_word(begin, end)) return;
      const auto found = wanted_.find(word);
      if (found != wanted_.end()) found_.emplace_back(*found);
    });
  }
  std::vector<std::string> take() {
    sort_unique(found_);
    return std::move(found_);
  }

 private:
  /// Of its first letter and its length: most words of a text are told apart by these.
  static size_t mark_of(std::string_view word) {
    return static_cast<unsigned char>(word[0]) * size_t{64} + std::min<size_t>(word.size(), 63);
  }

  std::unordered_set<std::string_view> wanted_;
  std::bitset<256 * 64> may_be_;
  std::bitset<256> letters_;
  size_t shortest_ = SIZE_MAX / 2, longest_ = 0;
  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> named_words(const Texts& texts, const std::vector<std::string>& names) {
  constexpr size_t few = 6;  // each looked for on its own passes over most of a file
  if (names.size() <= few) {
    std::vector<std::string> found;
    std::copy_if(names.begin(), names.end(), std::back_inserter(found),
                 [&](const std::string& name) { return !name.empty() && holds_word(texts, name); });
    sort_unique(found);
    return found;
  }
  WordList words(names, [](char c) { return c != '\0' && c != ' ' && c != '/'; });
  for (const std::string_view part : texts) {
    words.look_through(part, [&](size_t begin, size_t end) { return is_word_at(part, begin, end); });
  }
  return words.take();
}

std::vector<std::string> names_in_text(const Texts& texts, const std::vector<std::string>& names) {
  WordList words(names, is_library_char);
  for (const std::string_view part : texts) {
    words.look_through(part, [&](size_t begin, size_t end) {
      return (begin == 0 || !is_library_char(part[begin - 1])) && end < part.size() && !is_library_char(part[end]);
    });
  }
  return words.take();
}

std::vector<std::string> library_globs(const Texts& texts) {
  constexpr size_t longest = 64;
  std::vector<std::string> out;
  for_each_text(texts, [&](std::string_view text) {
    if (!text.starts_with("lib") || text.size() > longest) return;
    const size_t open = text.find_first_of("*%");
    const std::string_view fixed = text.substr(0, open);
    if (open == std::string_view::npos || fixed.size() < 6 || !std::all_of(fixed.begin(), fixed.end(), is_library_char))
      return;
    if (fixed.ends_with('.') || fixed.ends_with(".so")) out.push_back(glob_of_format(fixed) + "*");
  });
  sort_unique(out);
  return out;
}

void for_each_text(const Texts& texts, const std::function<void(std::string_view)>& look) {
  for (const std::string_view part : texts) {
    for (size_t begin = 0; begin < part.size();) {
      if (part[begin] == '\0') {  // long stretches of tables are nothing but these
        ++begin;
        continue;
      }
      const size_t end = part.find('\0', begin);
      if (end == std::string_view::npos) break;
      look(part.substr(begin, end - begin));
      begin = end + 1;
    }
  }
}

void for_each_text_holding(char letter, const Texts& texts, const std::function<void(std::string_view)>& look) {
  for (const std::string_view part : texts) {
    size_t done = 0;
    for (size_t at = part.find(letter); at != std::string_view::npos; at = part.find(letter, done)) {
      const void* const before = ::memrchr(part.data() + done, '\0', at - done);
      const size_t begin =
          before == nullptr ? done : static_cast<size_t>(static_cast<const char*>(before) - part.data()) + 1;
      const size_t end = part.find('\0', at);
      if (end == std::string_view::npos) break;
      look(part.substr(begin, end - begin));
      done = end + 1;
    }
  }
}

void for_each_path_text(const Texts& texts, const std::function<void(std::string_view)>& look) {
  constexpr size_t shortest = 3;
  for (const std::string_view part : texts) {
    for_each_run(part, shortest, is_path_letter, [&](size_t begin, size_t end) {
      const bool is_whole = (begin == 0 || part[begin - 1] == '\0') && end < part.size() && part[end] == '\0';
      if (is_whole) look(part.substr(begin, end - begin));
    });
  }
}

bool is_written_as_path(std::string_view text) { return std::all_of(text.begin(), text.end(), is_path_letter); }

bool holds_path(const Texts& texts, std::string_view path) {
  for (const std::string_view part : texts) {
    for (size_t at = find_in(part, path, 0); at != std::string_view::npos; at = find_in(part, path, at + 1)) {
      const size_t end = at + path.size();
      const bool is_whole = end >= part.size() || (!is_library_char(part[end]));
      if (is_whole && (at == 0 || may_precede(part[at - 1]))) return true;
    }
  }
  return false;
}

std::string glob_of_format(std::string_view format) {
  std::string glob;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      if (std::strchr("*?[\\", format[i]) != nullptr) glob += '\\';
      glob += format[i];
      continue;
    }
    if (i + 1 < format.size() && format[i + 1] == '%') {
      glob += '%';
      ++i;
      continue;
    }
    // Flags, width, precision and length modifiers, then one letter.
    size_t end = i + 1;
    while (end < format.size() && std::strchr("-+ #0123456789.*hlLqjzt$'", format[end]) != nullptr) ++end;
    if (!glob.ends_with('*')) glob += '*';
    i = end;
  }
  return glob;
}

}  // namespace bundle::discover
