// A disk that is asked for each thing once.
#include <doctest/doctest.h>

#include <cerrno>

#include "made_up_disk.h"

using bundle::Node;
using bundle::machine::Disk;
using bundle::machine::Kind;

TEST_CASE("what a disk said once stands, what it said wrongly among it; what files hold is asked again") {
  const auto live = std::make_shared<made_up::Disk>();
  live->file("/share/table", "one");
  live->link("/share/link", "table");
  const std::shared_ptr<const Disk> disk = bundle::machine::asked_once(live);
  const auto check = [&] {
    CHECK(disk->status("/share/table").size == 3);
    CHECK(disk->status("/share/link").kind == Kind::file);
    CHECK(disk->link_status("/share/link").is_link);
    CHECK_FALSE(disk->status("/share/new").is_there());
    CHECK_FALSE(disk->is_made_by_kernel("/share/table"));
    int error_number = -1;
    CHECK(disk->link_target("/share/link", error_number) == "table");
    CHECK(error_number == 0);
    CHECK_FALSE(disk->link_target("/share/table", error_number));
    CHECK(error_number == EINVAL);
    CHECK(disk->list("/share", error_number) == Disk::Names{{"link", Node::link}, {"table", Node::file}});
    CHECK(error_number == 0);
    CHECK(disk->list("/share/new", error_number).empty());
    CHECK(error_number == ENOENT);
  };
  check();
  live->folder("/share/new");
  live->file("/share/table", "other");
  live->link("/share/link", "new");
  check();
  int error_number = 0;
  CHECK(disk->map("/share/table", error_number)->bytes().text() == "other");
  CHECK(disk->open("/share/table", error_number)->size() == 5);
}
