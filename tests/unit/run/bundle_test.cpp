// The whole story in process, on a made-up system of the smallest ELF files.
#include "run/bundle.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <numeric>

#include "base/error.h"
#include "resolve/tiny_elf.h"

using namespace bundle;

namespace {

constexpr const char* loader = "/lib64/ld-linux-x86-64.so.2";

/// A system in a folder: a program app that needs libfoo.so and what else is named, and no package database.
class System {
 public:
  explicit System(const std::vector<std::string>& more_needed = {}) {
    root_.write("lib64/ld-linux-x86-64.so.2", tiny::Elf{{{DT_SONAME, "ld-linux-x86-64.so.2"}}, {}, "", EM_X86_64});
    root_.write("usr/lib/libfoo.so", tiny::Elf{{{DT_SONAME, "libfoo.so"}}, {}, "", EM_X86_64});
    tiny::Elf app{{{DT_NEEDED, "libfoo.so"}}, {}, loader, EM_X86_64};
    for (const std::string& name : more_needed) app.strings.emplace_back(DT_NEEDED, name);
    root_.write("usr/bin/app", app);
  }
  run::BundleOptions options() const {
    run::BundleOptions options;
    options.programs = {"/usr/bin/app"};
    options.sysroot = root_.path();
    options.output = out_.path() + "/layer.zip";
    options.progress = false;
    return options;
  }
  bool is_written() const { return !std::filesystem::is_empty(out_.path()); }

 private:
  tiny::Folder root_, out_;
};

std::vector<std::string> paths_of(const Plan& plan) {
  std::vector<std::string> paths;
  for (const Item& item : plan.items) paths.push_back(item.path);
  return paths;
}

}  // namespace

TEST_CASE("a run writes what its options say, and its summary says what was written") {
  const System system;
  const run::BundleOptions options = system.options();
  const report::Summary summary = run::bundle_programs(options);
  CHECK(summary.output == options.output);
  CHECK(summary.totals.packed == std::filesystem::file_size(options.output));
  CHECK(paths_of(summary.plan) == std::vector<std::string>{"bin/app", "lib/app/ld.so", "lib/app/libfoo.so",
                                                           "lib/app/manifest.json", "lib/app/root/usr/bin/app"});
  CHECK(summary.totals.unpacked == std::accumulate(summary.sizes.begin(), summary.sizes.end(), uint64_t{0}));
  CHECK(summary.totals.sources > 0);
}

TEST_CASE("a dry run knows the sizes and writes nothing") {
  const System system;
  run::BundleOptions options = system.options();
  options.dry_run = true;
  const report::Summary summary = run::bundle_programs(options);
  CHECK(summary.output.empty());
  CHECK(summary.totals.packed == 0);
  CHECK_FALSE(system.is_written());
  options.dry_run = false;
  CHECK(run::bundle_programs(options).sizes == summary.sizes);
}

TEST_CASE("an output that is there ends a run before it begins, and is replaced where that is asked for") {
  const System system;
  run::BundleOptions options = system.options();
  run::bundle_programs(options);
  options.programs = {"/usr/bin/nothing"};
  try {
    run::bundle_programs(options);
    FAIL("it was bundled");
  } catch (const Error& error) {
    CHECK(error.kind() == Exit::usage);
    CHECK(error.path() == options.output);
  }
  options.programs = {"/usr/bin/app"};
  options.force = true;
  CHECK(run::bundle_programs(options).output == options.output);
}

TEST_CASE("what is missing is said once for all, and nothing is written") {
  const System system({"libbar.so", "libbaz.so"});
  try {
    run::bundle_programs(system.options());
    FAIL("it was bundled");
  } catch (const Error& error) {
    const std::string text = error.what();
    CHECK(error.kind() == Exit::cannot_bundle);
    CHECK(text.find("libbar.so") != std::string::npos);
    CHECK(text.find("libbaz.so") != std::string::npos);
  }
  CHECK_FALSE(system.is_written());
}

TEST_CASE("the notes of all steps come together: what the target is to have ahead of what a trace gave") {
  const System system({"libbar.so"});
  const tiny::Folder folder;
  run::BundleOptions options = system.options();
  options.discover.target_has.globs = {"libbar.so"};
  options.trace.inputs = {folder.write("log", std::string())};
  const report::Summary summary = run::bundle_programs(options);
  REQUIRE(summary.plan.left_to_target.size() == 1);
  const auto at = [&](const std::string& text) {
    return std::find_if(summary.notes.begin(), summary.notes.end(),
                        [&](const std::string& note) { return note.find(text) != std::string::npos; });
  };
  const auto left = at("left to the target: libbar.so, needed by app");
  const auto traced = at("added 0 files to what was known");
  REQUIRE(left != summary.notes.end());
  REQUIRE(traced != summary.notes.end());
  CHECK(left < traced);
}
