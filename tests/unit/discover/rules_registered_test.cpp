// Libraries beside a program by the tables that lie there.
#include "made_up.h"

using namespace made_up;

namespace {

const std::string place = "/usr/lib/office/program/";

/// A program in a folder of its own, the library that it links, and what a table there says.
struct Office : Machine {
  explicit Office(const std::string& table, const Texts& texts_of_linked = {})
      : core(package("office")
                 .ships(place + "office.bin", program(), 0755)
                 .ships(place + "libcore.so", library(texts_of_linked))
                 .ships(place + "services.rdb", table)) {}
  Findings found(const Options& options = {}) {
    return discover(place + "office.bin", {place + "libcore.so"}, options);
  }
  /// One of this size that brings nothing along.
  void plugin(const std::string& name, uint64_t size, const Texts& texts = {}) {
    core.ships(place + name, library(texts));
    disk().say_size(place + name, size);
  }
  Database::Package core;
};

const bundle::Finding* finding_of(const Findings& found, const std::string& path) {
  for (const bundle::Finding& finding : found.all.findings) {
    if (finding.path == path) return &finding;
  }
  return nullptr;
}

constexpr uint64_t mb = 1'000'000;

}  // namespace

TEST_CASE("registered: what a table and one more file name is certain, what the table alone names may go") {
  Office office("libnamed.so a.b\nlibalone.so c.d\nlibsmall.so\nlibsettings.so s.a s.b\n", {"libnamed.so"});
  office.plugin("libnamed.so", 3 * mb);
  office.plugin("libalone.so", 3 * mb);
  office.plugin("libsettings.so", 3 * mb);
  office.plugin("libsmall.so", 1'000);
  office.core.ships("/etc/office/main.conf", "s.a=1\ns.b=2\n");
  const Findings found = office.found();
  for (const char* name : {"libnamed.so", "libsmall.so", "libsettings.so"}) {
    CAPTURE(name);
    CHECK(found.at(place + name).rule == "registered");
    CHECK(found.at(place + name).strength == Strength::certain);
  }
  CHECK(found.at(place + "libalone.so").strength == Strength::likely);
  REQUIRE(finding_of(found, place + "libalone.so") != nullptr);
  CHECK(finding_of(found, place + "libalone.so")->may_go);
}

TEST_CASE("registered: what one that is in names names more in turn") {
  Office office("libfirst.so\nlibsecond.so\n", {"libfirst.so"});
  office.plugin("libfirst.so", 3 * mb, {"libsecond.so"});
  office.plugin("libsecond.so", 3 * mb);
  CHECK(office.found().at(place + "libsecond.so").strength == Strength::certain);
}

TEST_CASE("registered: a library beside the program that no table names goes ahead of one named by its stem") {
  Office office("libtable.so\n", {"data_en"});
  office.plugin("libtable.so", 10);
  office.plugin("libdata_en.so", mb);
  office.plugin("libdata_zh.so", mb);
  const Findings found = office.found();
  const bundle::Finding *en = finding_of(found, place + "libdata_en.so"),
                        *zh = finding_of(found, place + "libdata_zh.so");
  REQUIRE(en != nullptr);
  REQUIRE(zh != nullptr);
  CHECK((en->may_go && zh->may_go));
  CHECK(en->goes_last == 1);
  CHECK(zh->goes_last == 0);
}

TEST_CASE("registered: of all that went for the limit one hint tells, and what they would cost is told, too") {
  Office office("libone.so\nlibtwo.so\nlibmore.so\n");
  for (const char* name : {"libone.so", "libtwo.so", "libmore.so"}) office.plugin(name, 3 * mb);
  Options options;
  const Findings all = office.found();
  for (const bundle::Finding& finding : all.all.findings) {
    if (finding.path == place + "libone.so" || finding.path == place + "libtwo.so") options.dropped.insert(finding.key);
  }
  REQUIRE(options.dropped.size() == 2);
  const Findings found = office.found(options);
  CHECK(found.has(place + "libmore.so"));
  CHECK_FALSE(found.has(place + "libone.so"));
  CHECK(found.hints_at("/usr/lib/office/program", "2 files of /usr/lib/office/program are not added"));
  CHECK(found.all.dropped.size() == 2);
  for (const auto& [key, cost] : found.all.dropped) CHECK(cost == 3 * mb);
}

TEST_CASE("registered: a table in a folder of everybody's tells nothing") {
  Machine machine;
  machine.program_package("app").ships("/usr/bin/libapp.so", library()).ships("/usr/bin/table", "libapp.so\n");
  CHECK_FALSE(machine.discover("/usr/bin/app").has("/usr/bin/libapp.so"));
}
