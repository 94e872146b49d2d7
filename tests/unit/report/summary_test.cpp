#include "report/summary.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/human_size.h"
#include "plan/target.h"

using namespace bundle;

TEST_CASE("sizes read as people write them") {
  CHECK(bundle::human_size(999) == "999 bytes");
  CHECK(bundle::human_size(1234) == "1.2 kB");
  CHECK(bundle::human_size(98'900'000) == "98.9 MB");
  CHECK(report::grouped(262144000) == "262,144,000");
  CHECK(report::grouped(999) == "999");
}

TEST_CASE("one byte over the limit does not read as 100.0%") {
  report::Totals totals;
  totals.unpacked = 262'144'000;
  CHECK(report::render_totals("x", {}, totals).find("100.0%") != std::string::npos);
  totals.unpacked += 1;
  CHECK(report::render_totals("x", {}, totals).find("100.1%") != std::string::npos);
}

TEST_CASE("over the limit, what could go is named with its option, and the ten largest files, the largest first") {
  Plan plan;
  std::vector<uint64_t> sizes;
  for (int i = 0; i < 12; ++i) {
    Item item;
    item.path = "lib/" + std::string(1, static_cast<char>('a' + i));
    plan.items.push_back(item);
    sizes.push_back(static_cast<uint64_t>(i) * 30'000'000);
  }
  Finding data, plugin, program;
  data.path = "/usr/share/da ta";
  data.why = "named by rig";
  data.size = 20'000'000;
  plugin.path = "/usr/lib/rig/p.so";
  plugin.why = "of the package of rig";
  plugin.dragged = 90'000'000;
  program.path = "/usr/lib/rig/rig";
  program.size = 300'000'000;
  program.is_needed = true;
  const std::string text = report::render_over_limit(plan, sizes, {data, plugin, program}, 1'980'000'000);
  CHECK(text.find("     20.0 MB  /usr/share/da ta: named by rig (--exclude '/usr/share/da ta')\n") !=
        std::string::npos);
  CHECK(text.find("p.so (--exclude") == std::string::npos);
  CHECK(text.find("--exclude /usr/lib/rig/p.so") < text.find("--exclude '/usr/share/da ta'"));
  CHECK(text.find("/usr/lib/rig/rig") == std::string::npos);
  CHECK(text.find("1.87 GB of it are programs") != std::string::npos);
  CHECK(text.find("lib/l") < text.find("lib/k"));
  CHECK(text.find("lib/c") != std::string::npos);
  CHECK(text.find("lib/b ") == std::string::npos);
  CHECK(text.find("1,717,856,000 more") != std::string::npos);
}

TEST_CASE("the limit is the target's, by its own name, and where there is none nothing is said of one") {
  plan::Target target;
  target.service = "Cumulus";
  target.limited = "an upload";
  target.unpacked_limit = 1'000'000;
  Plan plan;
  plan.target = &target;
  Finding data;
  data.path = "/usr/share/rig";
  data.size = 1'500'000;
  const std::string text = report::render_over_limit(plan, {}, {data}, 2'000'000);
  CHECK(
      text.starts_with("the bundle is 2,000,000 bytes unpacked, 1,000,000 more than the 1,000,000 that Cumulus "
                       "allows for an upload.\n"));
  CHECK(text.find("no option makes that fit") == std::string::npos);
  CHECK(text.find("--exclude /usr/share/rig") != std::string::npos);
  CHECK(text.find("Lambda") == std::string::npos);
  CHECK(text.find("for another place than Cumulus") != std::string::npos);
  data.size = 900'000;
  CHECK(report::render_over_limit(plan, {}, {data}, 2'000'000).find("no option makes that fit") != std::string::npos);
  report::Totals totals;
  totals.unpacked = 300'000'000;
  plan.target = plan::find_target("plain");
  CHECK(report::render_totals("x", plan, totals) == "x: 0 files, 0 bytes of sources, 300.0 MB unpacked; 0.00 s\n");
}

namespace {
report::Summary summary_of_rig() {
  report::Summary summary;
  summary.output = "layer.zip";
  Item item;
  item.path = "lib/rig/root/usr/bin/rig";
  item.why = "named";
  summary.plan.items.push_back(item);
  summary.sizes.push_back(35'600);
  Program program;
  program.name = "rig";
  program.launcher = "bin/rig";
  program.program = item.path;
  program.library_count = 1;
  summary.plan.programs.push_back(program);
  summary.notes = {"one", "two"};
  Finding found;
  found.why = "named by rig";
  found.path = "/usr/share/rig";
  found.package.name = "rig";
  found.files = 5;
  found.size = 25'700;
  Finding same;
  same.why = "named by rig";
  same.path = "/usr/share/rig2";
  same.files = 1;
  same.same_as = "/usr/share/rig";
  summary.found = {found, same};
  summary.hints = {{"three\nfour"}};
  summary.totals.unpacked = 262'144;
  return summary;
}
}  // namespace

TEST_CASE("a summary says programs, notes, what was found, hints and totals, in this order") {
  CHECK(report::render_summary(summary_of_rig(), false) ==
        "bin/rig: 35.6 kB, 1 library\n"
        "note: one\n"
        "note: two\n"
        "found /usr/share/rig: 5 files, 25.7 kB, named by rig [rig]\n"
        "found /usr/share/rig2: the same as /usr/share/rig, named by rig\n"
        "hint: three\\x0afour\n"
        "layer.zip: 1 file, 0 bytes of sources, 262.1 kB unpacked; 0.1% of Lambda's 262,144,000 bytes; 0.00 s\n");
}

TEST_CASE("each file is said where that is asked for, and where nothing was written") {
  report::Summary summary = summary_of_rig();
  const std::string line = "      35,600  lib/rig/root/usr/bin/rig  (named)\n";
  CHECK(report::render_summary(summary, false).find(line) == std::string::npos);
  CHECK(report::render_summary(summary, true).starts_with(line));
  summary.output.clear();
  const std::string dry = report::render_summary(summary, false);
  CHECK(dry.starts_with(line));
  CHECK(dry.find("\ndry run, nothing written: 1 file") != std::string::npos);
}
