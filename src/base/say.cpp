// See say.h.
#include "base/say.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "base/printable.h"

namespace bundle {

namespace {

constexpr std::array colours = {colour::off, colour::bold, colour::dim, colour::red, colour::yellow};

/// Copies `text` and gives what would not be harmless to `escape`, a character (or a stray byte) at a time.
template <class Escape>
std::string filtered(std::string_view text, bool with_colours, const Escape& escape) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t plain = plain_prefix(text);
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    size_t length = 0;
    for (const std::string_view sequence : colours) {
      if (with_colours && text.starts_with(sequence)) length = sequence.size();
    }
    if (length == 0 && text.front() == '\n') length = 1;
    if (length > 0) {
      out += text.substr(0, length);
    } else {
      const Character character = first_character(text);
      length = character.length;
      if (character.is_safe) {
        out += text.substr(0, length);
      } else {
        escape(out, text.substr(0, length), character);
      }
    }
    text.remove_prefix(length);
  }
  return out;
}

void escape_bytes(std::string& out, std::string_view bytes, const Character&) {
  for (const char byte : bytes) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
}

void escape_for_json(std::string& out, std::string_view bytes, const Character& character) {
  const uint32_t code = character.code;
  if (!character.is_valid) {
    out += "\\ufffd";
  } else if (code < 0x10000U) {
    out += bytes == "\t" || bytes == "\r" ? std::string(bytes) : fmt::format("\\u{:04x}", code);
  } else {
    out += fmt::format("\\u{:04x}\\u{:04x}", 0xD800U + ((code - 0x10000U) >> 10U), 0xDC00U + (code & 0x3FFU));
  }
}

void write(std::FILE* stream, const std::string& text) { std::fwrite(text.data(), 1, text.size(), stream); }

}  // namespace

std::string harmless(std::string_view text) { return filtered(text, false, escape_bytes); }
std::string harmless_json(std::string_view text) { return filtered(text, false, escape_for_json); }

void say(std::string_view text) { write(stdout, harmless(text)); }
void say_coloured(std::string_view text) { write(stdout, filtered(text, true, escape_bytes)); }
void say_json(std::string_view text) { write(stdout, harmless_json(text)); }
void say_error(std::string_view text) {
  std::fflush(stdout);  // so that on a terminal or in one log it stands where it belongs
  write(stderr, harmless(text));
}

void draw_error_line(std::string_view text) {
  write(stderr, "\r" + harmless(text) + "\033[K");
  std::fflush(stderr);
}

bool send_bytes(std::string_view bytes) {
  return std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size() && std::ferror(stdout) == 0;
}

bool output_is_terminal() { return ::isatty(STDOUT_FILENO) == 1; }
bool error_is_terminal() { return ::isatty(STDERR_FILENO) == 1; }

}  // namespace bundle
