// All that a Root asks of a disk is taken down, what is not there as well, and the answers stay as they are.
#include "machine/recording.h"

#include <doctest/doctest.h>

#include "machine/root.h"
#include "made_up_disk.h"

using namespace bundle::machine;

TEST_CASE("what was looked at, listed and read is told apart") {
  const auto disk = std::make_shared<made_up::Disk>();
  disk->file("/usr/lib/libz.so.1.3", "zip");
  disk->link("/usr/lib/libz.so.1", "libz.so.1.3");
  const auto recording = std::make_shared<Recording>();
  Root root(recorded(disk, recording));
  CHECK(root.read("/usr/lib/libz.so.1") == "zip");
  CHECK(root.list("/usr").size() == 1);
  CHECK(!root.look("/usr/lib/absent").is_there());
  const Asked asked = recording->asked();
  CHECK(asked.read == std::set<std::string>{"/usr/lib/libz.so.1.3"});
  CHECK(asked.listed == std::set<std::string>{"/usr"});
  CHECK(asked.looked_at.count("/usr/lib/libz.so.1") == 1);
  CHECK(asked.looked_at.count("/usr/lib/absent") == 1);
  CHECK(asked.looked_at.count("/usr/lib/libm.so.6") == 0);
}
