// Bytes that grow, in memory of the kernel's: an event, an answer, what a program prints. There is no allocator.
//
// Invariant: what is appended is there whole, or the process ends (there is no memory, and nothing to be done).
#pragma once

#include "../system.h"
#include "../text.h"

namespace runtime {

class Buffer {
 public:
  constexpr Buffer() {}
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  char* data = nullptr;
  size_t size = 0;

  /// Room for `more` bytes behind the last.
  char* reserve(size_t more) {
    if (room_ - size < more) grow(more);
    return data + size;
  }
  void put(char byte) {
    *reserve(1) = byte;
    ++size;
  }
  void put(const char* text) { put(text, text::length(text)); }
  void put(const char* bytes, size_t count) {
    memcpy(reserve(count), bytes, count);
    size += count;
  }
  void put_number(int64_t number) {
    if (number < 0) put('-');
    char digits[24];
    text::Writer out(digits, sizeof digits);
    out.put_number(static_cast<uint64_t>(number < 0 ? -number : number));
    put(digits, out.used);
  }
  /// Empty again; a large room is given back.
  void clear() {
    size = 0;
    if (room_ <= kept) return;
    sys::unmap(static_cast<uint64_t>(sys::address(data)), room_);
    data = nullptr;
    room_ = 0;
  }
  /// Followed by a NUL that does not count.
  const char* string() {
    *reserve(1) = 0;
    return data;
  }

 private:
  static constexpr size_t kept = 1U << 20U;

  void grow(size_t more) {
    size_t wanted = room_ == 0 ? 1U << 16U : room_;
    while (wanted - size < more) wanted *= 2;
    constexpr long may_move = 1;  // MREMAP_MAYMOVE
    const long at = room_ == 0 ? sys::map(0, wanted, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                               : arch::syscall(__NR_mremap, sys::address(data), static_cast<long>(room_),
                                               static_cast<long>(wanted), may_move);
    if (sys::failed(at)) fail("bootstrap", "cannot get memory", at);
    data = reinterpret_cast<char*>(at);
    room_ = wanted;
  }

  size_t room_ = 0;
};

}  // namespace runtime
