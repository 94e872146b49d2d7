#include "base/pieces.h"

#include <algorithm>

namespace bundle {

Pieces Pieces::of_text(std::string text) {
  Pieces pieces;
  pieces.append_text(std::move(text));
  return pieces;
}

Pieces Pieces::of_span(Bytes bytes) {
  Pieces pieces;
  pieces.append_span(bytes);
  return pieces;
}

void Pieces::append_span(Bytes span) {
  if (span.empty()) return;
  pieces_.push_back({size_, span, nullptr});
  size_ += span.size();
}

void Pieces::append_text(std::string text) {
  if (text.empty()) return;
  auto owned = std::make_shared<const std::string>(std::move(text));
  pieces_.push_back({size_, Bytes(*owned), owned});
  size_ += owned->size();
}

void Pieces::append(const Pieces& other) {
  const size_t count = other.pieces_.size();  // `other` may be this one
  for (size_t i = 0; i < count; ++i) {
    Piece piece = other.pieces_[i];
    piece.start = size_;
    size_ += piece.span.size();
    pieces_.push_back(std::move(piece));
  }
}

Bytes Pieces::read(uint64_t offset, uint64_t length, std::string& scratch) const {
  if (offset > size_ || length > size_ - offset) throw_out_of_range(offset, length, size_);
  if (length == 0) return {};
  auto piece = std::upper_bound(pieces_.begin(), pieces_.end(), offset,
                                [](uint64_t at, const Piece& candidate) { return at < candidate.start; });
  --piece;
  uint64_t inside = offset - piece->start;
  if (length <= piece->span.size() - inside) return piece->span.slice(inside, length);
  scratch.clear();
  scratch.reserve(length);
  for (; scratch.size() < length; ++piece, inside = 0) {
    const uint64_t take = std::min<uint64_t>(length - scratch.size(), piece->span.size() - inside);
    scratch.append(piece->span.slice(inside, take).text());
  }
  return Bytes(scratch);
}

std::string Pieces::to_string() const {
  std::string out;
  out.reserve(size_);
  for (const Piece& piece : pieces_) out.append(piece.span.text());
  return out;
}

}  // namespace bundle
