// What bubblewrap is told of a place, and which of a bundle's files a word starts. That it works is for tests/field.
#include "verify/sandbox.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "verify/made_up_bundle.h"
#include "verify/sandbox_mounts.h"
#include "verify/sandbox_program.h"

using bundle::Error;
using bundle::verify::bubblewrap_options;
using bundle::verify::Place;
using bundle::verify::program_inside;
using verify_test::MadeUpBundle;
using verify_test::Scratch;

namespace {

Place place_of(const char* target) {
  Place place;
  place.target = bundle::plan::find_target(target);
  place.folder = "/somewhere/layer";
  return place;
}

std::string told(const Place& place, bool own_processes = true) {
  std::string text = " ";
  for (const std::string& word : bubblewrap_options(place, {own_processes}, {"/opt/bin/tool", "a b"})) {
    text += word + " ";
  }
  return text;
}

bool has(const std::string& text, const std::string& words) {
  return text.find(" " + words + " ") != std::string::npos;
}

std::string started(const MadeUpBundle& bundle, const std::string& word) {
  try {
    return program_inside(bundle, "/opt", word);
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("a bundle lies where its target unpacks it, or where the user says") {
  Place place = place_of("aws-lambda");
  CHECK(has(told(place), "--ro-bind /somewhere/layer /opt"));
  CHECK(has(told(place), "--dir /var/task --remount-ro / --chdir /var/task"));
  CHECK(told(place).ends_with(" -- /opt/bin/tool a b "));
  place.prefix = "/srv/x";
  CHECK(has(told(place), "--ro-bind /somewhere/layer /srv/x"));
  CHECK(has(told(place_of("aws-bootstrap")), "--ro-bind /somewhere/layer /var/task --remount-ro / --chdir /var/task"));
  CHECK(has(told(place_of("azure-functions")), "--setenv HOME /home"));
  CHECK(has(told(place_of("plain")), "--ro-bind /somewhere/layer /opt"));
}

TEST_CASE("a root has the network only when that is asked for, and this machine's processes only where it must") {
  Place place = place_of("aws-lambda");
  CHECK(has(told(place), "--unshare-all --die-with-parent --uid 993 --gid 990 --cap-drop ALL --proc /proc"));
  CHECK(has(told(place, false), "--unshare-net"));
  CHECK(has(told(place, false), "--bind /proc /proc"));
  place.network = true;
  CHECK(has(told(place), "--unshare-all --share-net"));
  CHECK(has(told(place), "--ro-bind-try /etc/resolv.conf /etc/resolv.conf"));
  CHECK_FALSE(has(told(place, false), "--unshare-net"));
}

TEST_CASE("what the user binds and sets stands behind what the target has") {
  Place place = place_of("aws-lambda");
  place.binds = {{"/here", "/var/task"}, {"/there", "/data", true}};
  place.environment = {{"TZ", "CET"}};
  const std::string text = told(place);
  CHECK(has(text, "--ro-bind /here /var/task --bind /there /data --remount-ro / --chdir /var/task"));
  CHECK(text.find("TZ :UTC") < text.find("TZ CET"));
}

TEST_CASE("another root is not written to: where it has no place for something, its folders are made anew") {
  const Scratch scratch;
  for (const char* folder : {"/usr/lib", "/var/lib", "/proc", "/opt", "/tmp", "/dev", "/empty"}) {
    std::filesystem::create_directories(scratch.path + folder);
  }
  std::filesystem::create_symlink("usr/lib", scratch.path + "/lib");
  std::ofstream(scratch.path + "/var/file") << "x";
  Place place = place_of("aws-lambda");
  place.root = scratch.path;
  const std::string text = told(place);
  CHECK(has(text, "--ro-bind " + scratch.path + "/usr /usr"));
  CHECK(has(text, "--symlink usr/lib /lib"));
  CHECK(has(text, "--ro-bind " + scratch.path + "/var/lib /var/lib"));
  CHECK(has(text, "--ro-bind " + scratch.path + "/var/file /var/file"));
  CHECK_FALSE(has(text, "--ro-bind " + scratch.path + "/var /var"));
  CHECK_FALSE(has(text, "--ro-bind " + scratch.path + "/proc /proc"));
  std::filesystem::create_directories(scratch.path + "/var/task");
  CHECK(has(told(place), "--ro-bind " + scratch.path + "/var /var"));
  CHECK_FALSE(has(told(place), "--dir /var/task"));
  place.root = scratch.path + "/nowhere";
  CHECK_THROWS_AS(told(place), Error);
}

TEST_CASE("links of another root lead on inside it, and what has none is mounted where they lead") {
  const Scratch scratch;
  for (const char* folder : {"/var/opt", "/srv/task", "/etc"}) {
    std::filesystem::create_directories(scratch.path + folder);
  }
  std::filesystem::create_symlink("/var/opt", scratch.path + "/opt");
  std::filesystem::create_symlink("/srv/task", scratch.path + "/var/task");
  std::filesystem::create_symlink("../run/nowhere", scratch.path + "/etc/resolv.conf");
  std::ofstream(scratch.path + "/etc/motd") << "x";
  Place place = place_of("aws-lambda");
  place.root = scratch.path;
  CHECK(has(told(place), "--symlink /var/opt /opt"));
  CHECK(has(told(place), "--ro-bind /somewhere/layer /var/opt --remount-ro / --chdir /var/task"));
  CHECK(has(told(place), "--ro-bind " + scratch.path + "/etc /etc"));
  place.network = true;
  CHECK(has(told(place), "--ro-bind " + scratch.path + "/etc/motd /etc/motd"));
  CHECK_FALSE(has(told(place), "--symlink ../run/nowhere /etc/resolv.conf"));
}

TEST_CASE("a program is named by its name or its path") {
  const MadeUpBundle one({{"bin/tool"}, {"share/words"}});
  CHECK(started(one, "") == "/opt/bin/tool");
  CHECK(started(one, "tool") == "/opt/bin/tool");
  CHECK(started(one, "bin/tool") == "/opt/bin/tool");
  CHECK(started(one, "/opt/bin/../bin/tool") == "/opt/bin/tool");
  CHECK(started(one, "share/words") == "/opt/share/words");
  CHECK(started(one, "/usr/bin/env") == "/usr/bin/env");
  CHECK(started(one, "other") == "layer.zip: has no program other. Its program is tool");
  CHECK(started(one, "bin/other") == "layer.zip: has no bin/other. Its program is tool");
  const MadeUpBundle two({{"bin/a"}, {"bin/b"}});
  CHECK(started(two, "") == "layer.zip: which program of it is to be run? Name one behind --. Its programs are a, b");
  CHECK(started(MadeUpBundle({{"share/words"}}), "").find("give a path in it") != std::string::npos);
}
