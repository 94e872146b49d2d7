// JSON (RFC 8259) as far as events and answers need it: an event is read in one go, an answer is written as text.
#pragma once

#include "buffer.h"

namespace runtime {

/// What an event says: {"arguments": ["-x", …], "input": "…", "isBase64Encoded": true}, each of them optional.
struct Event {
  Buffer arguments;  // each followed by a NUL
  size_t count = 0;
  Buffer input;
};

/// nullptr, or why `text` is none. null is an event without anything; numbers, true and false are arguments by their
/// text. What else an object holds is passed over.
const char* parse_event(const Buffer& text, Event& event);

/// As a JSON string with its quotes. What is no UTF-8 becomes U+FFFD.
void put_string(Buffer& out, const Buffer& text);
/// The same of bytes that are none: in base64.
void put_base64(Buffer& out, const Buffer& bytes);
bool is_utf8(const Buffer& text);

}  // namespace runtime
