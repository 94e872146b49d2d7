#include "resolve/tokens.h"

#include <array>
#include <cctype>
#include <utility>

namespace bundle::resolve {

namespace {

/// The length of the token `name` at the front of `rest`, which follows a '$'; 0 when it is not there.
size_t token_length(std::string_view rest, std::string_view name) {
  if (rest.starts_with('{')) {
    rest.remove_prefix(1);
    return rest.starts_with(name) && rest.substr(name.size()).starts_with('}') ? name.size() + 2 : 0;
  }
  if (!rest.starts_with(name)) return 0;
  rest.remove_prefix(name.size());
  const unsigned char next = rest.empty() ? 0 : static_cast<unsigned char>(rest.front());
  const bool goes_on = next < 0x80U && (std::isalnum(next) != 0 || next == '_');
  return goes_on ? 0 : name.size();
}

}  // namespace

std::optional<std::string> expand_tokens(std::string_view text, const TokenValue& value_of) {
  constexpr std::array<std::pair<std::string_view, Token>, 3> known = {
      {{"ORIGIN", Token::origin}, {"PLATFORM", Token::platform}, {"LIB", Token::lib}}};
  std::string out;
  while (!text.empty()) {
    const size_t dollar = text.find('$');
    out += text.substr(0, dollar);
    if (dollar == std::string_view::npos) break;
    text.remove_prefix(dollar + 1);
    bool replaced = false;
    for (const auto& [name, token] : known) {
      const size_t length = token_length(text, name);
      if (length == 0) continue;
      const std::string value = value_of(token);
      if (value.empty()) return std::nullopt;
      out += value;
      text.remove_prefix(length);
      replaced = true;
      break;
    }
    if (!replaced) out += '$';
  }
  return out;
}

std::optional<std::string> expand_origin(std::string_view text, std::string_view origin) {
  std::string out;
  while (!text.empty()) {
    const size_t dollar = text.find('$');
    out += text.substr(0, dollar);
    if (dollar == std::string_view::npos) break;
    text.remove_prefix(dollar);
    const bool bare = text.starts_with("$ORIGIN");
    if (!bare && !text.starts_with("${ORIGIN}")) return std::nullopt;
    out += origin;
    text.remove_prefix(bare ? 7 : 9);
  }
  return out;
}

}  // namespace bundle::resolve
