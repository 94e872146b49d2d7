// See xml.h. By expat, which reads the text whole; what is here keeps its elements, and stops it where a file declares
// entities of its own or goes deeper than settings do.
#include "discover/xml.h"

#include <expat.h>

#include <memory>

namespace bundle::discover {

namespace {

constexpr size_t most_text = 4'000'000;
constexpr size_t most_depth = 32;

/// Builds the elements as expat tells of them.
class Builder {
 public:
  explicit Builder(std::string_view text) : parser_(XML_ParserCreate(nullptr), XML_ParserFree) {
    if (parser_ == nullptr) return;
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(parser_.get(), begin, end);
    XML_SetCharacterDataHandler(parser_.get(), add_text);
    XML_SetEntityDeclHandler(parser_.get(), declare);
    is_whole_ = XML_Parse(parser_.get(), text.data(), static_cast<int>(text.size()), XML_TRUE) == XML_STATUS_OK;
  }

  std::optional<XmlElement> take() { return is_whole_ ? std::move(root_) : std::nullopt; }

 private:
  static Builder& of(void* data) { return *static_cast<Builder*>(data); }

  static void XMLCALL begin(void* data, const XML_Char* name, const XML_Char** attributes) {
    Builder& self = of(data);
    if (self.open_.size() == most_depth) return self.stop();
    // The elements above do not move while one below is open: only the last of a list grows.
    XmlElement& element = self.open_.empty() ? self.root_.emplace() : self.open_.back()->children.emplace_back();
    element.name = name;
    for (; *attributes != nullptr; attributes += 2) element.attributes.emplace_back(attributes[0], attributes[1]);
    self.open_.push_back(&element);
  }
  static void XMLCALL end(void* data, const XML_Char*) { of(data).open_.pop_back(); }
  static void XMLCALL add_text(void* data, const XML_Char* text, int size) {
    Builder& self = of(data);
    if (!self.open_.empty()) self.open_.back()->text.append(text, static_cast<size_t>(size));
  }
  static void XMLCALL declare(void* data, const XML_Char*, int, const XML_Char*, int, const XML_Char*, const XML_Char*,
                              const XML_Char*, const XML_Char*) {
    of(data).stop();
  }
  void stop() { XML_StopParser(parser_.get(), XML_FALSE); }

  std::unique_ptr<XML_ParserStruct, void (*)(XML_Parser)> parser_;
  std::optional<XmlElement> root_;
  std::vector<XmlElement*> open_;  // from the outermost down
  bool is_whole_ = false;
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
  return Builder(text).take();
}

}  // namespace bundle::discover
