// A file's content as a short list of pieces: spans of an input file that stays mapped, and bytes of our own.
//
// A rewritten 100 MB library is three or four pieces; nothing of it is copied until the archive reads it in shards.
// Invariant: pieces are in order, none is empty, and size() is the sum of their lengths.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace bundle {

class Pieces {
 public:
  Pieces() = default;
  /// Content that is wholly `text`.
  static Pieces of_text(std::string text);
  /// Content that is the whole of `bytes`, which must outlive the result.
  static Pieces of_span(Bytes bytes);

  /// `span` must outlive this object. Empty spans are dropped.
  void append_span(Bytes span);
  void append_text(std::string text);
  /// All that `other` holds; bytes of our own are then in both.
  void append(const Pieces& other);

  uint64_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  struct Piece {
    uint64_t start = 0;  // in the content
    Bytes span;
    std::shared_ptr<const std::string> owned;  // keeps span alive when the bytes are our own
  };
  const std::vector<Piece>& pieces() const { return pieces_; }

  /// The range as one contiguous view: straight into the piece when one piece holds it all, else copied into `scratch`.
  /// Throws Error if the range is out of bounds. Safe to call from several threads with a scratch each.
  Bytes read(uint64_t offset, uint64_t length, std::string& scratch) const;

  /// All of it in one string. For small files and tests.
  std::string to_string() const;

 private:
  std::vector<Piece> pieces_;
  uint64_t size_ = 0;
};

}  // namespace bundle
