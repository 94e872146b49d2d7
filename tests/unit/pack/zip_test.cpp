#include <doctest/doctest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <random>
#include <thread>

#include "base/error.h"
#include "pack/archive.h"

using bundle::AtomicFile;
using bundle::Bytes;
using bundle::Pieces;
using namespace bundle::pack;

namespace {

struct Scratch {
  Scratch() : path(::mkdtemp(name)) {}
  ~Scratch() { std::filesystem::remove_all(path); }
  char name[32] = "/tmp/bundle-pack-XXXXXX";
  std::string path;
};

std::string noise(size_t size) {
  std::mt19937 random(1);
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>(random());
  return out;
}

/// Several pieces, several kinds: 5 MB that compress, 3 MB that do not, small ones, an empty one.
std::vector<Entry> sample() {
  std::string text;
  for (int i = 0; text.size() < 5'000'000; ++i) text += std::to_string(i * 7919) + " lines of text\n";
  std::vector<Entry> entries;
  entries.push_back({"lib/x/text", 0644, Pieces::of_text(text)});
  entries.push_back({"lib/x/noise", 0755, Pieces::of_text(noise(3'000'000))});
  entries.push_back({"bin/x", 0755, Pieces::of_text("#!")});
  entries.push_back({"empty", 0644, {}});
  entries.push_back({"folder/", 0755, {}});
  Pieces mixed;
  mixed.append_text(text.substr(0, 700'000));
  mixed.append_text(noise(700'000));
  entries.push_back({"mixed", 0600, std::move(mixed)});
  return entries;
}

std::string zip_bytes(const std::string& folder, std::vector<Entry> entries, const Settings& settings) {
  AtomicFile out(folder + "/out.zip");
  const uint64_t size = write_zip(out, std::move(entries), settings);
  out.commit(true);
  std::string bytes = bundle::read_file(folder + "/out.zip").value();
  CHECK(bytes.size() == size);
  return bytes;
}

}  // namespace

TEST_CASE("the archive does not depend on -j, the order of entries, the umask or the time zone") {
  const Scratch scratch;
  const std::string first = zip_bytes(scratch.path, sample(), {});
  for (const unsigned jobs : {2U, 3U, 16U}) {
    CHECK(zip_bytes(scratch.path, sample(), {.jobs = jobs, .progress = {}}) == first);
  }
  std::vector<Entry> backwards = sample();
  std::reverse(backwards.begin(), backwards.end());
  const mode_t mask = ::umask(077);
  ::setenv("TZ", "Asia/Tokyo", 1);
  ::tzset();
  CHECK(zip_bytes(scratch.path, backwards, {}) == first);
  ::unsetenv("TZ");
  ::tzset();
  ::umask(mask);
  CHECK(zip_bytes(scratch.path, sample(), {.time = 1709210097, .progress = {}}) != first);
}

TEST_CASE("content that deflate does not shrink is stored, though it was cut in pieces") {
  const Scratch scratch;
  const std::string content = noise(2'500'000);
  std::vector<Entry> entries;
  entries.push_back({"noise", 0644, Pieces::of_text(content)});
  const std::string bytes = zip_bytes(scratch.path, std::move(entries), {.jobs = 2, .progress = {}});
  CHECK(Bytes(bytes).read<uint16_t>(8) == 0);
  CHECK(bytes.compare(30 + 5, content.size(), content) == 0);
  CHECK(bytes.size() == 30 + 5 + content.size() + 46 + 5 + 22);
}

TEST_CASE("an archive of nothing is its end record") {
  const Scratch scratch;
  CHECK(zip_bytes(scratch.path, {}, {}).size() == 22);
}

TEST_CASE("progress reaches the total and never goes back") {
  const Scratch scratch;
  uint64_t last = 0, final_total = 0;
  Settings settings{.jobs = 2, .progress = {}};
  settings.progress = [&](uint64_t done, uint64_t total) {
    CHECK(done >= last);
    last = done;
    final_total = total;
  };
  zip_bytes(scratch.path, sample(), settings);
  CHECK(last == final_total);
  CHECK(last > 9'000'000);
}

TEST_CASE("a full disk is an Error of the machine, and nothing stays behind") {
  const Scratch scratch;
  // In a child, for the limit on a file's size stands in for the disk's end and cannot be raised again.
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {1'000'000, 1'000'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      AtomicFile out(scratch.path + "/out.zip");
      write_zip(out, sample(), {.jobs = 3, .progress = {}});
    } catch (const bundle::Error& error) {
      ::_exit(error.kind() == bundle::Exit::machine ? 0 : 1);
    }
    ::_exit(2);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(std::filesystem::is_empty(scratch.path));
}

TEST_CASE("a folder gets exact modes whatever the umask") {
  const Scratch scratch;
  const mode_t mask = ::umask(0077);
  std::vector<Entry> entries = sample();
  entries.push_back({"shut/", 0555, {}});
  entries.push_back({"shut/inside", 0444, Pieces::of_text("in")});
  const uint64_t total = write_folder(scratch.path, entries, {});
  ::umask(mask);
  uint64_t expected = 0;
  for (const Entry& entry : entries) {
    CAPTURE(entry.path);
    struct stat status = {};
    REQUIRE(::stat((scratch.path + "/" + entry.path).c_str(), &status) == 0);
    CHECK((status.st_mode & 07777U) == entry.mode);
    expected += entry.content.size();
    if (!entry.path.ends_with('/')) {
      CHECK(bundle::read_file(scratch.path + "/" + entry.path) == entry.content.to_string());
    }
  }
  CHECK(total == expected);
  struct stat status = {};
  REQUIRE(::stat((scratch.path + "/lib/x").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777U) == 0755);
  ::chmod((scratch.path + "/shut").c_str(), 0755);
}

TEST_CASE("the files of a folder bear one time, however long the writing took") {
  const Scratch scratch;
  bundle::pack::Settings slow;
  slow.progress = [](uint64_t, uint64_t) { std::this_thread::sleep_for(std::chrono::milliseconds(20)); };
  write_folder(scratch.path, {{"a.go", 0644, Pieces::of_text("compiled")}, {"b.scm", 0444, Pieces::of_text("source")}},
               slow);
  struct stat compiled = {}, source = {};
  REQUIRE(::stat((scratch.path + "/a.go").c_str(), &compiled) == 0);
  REQUIRE(::stat((scratch.path + "/b.scm").c_str(), &source) == 0);
  CHECK(compiled.st_mtim.tv_sec == source.st_mtim.tv_sec);
  CHECK(compiled.st_mtim.tv_nsec == source.st_mtim.tv_nsec);
}
