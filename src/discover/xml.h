// The little of XML that settings files are written in: elements, attributes, text, comments, CDATA, entities.
//
// No validation. A file that declares entities is refused; depth and size have limits, so that none takes more memory
// than a settings file may.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bundle::discover {

struct XmlElement {
  std::string name;
  std::vector<std::pair<std::string, std::string>> attributes;
  std::string text;  // all of it, without that of the elements inside
  std::vector<XmlElement> children;

  /// The value of an attribute, or "".
  std::string attribute(std::string_view wanted) const;
};

/// The outermost element; nothing when the text is no XML document.
std::optional<XmlElement> parse_xml(std::string_view text);

}  // namespace bundle::discover
