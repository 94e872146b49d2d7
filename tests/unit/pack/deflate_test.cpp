#include "pack/deflate.h"

#include <doctest/doctest.h>
#include <zlib.h>

#include <random>

#include "base/error.h"

using bundle::Bytes;
using bundle::pack::Deflater;
using bundle::pack::find_stream_end;
using bundle::pack::StreamEnd;

namespace {

/// zlib's word on a raw deflate stream: what it stands for, when it is exactly one stream.
std::string inflate_all(const std::string& stream, size_t expected) {
  z_stream state = {};
  REQUIRE(::inflateInit2(&state, -15) == Z_OK);
  std::string out(expected + 1, '\0');
  state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(stream.data()));
  state.avail_in = static_cast<uInt>(stream.size());
  state.next_out = reinterpret_cast<Bytef*>(out.data());
  state.avail_out = static_cast<uInt>(out.size());
  CHECK(::inflate(&state, Z_FINISH) == Z_STREAM_END);
  CHECK(state.avail_in == 0);
  out.resize(state.total_out);
  ::inflateEnd(&state);
  return out;
}

/// Where zlib sees the last block begin: the end of the block before it.
uint64_t last_block_by_zlib(const std::string& stream) {
  z_stream state = {};
  REQUIRE(::inflateInit2(&state, -15) == Z_OK);
  std::string out(1U << 22U, '\0');
  state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(stream.data()));
  state.avail_in = static_cast<uInt>(stream.size());
  uint64_t border = 0, before = 0;
  for (int result = Z_OK; result == Z_OK;) {
    state.next_out = reinterpret_cast<Bytef*>(out.data());
    state.avail_out = static_cast<uInt>(out.size());
    result = ::inflate(&state, Z_BLOCK);
    if ((state.data_type & 128) != 0) {
      before = border;
      border = state.total_in * 8 - static_cast<unsigned>(state.data_type & 7);
    }
    if (result == Z_STREAM_END || (state.data_type & 64) != 0) break;
  }
  ::inflateEnd(&state);
  // After the header of the last block, data_type's 64 is set while its border is still the block's own
  // start.
  return (state.data_type & 128) != 0 ? before : border;
}

/// Contents that lead to stored, fixed and dynamic blocks, and to several in one stream.
std::string content_of(unsigned kind, size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string out;
  out.reserve(size);
  while (out.size() < size) {
    switch (kind) {
      case 0:
        out += static_cast<char>(random());
        break;
      case 1:
        out.append(size - out.size(), 'a');
        break;
      case 2:
        out += "the quick brown fox "[random() % 20];
        break;
      default:  // stretches of all of these
        for (unsigned i = random() % 30000, k = random() % 3; i > 0 && out.size() < size; --i) {
          out += k == 0 ? static_cast<char>(random()) : k == 1 ? 'z' : "etaoinshrdlu"[random() % 12];
        }
    }
  }
  return out;
}

}  // namespace

TEST_CASE("pieces that are compressed apart are one stream together") {
  for (const int level : {1, 6, 9, 12}) {
    Deflater deflater(level);
    for (unsigned kind = 0; kind < 4; ++kind) {
      for (const size_t piece : {size_t{1}, size_t{2}, size_t{7}, size_t{500}, size_t{70000}, size_t{400000}}) {
        const std::string content = content_of(kind, std::min<size_t>(piece * 5 + piece / 2, 900000), kind + 1);
        CAPTURE(level);
        CAPTURE(kind);
        CAPTURE(piece);
        std::string joined;
        for (size_t at = 0; at < content.size(); at += piece) {
          const size_t length = std::min(piece, content.size() - at);
          joined += deflater.compress(Bytes(content.data() + at, length), at + length == content.size());
        }
        CHECK(inflate_all(joined, content.size()) == content);
      }
    }
  }
}

TEST_CASE("the border of the last block is where zlib sees it") {
  for (unsigned kind = 0; kind < 4; ++kind) {
    for (const size_t size : {size_t{40}, size_t{50000}, size_t{1000000}}) {
      CAPTURE(kind);
      CAPTURE(size);
      const std::string content = content_of(kind, size, 7);
      std::string stream = Deflater(6).compress(Bytes(content), true);
      const uint64_t expected = last_block_by_zlib(stream);
      const size_t length = stream.size();
      stream.append(8, '\0');
      const StreamEnd found = find_stream_end(Bytes(stream));
      CHECK(found.last_block == expected);
      CHECK((found.end + 7) / 8 == length);
    }
  }
}

TEST_CASE("zlib's own streams are read too, of every strategy") {
  const std::string content = content_of(3, 300000, 11);
  for (const int strategy : {Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED}) {
    CAPTURE(strategy);
    z_stream state = {};
    REQUIRE(::deflateInit2(&state, 6, Z_DEFLATED, -15, 8, strategy) == Z_OK);
    std::string stream(::deflateBound(&state, content.size()), '\0');
    state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
    state.avail_in = static_cast<uInt>(content.size());
    state.next_out = reinterpret_cast<Bytef*>(stream.data());
    state.avail_out = static_cast<uInt>(stream.size());
    REQUIRE(::deflate(&state, Z_FINISH) == Z_STREAM_END);
    stream.resize(state.total_out);
    ::deflateEnd(&state);
    const size_t length = stream.size();
    stream.append(8, '\0');
    CHECK((find_stream_end(Bytes(stream)).end + 7) / 8 == length);
  }
}

TEST_CASE("what is no deflate stream is an Error, never a read out of bounds") {
  const std::string content = content_of(2, 20000, 3);
  const std::string stream = Deflater(6).compress(Bytes(content), true);
  for (size_t length = 0; length < stream.size(); length += 1 + length / 16) {
    CHECK_THROWS_AS(find_stream_end(Bytes(stream.substr(0, length))), bundle::Error);
  }
  std::mt19937 random(5);
  for (int i = 0; i < 2000; ++i) {
    std::string broken = stream + std::string(8, '\0');
    broken[random() % 60] = static_cast<char>(random());
    try {
      find_stream_end(Bytes(broken));
    } catch (const bundle::Error&) {
    }
  }
  CHECK_THROWS_AS(find_stream_end(Bytes(std::string(64, '\xff'))), bundle::Error);
}
