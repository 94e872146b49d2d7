// Bytes that are too many for memory and are wanted again: a file without a name in TMPDIR, gone with who holds it.
//
// Nothing of it is seen by others, and it goes with the process, however that ends. What is never written is a hole
// and takes no room.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/source.h"

namespace bundle {

class Spool {
 public:
  /// `name`: what it is called in messages. Nothing is made before the first byte.
  explicit Spool(std::string name) : name_(std::move(name)) {}

  /// Where the next byte goes.
  uint64_t size() const { return size_; }
  /// What is zero becomes a hole. Throws Error (machine): no room in TMPDIR, for one.
  void append(const void* bytes, uint64_t length);
  /// Bytes that are zero.
  void append_hole(uint64_t length) { size_ += length; }
  /// All of it; nothing is added afterwards. Throws Error (machine).
  std::shared_ptr<const OpenFile> finish();

 private:
  void make();

  std::string name_;
  std::optional<Descriptor> descriptor_;
  std::string folder_;  // where it lies
  uint64_t size_ = 0;
};

}  // namespace bundle
