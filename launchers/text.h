// Strings without a libc: comparisons, and a Writer that counts when it has nowhere to write.
//
// A string whose length is not known in advance is composed twice by the same function: once to count, once
// to write.
#pragma once

#include <stddef.h>
#include <stdint.h>

// The compiler may call these for loops and copies that it recognises.
extern "C" void* memcpy(void* to, const void* from, size_t size);
extern "C" void* memmove(void* to, const void* from, size_t size);
extern "C" void* memset(void* to, int byte, size_t size);

namespace text {

size_t length(const char* string);
bool equal(const char* a, const char* b);
/// Whether `string` begins with `prefix`.
bool begins(const char* string, const char* prefix);
/// What follows the last '/', the whole string when there is none.
const char* base_name(const char* path);

struct Writer {
  char* out;  // nullptr: only count
  size_t limit;
  size_t used = 0;  // bytes beyond the limit are counted and not written

  Writer(char* to, size_t room) : out(to), limit(room) {}
  void put(char byte) {
    if (out != nullptr && used < limit) out[used] = byte;
    ++used;
  }
  void put(const char* string) {
    while (*string != 0) put(*string++);
  }
  void put_number(uint64_t number);
  /// Whether all fitted.
  bool complete() const { return used <= limit; }
};

/// A copy of `size` bytes and a NUL that stays as long as the launcher does, or nullptr when there is no room
/// left. Close together, because each page that is touched costs as much as several system calls.
const char* keep(const char* bytes, size_t size);

/// "FOLDER/NAME", kept; nullptr when there is no room left.
const char* join(const char* folder, const char* name);

}  // namespace text
