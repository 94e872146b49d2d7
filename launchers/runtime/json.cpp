// See json.h. Recursion is bounded, and every byte is looked at once.
#include "json.h"

namespace runtime {

namespace {

constexpr int deepest = 100;

/// The length of the well-formed character at `at`, 0 when there is none (Unicode, table 3-7).
size_t character(const unsigned char* at, size_t left) {
  const unsigned char first = at[0];
  if (first < 0x80) return 1;
  const auto follows = [&](size_t i, unsigned char low = 0x80, unsigned char high = 0xBF) {
    return i < left && at[i] >= low && at[i] <= high;
  };
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool second = follows(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF);
    return second && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool second = follows(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF);
    return second && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

void put_code(Buffer& out, uint32_t code) {
  if (code < 0x80) {
    out.put(static_cast<char>(code));
  } else if (code < 0x800) {
    out.put(static_cast<char>(0xC0U | code >> 6U));
    out.put(static_cast<char>(0x80U | (code & 0x3FU)));
  } else if (code < 0x10000) {
    out.put(static_cast<char>(0xE0U | code >> 12U));
    out.put(static_cast<char>(0x80U | (code >> 6U & 0x3FU)));
    out.put(static_cast<char>(0x80U | (code & 0x3FU)));
  } else {
    out.put(static_cast<char>(0xF0U | code >> 18U));
    out.put(static_cast<char>(0x80U | (code >> 12U & 0x3FU)));
    out.put(static_cast<char>(0x80U | (code >> 6U & 0x3FU)));
    out.put(static_cast<char>(0x80U | (code & 0x3FU)));
  }
}

const char* const malformed = "is no JSON";

/// Reads from `at` on. `error` is set once, and nothing is read from then on.
class Reader {
 public:
  explicit Reader(const Buffer& text) : at_(text.data), end_(text.data + text.size) {}

  const char* error = nullptr;

  char next() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r')) ++at_;
    return at_ == end_ || error != nullptr ? '\0' : *at_;
  }
  bool take(char letter) {
    if (next() != letter || letter == 0) return false;
    ++at_;
    return true;
  }
  void expect(char letter) {
    if (!take(letter) && error == nullptr) error = malformed;
  }
  bool at_end() { return next() == 0 && at_ == end_ && error == nullptr; }

  /// A string; `out` may be null.
  void string(Buffer* out) {
    expect('"');
    while (error == nullptr) {
      const char* const start = at_;
      while (at_ != end_ && *at_ != '"' && *at_ != '\\' && static_cast<unsigned char>(*at_) >= 0x20) ++at_;
      if (out != nullptr) out->put(start, static_cast<size_t>(at_ - start));
      if (at_ == end_ || static_cast<unsigned char>(*at_) < 0x20) {
        error = malformed;
        return;
      }
      if (*at_++ == '"') return;
      escape(out);
    }
  }

  /// A number or a word, as it stands; false when it is neither. `out` may be null.
  bool scalar(Buffer* out) {
    next();
    const char* const start = at_;
    while (at_ != end_ && ((*at_ >= 'a' && *at_ <= 'z') || (*at_ >= '0' && *at_ <= '9') || *at_ == '-' || *at_ == '+' ||
                           *at_ == '.' || *at_ == 'E')) {
      ++at_;
    }
    const auto size = static_cast<size_t>(at_ - start);
    const bool good = size > 0 && (is_word(start, size, "true") || is_word(start, size, "false") ||
                                   is_word(start, size, "null") || *start == '-' || (*start >= '0' && *start <= '9'));
    if (!good) {
      error = malformed;
      return false;
    }
    if (out != nullptr) out->put(start, size);
    return true;
  }

  /// Any value, passed over.
  void skip(int depth = 0) {
    const char first = next();
    if (depth > deepest) error = "is nested too deep";
    if (error != nullptr) return;
    if (first == '"') return string(nullptr);
    if (first != '{' && first != '[') {
      scalar(nullptr);
      return;
    }
    const char last = first == '{' ? '}' : ']';
    ++at_;
    if (take(last)) return;
    do {
      if (first == '{') {
        string(nullptr);
        expect(':');
      }
      skip(depth + 1);
    } while (take(','));
    expect(last);
  }

 private:
  static bool is_word(const char* start, size_t size, const char* word) {
    for (size_t i = 0; i < size; ++i) {
      if (start[i] != word[i]) return false;  // a word's NUL is no letter of it
    }
    return word[size] == 0;
  }

  uint32_t unit() {
    uint32_t value = 0;
    for (int i = 0; i < 4; ++i) {
      const char digit = at_ == end_ ? '\0' : *at_++;
      value *= 16;
      if (digit >= '0' && digit <= '9') {
        value += static_cast<uint32_t>(digit - '0');
      } else if ((digit >= 'a' && digit <= 'f') || (digit >= 'A' && digit <= 'F')) {
        value += static_cast<uint32_t>((digit | 0x20) - 'a' + 10);
      } else {
        error = malformed;
        return 0;
      }
    }
    return value;
  }

  void escape(Buffer* out) {
    const char letter = at_ == end_ ? '\0' : *at_++;
    char stands_for = letter;
    switch (letter) {
      case 'b':
        stands_for = '\b';
        break;
      case 'f':
        stands_for = '\f';
        break;
      case 'n':
        stands_for = '\n';
        break;
      case 'r':
        stands_for = '\r';
        break;
      case 't':
        stands_for = '\t';
        break;
      case '"':
      case '\\':
      case '/':
        break;
      case 'u': {
        uint32_t code = unit();
        if (code >= 0xD800 && code < 0xDC00 && end_ - at_ >= 6 && at_[0] == '\\' && at_[1] == 'u') {
          const char* const back = at_;
          at_ += 2;
          const uint32_t low = unit();
          if (low >= 0xDC00 && low < 0xE000) {
            code = 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00);
          } else {
            at_ = back;
          }
        }
        if (code >= 0xD800 && code < 0xE000) code = 0xFFFD;  // half of a pair
        if (out != nullptr && error == nullptr) put_code(*out, code);
        return;
      }
      default:
        error = malformed;
        return;
    }
    if (out != nullptr) out->put(stands_for);
  }

  const char* at_;
  const char* end_;
};

bool is(Buffer& name, const char* text) { return text::equal(name.string(), text); }

void read_arguments(Reader& reader, Event& event) {
  if (!reader.take('[')) {
    reader.error = "has \"arguments\" that are no list";
    return;
  }
  if (reader.take(']')) return;
  do {
    const size_t start = event.arguments.size;
    const char first = reader.next();
    if (first == '"') {
      reader.string(&event.arguments);
    } else if (first == '{' || first == '[') {
      reader.error = "has an argument that is no text";
    } else {
      reader.scalar(&event.arguments);
    }
    for (size_t i = start; i < event.arguments.size && reader.error == nullptr; ++i) {
      if (event.arguments.data[i] == 0) reader.error = "has an argument that holds a NUL";
    }
    event.arguments.put('\0');
    ++event.count;
  } while (reader.take(',') && reader.error == nullptr);
  reader.expect(']');
}

/// In place. False when it is none.
bool decode_base64(Buffer& text) {
  size_t out = 0;
  uint32_t bits = 0;
  unsigned count = 0;
  for (size_t i = 0; i < text.size; ++i) {
    const char letter = text.data[i];
    uint32_t value = 0;
    if (letter >= 'A' && letter <= 'Z') {
      value = static_cast<uint32_t>(letter - 'A');
    } else if (letter >= 'a' && letter <= 'z') {
      value = static_cast<uint32_t>(letter - 'a') + 26;
    } else if (letter >= '0' && letter <= '9') {
      value = static_cast<uint32_t>(letter - '0') + 52;
    } else if (letter == '+' || letter == '/') {
      value = letter == '+' ? 62 : 63;
    } else if (letter == '=' || letter == '\n' || letter == '\r') {
      continue;
    } else {
      return false;
    }
    bits = bits << 6U | value;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    text.data[out++] = static_cast<char>(bits >> count & 0xFFU);
  }
  text.size = out;
  return count < 6;
}

}  // namespace

const char* parse_event(const Buffer& text, Event& event) {
  event.arguments.clear();
  event.input.clear();
  event.count = 0;
  Reader reader(text);
  static Buffer name;
  bool is_base64 = false;
  if (reader.next() == 'n') {
    name.clear();
    reader.scalar(&name);
    if (reader.error == nullptr && !is(name, "null")) reader.error = malformed;
  } else if (reader.take('{')) {
    if (!reader.take('}')) {
      do {
        name.clear();
        reader.string(&name);
        reader.expect(':');
        if (reader.error != nullptr) break;
        const bool is_null = reader.next() == 'n';
        if (is(name, "arguments") && !is_null) {
          event.arguments.clear();
          event.count = 0;
          read_arguments(reader, event);
        } else if (is(name, "input") && !is_null) {
          event.input.clear();
          if (reader.next() != '"') return "has an \"input\" that is no text";
          reader.string(&event.input);
        } else if (is(name, "isBase64Encoded") && !is_null) {
          is_base64 = reader.next() == 't';
          reader.skip();
        } else {
          reader.skip();
        }
      } while (reader.take(',') && reader.error == nullptr);
      reader.expect('}');
    }
  } else {
    reader.skip();
    if (reader.error == nullptr) return "is no object with \"arguments\" and \"input\"";
  }
  if (reader.error == nullptr && !reader.at_end()) reader.error = malformed;
  if (reader.error == nullptr && is_base64 && !decode_base64(event.input)) return "has an \"input\" that is no base64";
  return reader.error;
}

bool is_utf8(const Buffer& text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data);
  for (size_t at = 0; at < text.size;) {
    const size_t length = bytes[at] < 0x80 ? 1 : character(bytes + at, text.size - at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

void put_string(Buffer& out, const Buffer& text) {
  const char* const digits = "0123456789abcdef";
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data);
  out.put('"');
  size_t done = 0;
  for (size_t at = 0; at < text.size;) {
    const size_t length = bytes[at] < 0x80 ? 1 : character(bytes + at, text.size - at);
    const char letter = text.data[at];
    if (length > 0 && letter != '"' && letter != '\\' && bytes[at] >= 0x20 && letter != 0x7F) {
      at += length;
      continue;
    }
    out.put(text.data + done, at - done);
    if (length == 0) {
      out.put("\\ufffd");
    } else if (letter == '"' || letter == '\\') {
      out.put('\\');
      out.put(letter);
    } else if (letter == '\n') {
      out.put("\\n");
    } else {
      out.put("\\u00");
      out.put(digits[bytes[at] >> 4U]);
      out.put(digits[bytes[at] & 15U]);
    }
    done = ++at;
  }
  out.put(text.data + done, text.size - done);
  out.put('"');
}

void put_base64(Buffer& out, const Buffer& bytes) {
  const char* const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data);
  out.put('"');
  for (size_t at = 0; at < bytes.size; at += 3) {
    const size_t left = bytes.size - at;
    const uint32_t bits = static_cast<uint32_t>(data[at]) << 16U |
                          (left > 1 ? static_cast<uint32_t>(data[at + 1]) << 8U : 0U) | (left > 2 ? data[at + 2] : 0U);
    out.put(letters[bits >> 18U]);
    out.put(letters[bits >> 12U & 63U]);
    out.put(left > 1 ? letters[bits >> 6U & 63U] : '=');
    out.put(left > 2 ? letters[bits & 63U] : '=');
  }
  out.put('"');
}

}  // namespace runtime
