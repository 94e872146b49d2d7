#include "pack/zip_records.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "pack/archive.h"

using bundle::Bytes;
using namespace bundle::pack;

TEST_CASE("times are clamped to what MS-DOS can name") {
  const uint32_t first = (1U << 5U | 1U) << 16U;  // 1980-01-01 00:00:00
  const uint32_t last = (127U << 9U | 12U << 5U | 31U) << 16U | (23U << 11U | 59U << 5U | 29U);
  CHECK(dos_time(zip_epoch) == first);
  for (const int64_t early : {INT64_MIN, int64_t{-1}, int64_t{0}, zip_epoch - 1}) CHECK(dos_time(early) == first);
  for (const int64_t late : {int64_t{4354819199}, int64_t{99999999999}, INT64_MAX}) CHECK(dos_time(late) == last);
  // 2024-02-29 12:34:57, to the even second below
  CHECK(dos_time(1709210097) == ((44U << 9U | 2U << 5U | 29U) << 16U | (12U << 11U | 34U << 5U | 28U)));
}

TEST_CASE("Zip64 fields appear exactly where a number does not fit") {
  Record record{"big", S_IFREG | 0644, true, 1, 0xfffffffe, 0xfffffffe, 0};
  CHECK(local_header(record, 0).size() == 30 + 3);
  CHECK(central_header(record, 0).size() == 46 + 3);
  record.offset = 0xffffffff;  // the place alone is wide: the local header has nothing to say of it
  CHECK(local_header(record, 0).size() == 30 + 3);
  CHECK(central_header(record, 0).size() == 46 + 3 + 4 + 8);
  record.size = 0xffffffff;
  const std::string local = local_header(record, 0);
  CHECK(local.size() == 30 + 3 + 20);
  CHECK(Bytes(local).read<uint16_t>(4) == 45);
  CHECK(Bytes(local).read<uint32_t>(18) == 0xffffffff);
  CHECK(Bytes(local).read<uint64_t>(30 + 3 + 4) == 0xffffffff);
  CHECK(Bytes(local).read<uint64_t>(30 + 3 + 12) == 0xfffffffe);
  CHECK(central_header(record, 0).size() == 46 + 3 + 4 + 16);
}

TEST_CASE("a header's length does not depend on what is known only later") {
  Record record{"n", S_IFREG | 0644, true, 0, 0x1'0000'0000, 0, 5};
  const size_t length = local_header(record, 0).size();
  record.crc = 77;
  record.compressed_size = 0x9'0000'0000;
  record.deflated = false;
  CHECK(local_header(record, 0).size() == length);
}

TEST_CASE("the end has its Zip64 form only when a count or a place needs it") {
  CHECK(end_records(65534, 10, 20).size() == 22);
  for (const std::string& end :
       {end_records(65535, 10, 20), end_records(1, 0xffffffff, 0), end_records(1, 1, 1ULL << 33U)}) {
    CHECK(end.size() == 56 + 20 + 22);
  }
  const std::string end = end_records(70000, 10, 1ULL << 33U);
  CHECK(Bytes(end).read<uint64_t>(32) == 70000);
  CHECK(Bytes(end).read<uint64_t>(56 + 8) == (1ULL << 33U) + 10);
  CHECK(Bytes(end).read<uint16_t>(76 + 10) == 0xffff);
}

TEST_CASE("the UTF-8 flag is set for names that are UTF-8 and not ASCII") {
  const auto flagged = [](const std::string& name) {
    const std::string header = local_header({name, S_IFREG, false, 0, 0, 0, 0}, 0);
    return Bytes(header).read<uint16_t>(6) == 0x800;
  };
  CHECK_FALSE(flagged("plain"));
  for (const char* good : {"\u00e4", "\u20ac", "\U0001f600", "a\u07ff\u0800\uffff"}) CHECK(flagged(good));
  for (const char* bad : {"\xff", "\xc3", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"}) {
    CHECK_FALSE(flagged(bad));
  }
}
