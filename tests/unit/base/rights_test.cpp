#include "base/rights.h"

#include <doctest/doctest.h>
#include <linux/capability.h>
#include <sys/stat.h>

#include "base/bytes.h"

using bundle::capabilities_text;
using bundle::FileRights;

namespace {

std::string attribute(uint32_t flags, const std::vector<uint32_t>& words) {
  std::string out;
  bundle::append_value(out, VFS_CAP_REVISION_2 | flags);
  for (const uint32_t word : words) bundle::append_value(out, word);
  return out;
}

}  // namespace

TEST_CASE("file capabilities read as setcap takes them") {
  CHECK(capabilities_text(attribute(VFS_CAP_FLAGS_EFFECTIVE, {1U << 13, 0, 0, 0})) == "cap_net_raw=ep");
  CHECK(capabilities_text(attribute(0, {1U << 12 | 1U << 13, 1U << 13, 1U << 7, 0})) ==
        "cap_net_raw=ip cap_net_admin,cap_bpf=p");
  CHECK(capabilities_text(attribute(0, {0, 1U << 31, 1U << 31, 0})) == "cap_setfcap=i 63=p");
}

TEST_CASE("an attribute that is empty or cut short is no capability and no crash") {
  CHECK(capabilities_text("").empty());
  CHECK(capabilities_text("\1\0").empty());
  CHECK(capabilities_text(attribute(0, {1U << 13})).empty());
}

TEST_CASE("a file sets an ID by its bits, the group's only where the group may run it") {
  FileRights rights;
  rights.owner = 0;
  rights.group = 42;
  rights.mode = 04755;
  CHECK(set_id_text(rights) == "set-user-ID root");
  rights.mode = 06711;
  CHECK(set_id_text(rights) == "set-user-ID root and set-group-ID 42");
  rights.mode = 02644;
  CHECK_FALSE(rights.sets_id());
  rights.mode = 02755;
  CHECK(rights.sets_id());
  CHECK(set_id_text(rights) == "set-group-ID 42");
}
