// See xml.h. A cursor over the text, and a parse that goes down one call an element, 32 at most: what is no document
// gives nothing, whichever way it is broken.
#include "discover/xml.h"

#include <charconv>

namespace bundle::discover {

namespace {

constexpr size_t most_text = 4'000'000;
constexpr int most_depth = 32;
constexpr std::string_view blanks = " \t\r\n";

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::optional<XmlElement> document() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    skip_aside();
    XmlElement root;
    if (!element(root, 0)) return std::nullopt;
    return root;
  }

 private:
  bool starts(std::string_view with) const { return text_.substr(at_).starts_with(with); }
  void skip_blanks() { at_ = std::min(text_.find_first_not_of(blanks, at_), text_.size()); }
  bool skip_past(std::string_view end) {
    const size_t found = text_.find(end, at_);
    at_ = found == std::string_view::npos ? text_.size() : found + end.size();
    return found != std::string_view::npos;
  }

  /// Blanks, comments, instructions and the DOCTYPE, with what it declares in brackets.
  void skip_aside() {
    for (skip_blanks(); at_ < text_.size(); skip_blanks()) {
      if (starts("<!--")) {
        skip_past("-->");
      } else if (starts("<?")) {
        skip_past("?>");
      } else if (starts("<!DOCTYPE")) {
        const size_t end = text_.find_first_of("[>", at_);
        at_ = std::min(end, text_.size());
        if (starts("[")) skip_past("]");
        skip_past(">");
      } else {
        return;
      }
    }
  }

  std::string name() {
    const size_t end = std::min(text_.find_first_of(" \t\r\n/>=<", at_), text_.size());
    std::string out(text_.substr(at_, end - at_));
    at_ = end;
    return out;
  }

  static std::string decoded(std::string_view raw) {
    constexpr std::pair<std::string_view, char> entities[] = {
        {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    std::string out;
    for (size_t at = 0; at < raw.size();) {
      const size_t end = raw[at] == '&' ? raw.find(';', at) : std::string_view::npos;
      if (end == std::string_view::npos) {
        out += raw[at++];
        continue;
      }
      const std::string_view entity = raw.substr(at + 1, end - at - 1);
      bool is_known = false;
      for (const auto& [known, sign] : entities) {
        if (entity != known) continue;
        out += sign;
        is_known = true;
      }
      unsigned code = 0;
      if (entity.starts_with('#')) {
        const bool is_hex = entity.substr(1).starts_with('x');
        const std::string_view digits = entity.substr(is_hex ? 2 : 1);
        const auto [stop, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), code, is_hex ? 16 : 10);
        is_known = error == std::errc() && stop == digits.data() + digits.size() && code > 0 && code < 0x80;
        if (is_known) out += static_cast<char>(code);
      }
      if (!is_known) out += raw.substr(at, end + 1 - at);
      at = end + 1;
    }
    return out;
  }

  bool attributes(XmlElement& out) {
    for (skip_blanks(); at_ < text_.size() && !starts(">") && !starts("/"); skip_blanks()) {
      std::string key = name();
      skip_blanks();
      if (key.empty() || !starts("=")) return false;
      ++at_;
      skip_blanks();
      if (!starts("\"") && !starts("'")) return false;
      const size_t end = text_.find(text_[at_], at_ + 1);
      if (end == std::string_view::npos) return false;
      out.attributes.emplace_back(std::move(key), decoded(text_.substr(at_ + 1, end - at_ - 1)));
      at_ = end + 1;
    }
    return at_ < text_.size();
  }

  bool element(XmlElement& out, int depth) {
    if (depth == most_depth || !starts("<")) return false;
    ++at_;
    out.name = name();
    if (out.name.empty() || !attributes(out)) return false;
    if (starts("/>")) {
      at_ += 2;
      return true;
    }
    if (!starts(">")) return false;
    ++at_;
    while (at_ < text_.size()) {
      if (starts("<!--")) {
        if (!skip_past("-->")) return false;
      } else if (starts("<![CDATA[")) {
        const size_t begin = at_ + 9;
        if (!skip_past("]]>")) return false;
        out.text += text_.substr(begin, at_ - 3 - begin);
      } else if (starts("<?")) {
        if (!skip_past("?>")) return false;
      } else if (starts("</")) {
        at_ += 2;
        if (name() != out.name) return false;
        skip_blanks();
        if (!starts(">")) return false;
        ++at_;
        return true;
      } else if (starts("<")) {
        out.children.emplace_back();
        if (!element(out.children.back(), depth + 1)) return false;
      } else {
        const size_t end = std::min(text_.find('<', at_), text_.size());
        out.text += decoded(text_.substr(at_, end - at_));
        at_ = end;
      }
    }
    return false;
  }

  const std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

std::string XmlElement::attribute(std::string_view wanted) const {
  for (const auto& [key, value] : attributes) {
    if (key == wanted) return value;
  }
  return {};
}

std::optional<XmlElement> parse_xml(std::string_view text) {
  if (text.size() > most_text) return std::nullopt;
  return Parser(text).document();
}

}  // namespace bundle::discover
