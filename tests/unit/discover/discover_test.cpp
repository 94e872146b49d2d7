#include "discover/discover.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "discover/family.h"
#include "elf/image.h"
#include "scratch.h"

using bundle::Closure;
using bundle::Found;
using bundle::Kind;
using bundle::discover::Discovery;
using bundle::discover::Options;
using bundle::packages::Database;
using discover_test::Scratch;

namespace {

/// The closure of a program whose libraries have nothing to say here.
Closure alone(const std::string& path) {
  Closure closure;
  bundle::Object object;
  object.path = path;
  object.real_path = bundle::real_path(path).value();
  object.name = bundle::base_name(path);
  closure.objects.push_back(object);
  return closure;
}

const Found* find(const Discovery& discovery, const std::string& destination) {
  const auto at = std::find_if(discovery.found.begin(), discovery.found.end(),
                               [&](const Found& found) { return found.destination == destination; });
  return at == discovery.found.end() ? nullptr : &*at;
}

bool hints_at(const Discovery& discovery, const std::string& text) {
  return std::any_of(discovery.hints.begin(), discovery.hints.end(),
                     [&](const auto& hint) { return hint.text.find(text) != std::string::npos; });
}

bundle::machine::Root& here() {
  static bundle::machine::Root root("");
  return root;
}

const Database& database() {
  static const std::unique_ptr<Database> opened = bundle::packages::open_database(here());
  REQUIRE(opened);
  return *opened;
}

Discovery discover(const std::vector<Closure>& closures, const Options& options, const Database* packages) {
  return bundle::discover::discover(closures, options, here(), packages);
}

}  // namespace

TEST_CASE("rig gets the files of its folder, and nothing else") {
  const Discovery discovery = discover({alone("/usr/bin/rig")}, {}, &database());
  std::set<std::string> expected;
  for (const std::string& path : database().files_of(*database().find("rig"))) {
    if (path.starts_with("/usr/share/rig/")) expected.insert(path);
  }
  REQUIRE_FALSE(expected.empty());
  std::set<std::string> destinations;
  for (const Found& found : discovery.found) {
    destinations.insert(found.destination);
    CHECK(found.package.name == "rig");
    CHECK(found.kind == Kind::data);
  }
  CHECK(destinations == expected);
  REQUIRE(discovery.findings.size() == 1);
  CHECK(discovery.findings[0].path == "/usr/share/rig");
  CHECK(discovery.findings[0].files == expected.size());
}

TEST_CASE("turned off, only what the user names is found; excludes and limits hold") {
  Options off;
  off.enabled = false;
  CHECK(discover({alone("/usr/bin/rig")}, off, &database()).found.empty());
  Options exclude;
  exclude.exclude = {"/usr/share/rig/*names*"};
  const Discovery fewer = discover({alone("/usr/bin/rig")}, exclude, &database());
  CHECK(find(fewer, "/usr/share/rig/fnames.idx") == nullptr);
  CHECK(find(fewer, "/usr/share/rig/locdata.idx") != nullptr);
  Options small;
  small.data_limit = 100;
  CHECK_THROWS_WITH_AS((void)discover({alone("/usr/bin/rig")}, small, &database()),
                       doctest::Contains("is of the package of rig"), bundle::Error);
  // What the user names is not counted.
  small.exclude = {"/usr/share/rig"};
  small.add = {{"/usr/share/rig", "/srv/rig"}};
  CHECK(find(discover({alone("/usr/bin/rig")}, small, &database()), "/srv/rig/fnames.idx") != nullptr);
}

TEST_CASE("a file and a folder that the user adds, with another place for it") {
  const Scratch scratch;
  ::chmod(scratch.path().c_str(), 0755);
  const std::string file = scratch.write("one", "1");
  scratch.write("many/a/b", "2");
  scratch.write("many/.netrc", "3");
  Options options;
  options.add = {{file, "/usr/share/x/one"}, {scratch.path() + "/many", ""}};
  const Discovery discovery = discover({}, options, nullptr);
  REQUIRE(find(discovery, "/usr/share/x/one") != nullptr);
  CHECK(find(discovery, "/usr/share/x/one")->source == file);
  CHECK(find(discovery, scratch.path() + "/many/a/b") != nullptr);
  CHECK(find(discovery, scratch.path() + "/many/.netrc") == nullptr);
  CHECK(hints_at(discovery, "/many/.netrc is not added"));
  Options missing;
  missing.add = {{scratch.path() + "/none", ""}};
  CHECK_THROWS_AS((void)discover({}, missing, nullptr), bundle::Error);
  Options whole;
  whole.add = {{"/etc", ""}};
  CHECK_THROWS_AS((void)discover({}, whole, nullptr), bundle::Error);
}

TEST_CASE("links: a copy of the content under the link's path, known as the same") {
  const Scratch scratch;
  ::chmod(scratch.path().c_str(), 0755);
  scratch.write("data/real", "content");
  scratch.link("real", "data/link");
  scratch.link("/nowhere", "data/dangling");
  Options options;
  options.add = {{scratch.path() + "/data", "/usr/share/x"}};
  const Discovery discovery = discover({}, options, nullptr);
  REQUIRE(discovery.found.size() == 2);
  const Found* link = find(discovery, "/usr/share/x/link");
  const Found* real = find(discovery, "/usr/share/x/real");
  REQUIRE(link != nullptr);
  REQUIRE(real != nullptr);
  CHECK(link->source == real->source);
  CHECK(link->same_as.empty() != real->same_as.empty());
  REQUIRE(discovery.findings.size() == 1);
  CHECK(discovery.findings[0].size == 7);  // counted once
}

TEST_CASE("what a run used is held to the refusals; its arguments are its input") {
  const Scratch scratch;
  ::chmod(scratch.path().c_str(), 0755);
  const Options options;
  bundle::discover::Discoverer discoverer(options, here(), &database());
  const size_t added = discoverer.add_traced({{"/etc/hostname"},
                                              {"/usr/share/rig/fnames.idx"},
                                              {"/usr/share/rig/none"},
                                              {scratch.write(".aws/credentials", "x")},
                                              {"/proc/self/status"}},
                                             "rig");
  const Discovery discovery = discoverer.result();
  CHECK(added == 1);
  REQUIRE(discovery.found.size() == 1);
  CHECK(discovery.found[0].destination == "/usr/share/rig/fnames.idx");
  CHECK(hints_at(discovery, "/etc/hostname is not added"));
  CHECK(hints_at(discovery, "/.aws/credentials is not added"));
}

TEST_CASE("folders of everybody and files that no bundle needs") {
  using bundle::discover::is_broad_folder;
  using bundle::discover::is_in_library_folder;
  using bundle::discover::is_left_out;
  for (const char* path : {"/usr", "/usr/share", "/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu",
                           "/usr/share/fonts", "/usr/local/share", "/usr/share/fonts/truetype"}) {
    CHECK_MESSAGE(is_broad_folder(path), path);
  }
  for (const char* path : {"/usr/share/rig", "/usr/lib/git-core", "/usr/lib/x86_64-linux-gnu/perl"}) {
    CHECK_MESSAGE(!is_broad_folder(path), path);
  }
  for (const char* path :
       {"/usr/share/doc/x/README", "/usr/share/man/man1/x.1.gz", "/usr/include/x.h", "/usr/lib/x/libx.a",
        "/usr/lib/python3/dist-packages/x/__pycache__/y.pyc", "/usr/lib/x86_64-linux-gnu/pkgconfig/x.pc"}) {
    CHECK_MESSAGE(is_left_out(path), path);
  }
  CHECK_FALSE(is_left_out("/usr/share/rig/fnames.idx"));
  CHECK(is_in_library_folder("/usr/lib/x86_64-linux-gnu/libz.so.1"));
  CHECK_FALSE(is_in_library_folder("/usr/lib/aspell/x86_64-linux-gnu/x.info"));
}
