// See text.h. The loops are plain, for size counts and most of them work on a few hundred bytes. Copies go by words: an
// event of the runtime client is megabytes.
#include "text.h"

namespace {
/// Whatever lies there, at any address.
using Word [[gnu::may_alias, gnu::aligned(1)]] = uint64_t;
}  // namespace

extern "C" {

void* memcpy(void* to, const void* from, size_t size) { return memmove(to, from, size); }

void* memmove(void* to, const void* from, size_t size) {
  auto* target = static_cast<volatile unsigned char*>(to);  // volatile: or this loop becomes a call of itself
  const auto* source = static_cast<const unsigned char*>(from);
  constexpr size_t word = sizeof(Word);
  if (target < source) {
    for (; size >= word; size -= word, target += word, source += word)
      *reinterpret_cast<volatile Word*>(target) = *reinterpret_cast<const Word*>(source);
    for (size_t i = 0; i < size; ++i) target[i] = source[i];
  } else {
    for (; size >= word; size -= word)
      *reinterpret_cast<volatile Word*>(target + size - word) = *reinterpret_cast<const Word*>(source + size - word);
    for (size_t i = size; i > 0; --i) target[i - 1] = source[i - 1];
  }
  return to;
}

void* memset(void* to, int byte, size_t size) {
  auto* target = static_cast<volatile unsigned char*>(to);
  for (size_t i = 0; i < size; ++i) target[i] = static_cast<unsigned char>(byte);
  return to;
}
}

namespace text {

size_t length(const char* string) {
  size_t size = 0;
  while (string[size] != 0) ++size;
  return size;
}

bool equal(const char* a, const char* b) {
  while (*a != 0 && *a == *b) ++a, ++b;
  return *a == *b;
}

bool begins(const char* string, const char* prefix) {
  while (*prefix != 0) {
    if (*string++ != *prefix++) return false;
  }
  return true;
}

const char* base_name(const char* path) {
  const char* base = path;
  for (const char* at = path; *at != 0; ++at) {
    if (*at == '/') base = at + 1;
  }
  return base;
}

namespace {
char kept[65536];
size_t kept_size;
}  // namespace

const char* keep(const char* bytes, size_t size) {
  if (size >= sizeof kept - kept_size) return nullptr;
  char* const copy = kept + kept_size;
  memcpy(copy, bytes, size);
  copy[size] = 0;
  kept_size += size + 1;
  return copy;
}

const char* join(const char* folder, const char* name) {
  Writer out(kept + kept_size, sizeof kept - kept_size);
  out.put(folder);
  out.put('/');
  out.put(name);
  out.put('\0');
  if (!out.complete()) return nullptr;
  const char* const joined = out.out;
  kept_size += out.used;
  return joined;
}

void Writer::put_number(uint64_t number) {
  if (number >= 10) put_number(number / 10);
  put(static_cast<char>('0' + number % 10));
}

}  // namespace text
