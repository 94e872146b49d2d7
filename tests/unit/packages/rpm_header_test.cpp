#include "packages/rpm_header.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "made_up_rpm.h"

using bundle::Bytes;
using bundle::Error;
using bundle::packages::RpmHeader;
using bundle::packages::RpmTag;
using made_up::big_endian;

namespace {

/// What taking the blob for a header, and asking it for all, comes to: "" when nothing is wrong.
std::string fault(const std::string& blob) {
  try {
    const RpmHeader header{Bytes(blob)};
    (void)header.string(RpmTag::name);
    (void)header.strings(RpmTag::base_names);
    (void)header.integers(RpmTag::file_flags);
  } catch (const Error& error) {
    CHECK(error.kind() == bundle::Exit::cannot_bundle);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a header's texts and numbers, of every width") {
  const std::string blob = made_up::RpmHeader()
                               .string(RpmTag::name, "tiny")
                               .strings(RpmTag::base_names, {"a", "", "c"})
                               .numbers(RpmTag::file_states, {0, 255}, 1)
                               .numbers(RpmTag::file_modes, {0100755}, 2)
                               .numbers(RpmTag::file_flags, {1, 0xfffffffe})
                               .numbers(RpmTag::file_colours, {uint64_t{1} << 40U}, 8)
                               .blob();
  const RpmHeader header{Bytes(blob)};
  CHECK(header.string(RpmTag::name) == "tiny");
  CHECK(header.strings(RpmTag::base_names) == std::vector<std::string_view>{"a", "", "c"});
  CHECK(header.integers(RpmTag::file_states) == std::vector<uint64_t>{0, 255});
  CHECK(header.integers(RpmTag::file_modes) == std::vector<uint64_t>{0100755});
  CHECK(header.integers(RpmTag::file_flags) == std::vector<uint64_t>{1, 0xfffffffe});
  CHECK(header.integers(RpmTag::file_colours) == std::vector<uint64_t>{uint64_t{1} << 40U});
  CHECK_FALSE(header.has(RpmTag::epoch));
  CHECK(header.string(RpmTag::licence).empty());
  CHECK(header.integers(RpmTag::epoch).empty());
}

TEST_CASE("what was added at installation stands behind all else, and counts") {
  const std::string blob =
      made_up::RpmHeader().string(RpmTag::name, "old").string(RpmTag::version, "1").string(RpmTag::name, "new").blob();
  CHECK(RpmHeader{Bytes(blob)}.string(RpmTag::name) == "new");
}

TEST_CASE("a header that is not as it says is an error, whatever the field") {
  const std::string good = made_up::RpmHeader().named("tiny").blob();
  CHECK(fault(good).empty());
  CHECK(fault("") != "");
  CHECK(fault(big_endian(0, 4) + big_endian(0, 4)).find("0 index entries") != std::string::npos);
  CHECK(fault(good + "x").find("cannot be of") != std::string::npos);
  CHECK(fault(good.substr(0, good.size() - 1)).find("cannot be of") != std::string::npos);
  CHECK(fault(big_endian(0xffffffff, 4) + big_endian(0xffffffff, 4)).find("cannot be of") != std::string::npos);
  CHECK(fault(made_up::RpmHeader().entry(1000, 10, 0, 0).blob()).find("is of the type 10") != std::string::npos);
  // Outside of the data: by the offset, by the count, by a product that wraps in 32 bits.
  struct Place {
    uint32_t type, offset, count;
  };
  for (const auto& [type, offset, count] : {Place{4, 100, 1}, Place{4, 0xfffffffc, 1}, Place{4, 0, 0x40000001},
                                            Place{5, 0, 0xffffffff}, Place{6, 0, 1000}}) {
    const std::string blob = made_up::RpmHeader().string(RpmTag::version, "1").entry(1000, type, offset, count).blob();
    CHECK(fault(blob).find("tag 1000 has") != std::string::npos);
  }
  // Texts without an end, fewer than they say, and of a type that is no text.
  CHECK(fault(made_up::RpmHeader().entry(1000, 6, 0, 1).blob()) != "");
  CHECK(fault(made_up::RpmHeader().string(RpmTag::version, "123").entry(1117, 8, 0, 3).blob()) != "");
  CHECK(fault(made_up::RpmHeader().numbers(RpmTag::name, {1}).blob()).find("texts are wanted") != std::string::npos);
  CHECK(fault(made_up::RpmHeader().string(RpmTag::file_flags, "a").blob()).find("numbers are") != std::string::npos);
}
