// The library's own memory: room for the length of a call, and strings that stay for good.
//
// A function that it answers for may be called on a signal stack of a few KiB, in any number of threads, between
// vfork and exec, and while an allocator is at work. So what is short lies on the stack, in less than 300 bytes, and
// what is long in blocks of anonymous memory that are used again. Invariant: no lock, no allocator, no errno, and no
// ceiling but the machine's memory.
#pragma once

#include <stddef.h>

#include "table.h"

namespace redirect {

/// At least `size` bytes that nobody else has until give_back(); null when there is no memory.
void* take_block(size_t size);
void give_back(void* block);

/// Room for one path.
class Buffer {
 public:
  Buffer() {}
  ~Buffer() {
    if (text != short_) give_back(text);
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  /// Room for `size` bytes, the NUL included; what is in it stays. False for more than a path may have (PATH_MAX), and
  /// when there is no memory: then the room is as it was.
  bool reserve(size_t size) { return size <= room || grow(size); }

  char* text = short_;
  size_t room = sizeof short_;

 private:
  bool grow(size_t size);

  char short_[256];
};

/// Room for a list of arguments.
class List {
 public:
  List() {}
  ~List() {
    if (strings != few_) give_back(strings);
  }
  List(const List&) = delete;
  List& operator=(const List&) = delete;

  /// Room for `count` pointers; what is in it is lost. False when there is no memory.
  bool reserve(size_t count);

  char** strings = few_;

 private:
  char* few_[16];
};

/// A copy of `text` that stays for good, one copy for each text; null when there is no memory.
const char* keep(const char* text);

}  // namespace redirect
