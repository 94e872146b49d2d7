// The archive reader on archives made by hand, byte by byte.
#include "verify/archive_reader.h"

#include <doctest/doctest.h>
#include <unistd.h>
#include <zlib.h>

#include <filesystem>

#include "base/error.h"

using bundle::append_value;
using bundle::Error;
using bundle::verify::ArchiveReader;

namespace {

/// A file that is gone when the test is over.
struct Scratch {
  std::string path = "/tmp/bundle-archive-test-" + std::to_string(getpid());
  explicit Scratch(std::string_view content) {
    std::filesystem::remove(path);
    bundle::write_new_file(path, content, 0644);
  }
  ~Scratch() { std::filesystem::remove(path); }
};

std::string deflated(std::string_view text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()), '\0');
  std::string in(text);
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// What differs between the archives of the tests; the default is sound.
struct Shape {
  bool zip64 = false;
  bool deflate = true;
  uint16_t flags = 0;
  uint32_t crc_error = 0;
  int64_t size_error = 0;
  std::string comment = {};
};

constexpr std::string_view content = "hello hello hello hello hello";

std::string archive(const Shape& shape) {
  const std::string name = "bin/tool";
  const std::string packed = shape.deflate ? deflated(content) : std::string(content);
  const auto crc = static_cast<uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size()) ^
                                         shape.crc_error);
  const auto size = static_cast<uint64_t>(static_cast<int64_t>(content.size()) + shape.size_error);
  const uint16_t method = shape.deflate ? 8 : 0;

  std::string out;
  append_value<uint32_t>(out, 0x04034b50);
  for (const uint16_t value : {uint16_t{20}, shape.flags, method, uint16_t{0}, uint16_t{33}}) append_value(out, value);
  append_value(out, crc);
  append_value(out, static_cast<uint32_t>(packed.size()));
  append_value(out, static_cast<uint32_t>(size));
  append_value(out, static_cast<uint16_t>(name.size()));
  append_value<uint16_t>(out, 0);
  out += name + packed;

  const uint64_t directory = out.size();
  append_value<uint32_t>(out, 0x02014b50);
  append_value<uint16_t>(out, 3 << 8 | 45);
  for (const uint16_t value : {uint16_t{20}, shape.flags, method, uint16_t{0}, uint16_t{33}}) append_value(out, value);
  append_value(out, crc);
  append_value(out, shape.zip64 ? UINT32_MAX : static_cast<uint32_t>(packed.size()));
  append_value(out, shape.zip64 ? UINT32_MAX : static_cast<uint32_t>(size));
  append_value(out, static_cast<uint16_t>(name.size()));
  append_value<uint16_t>(out, shape.zip64 ? 28 : 0);
  for (int i = 0; i < 3; ++i) append_value<uint16_t>(out, 0);
  append_value<uint32_t>(out, 0100755U << 16);
  append_value(out, shape.zip64 ? UINT32_MAX : uint32_t{0});
  out += name;
  if (shape.zip64) {
    append_value<uint16_t>(out, 1);
    append_value<uint16_t>(out, 24);
    append_value(out, size);
    append_value<uint64_t>(out, packed.size());
    append_value<uint64_t>(out, 0);
  }
  const uint64_t directory_size = out.size() - directory;
  if (shape.zip64) {
    const uint64_t record = out.size();
    append_value<uint32_t>(out, 0x06064b50);
    append_value<uint64_t>(out, 44);
    append_value<uint32_t>(out, 45U << 16 | 45U);
    append_value<uint64_t>(out, 0);
    for (const uint64_t value : {uint64_t{1}, uint64_t{1}, directory_size, directory}) append_value(out, value);
    append_value<uint32_t>(out, 0x07064b50);
    append_value<uint32_t>(out, 0);
    append_value(out, record);
    append_value<uint32_t>(out, 1);
  }
  append_value<uint32_t>(out, 0x06054b50);
  append_value<uint32_t>(out, 0);
  append_value<uint16_t>(out, 1);
  append_value<uint16_t>(out, 1);
  append_value(out, shape.zip64 ? UINT32_MAX : static_cast<uint32_t>(directory_size));
  append_value(out, shape.zip64 ? UINT32_MAX : static_cast<uint32_t>(directory));
  append_value(out, static_cast<uint16_t>(shape.comment.size()));
  return out + shape.comment;
}

std::string read(const std::string& bytes, uint64_t limit = 1000) {
  const Scratch file(bytes);
  const ArchiveReader reader(file.path);
  REQUIRE(reader.entries().size() == 1);
  REQUIRE(reader.find("bin/tool") != nullptr);
  CHECK(reader.find("bin/tool")->mode == 0100755);
  CHECK(reader.find("bin") == nullptr);
  return reader.content(*reader.find("bin/tool"), limit);
}

std::string message_of(const std::string& bytes, uint64_t limit = 1000) {
  try {
    read(bytes, limit);
  } catch (const Error& error) {
    return error.what();
  }
  return "read without complaint";
}

}  // namespace

TEST_CASE("sound archives are read: deflated, stored, Zip64, with a comment") {
  CHECK(read(archive({})) == content);
  CHECK(read(archive({.deflate = false})) == content);
  CHECK(read(archive({.zip64 = true})) == content);
  CHECK(read(archive({.comment = "a comment with PK\x05\x06 in it, and more after that"})) == content);
}

TEST_CASE("damage is an error that says what") {
  CHECK(message_of(archive({.crc_error = 1})).find("CRC") != std::string::npos);
  CHECK(message_of(archive({.size_error = 1})).find("damaged") != std::string::npos);
  CHECK(message_of(archive({.size_error = -1})).find("damaged") != std::string::npos);
  CHECK(message_of(archive({.deflate = false, .size_error = -1})).find("two sizes") != std::string::npos);
  CHECK(message_of(archive({.flags = 1})).find("encrypted") != std::string::npos);
  CHECK(message_of("no zip at all, but longer than an end record is").find("not a zip") != std::string::npos);
  CHECK(message_of("").find("not a zip") != std::string::npos);
}

TEST_CASE("content over the limit is refused, at the limit it is given") {
  CHECK(read(archive({}), content.size()) == content);
  CHECK(message_of(archive({}), content.size() - 1).find("over the") != std::string::npos);
}

TEST_CASE("an archive cut anywhere is an error, never a crash") {
  for (const bool zip64 : {false, true}) {
    const std::string whole = archive({.zip64 = zip64});
    for (size_t size = 0; size < whole.size(); ++size) CHECK_THROWS_AS(read(whole.substr(0, size)), Error);
    for (size_t skip = 1; skip < whole.size(); ++skip) {
      CHECK_THROWS_AS(read(whole.substr(skip)), Error);
    }
  }
}

TEST_CASE("any one byte changed is an error or still reads, never a crash") {
  for (const bool zip64 : {false, true}) {
    const std::string whole = archive({.zip64 = zip64});
    for (size_t at = 0; at < whole.size(); ++at) {
      for (const int change : {1, 0x80, 0xff}) {
        std::string changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ change);
        const Scratch file(changed);
        try {
          const ArchiveReader reader(file.path);
          for (const auto& entry : reader.entries()) {
            const std::string got = reader.content(entry, 1000);  // not in CHECK, which would report the Error
            CHECK(got == content);
          }
        } catch (const Error&) {
        }
      }
    }
  }
}
