// What is compressed comes out as it went in, in steps of any size; what is damaged, cut or too large is said to be.
#include "machine/image_stream.h"

#include <doctest/doctest.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/pieces.h"
#include "made_tar.h"

using namespace bundle::machine;
using bundle::Error;
using made_tar::opened;

namespace {

std::string gzip(const std::string& text) {
  z_stream zlib = {};
  ::deflateInit2(&zlib, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(::deflateBound(&zlib, text.size()) + 64, '\0');
  zlib.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(text.data()));
  zlib.avail_in = static_cast<unsigned>(text.size());
  zlib.next_out = reinterpret_cast<unsigned char*>(out.data());
  zlib.avail_out = static_cast<unsigned>(out.size());
  ::deflate(&zlib, Z_FINISH);
  out.resize(zlib.total_out);
  ::deflateEnd(&zlib);
  return out;
}

std::string zstd(const std::string& text) {
  std::string out(::ZSTD_compressBound(text.size()), '\0');
  out.resize(::ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

std::string xz(const std::string& text) {
  std::string out(::lzma_stream_buffer_bound(text.size()), '\0');
  size_t size = 0;
  (void)::lzma_easy_buffer_encode(0, LZMA_CHECK_CRC64, nullptr, reinterpret_cast<const unsigned char*>(text.data()),
                                  text.size(), reinterpret_cast<unsigned char*>(out.data()), &size, out.size());
  out.resize(size);
  return out;
}

using Packer = std::string (*)(const std::string&);

std::string text_of_size(size_t size) {
  std::string text;
  while (text.size() < size) text += fmt::format("{} is a line of its own\n", text.size() * 7919 % 10007);
  return text.substr(0, size);
}

std::string all_of(const std::string& bytes, uint64_t step, const StreamLimits& limits = {}) {
  const std::unique_ptr<Stream> stream = open_stream(opened(bytes), "made", limits);
  std::string out, part(step, '\0');
  while (const uint64_t count = stream->read(part.data(), step)) out.append(part, 0, count);
  stream->drain();
  return out;
}

std::string fault_of(const std::string& bytes, const StreamLimits& limits = {}) {
  try {
    all_of(bytes, 1000, limits);
  } catch (const Error& error) {
    return error.sentence();
  }
  return "nothing";
}

}  // namespace

TEST_CASE("each compression is told by its first bytes and decoded") {
  const std::string text = text_of_size(700'000);
  for (const Packer pack : {gzip, zstd, xz}) {
    const std::string packed = pack(text);
    CHECK(packed.size() < text.size() / 2);
    CHECK(all_of(packed, 777) == text);
    CHECK(all_of(packed, 1U << 20U) == text);
    CHECK(all_of(packed + pack(text), 4096) == text + text);  // members or frames in a row
    const std::unique_ptr<Stream> stream = open_stream(opened(packed), "made", {});
    std::string five(5, '\0');
    CHECK(!stream->is_plain());
    CHECK(stream->skip(600'000));
    CHECK(stream->read(five.data(), 5) == 5);
    CHECK(five == text.substr(600'000, 5));
    CHECK(!stream->skip(100'000));
  }
  CHECK(all_of(gzip(text) + std::string(512, '\0'), 4096) == text);  // a tape's last block
  CHECK(all_of(text, 1000) == text);
  CHECK(all_of("", 10).empty());
}

TEST_CASE("a file as it is can be read anywhere") {
  const std::string text = text_of_size(20'000);
  const std::unique_ptr<Stream> stream = open_stream(opened(text), "made", {});
  std::string part(512, '\0');
  for (const uint64_t skip : {0, 100, 5000, 3, 4096, 0}) {
    CHECK(stream->skip(skip));
    const uint64_t at = stream->position();
    CHECK(stream->read(part.data(), 512) == 512);
    CHECK(part == text.substr(at, 512));
  }
  CHECK(!stream->skip(UINT64_MAX));
  CHECK(!stream->skip(text.size()));
}

TEST_CASE("damaged, cut, followed by something else") {
  const std::string text = text_of_size(100'000);
  for (const Packer pack : {gzip, zstd, xz}) {
    const std::string packed = pack(text);
    for (const size_t size : {packed.size() - 1, packed.size() / 2, size_t{20}}) {
      CHECK(fault_of(packed.substr(0, size)) == "ends in the middle: a part of it is missing");
    }
    CHECK(fault_of(packed + "more of something") != "nothing");
    std::string changed = packed;
    changed[packed.size() / 2] = static_cast<char>(changed[packed.size() / 2] ^ 0x55);
    CHECK(fault_of(changed).find("is damaged") == 0);
  }
  CHECK(fault_of("BZh91AY&SY").find("is compressed by bzip2") == 0);
}

TEST_CASE("no more comes out than is allowed, and what went in is what it was said to be") {
  const std::string text(5'000'000, '\0');
  for (const Packer pack : {gzip, zstd, xz}) {
    const std::string packed = pack(text);
    CHECK(packed.size() < 20'000);
    CHECK(fault_of(packed, {4'999'999, ""}).find("decodes to more than 4999999 bytes") == 0);
    const std::string sum = bundle::sha256_hex(bundle::Pieces::of_text(packed));
    CHECK(fault_of(packed, {5'000'000, sum}) == "nothing");
    CHECK(fault_of(packed, {5'000'000, std::string(64, '0')}).find("is not what the image says of it") == 0);
  }
}
