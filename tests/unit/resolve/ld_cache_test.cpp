#include "resolve/ld_cache.h"

#include <doctest/doctest.h>
#include <elf.h>

#include <algorithm>
#include <cstddef>

#include "base/bytes.h"

using bundle::append_value;
using bundle::Bytes;
using bundle::resolve::compare_library_names;
using bundle::resolve::LdCache;

namespace {

struct Line {
  std::string key, value;
  uint32_t flags = 0x0303;
  uint64_t hwcap = 0;
};

constexpr uint64_t named = uint64_t{1} << 62;

/// A cache of the new format, its lines in the order that ldconfig keeps: descending.
std::string new_cache(std::vector<Line> lines, const std::vector<std::string>& hwcaps = {}) {
  std::stable_sort(lines.begin(), lines.end(),
                   [](const Line& a, const Line& b) { return compare_library_names(a.key, b.key) > 0; });
  const uint64_t strings_at = 48 + lines.size() * 24;
  std::string strings;
  const auto keep = [&](const std::string& text) {
    const auto at = static_cast<uint32_t>(strings_at + strings.size());
    strings += text + '\0';
    return at;
  };
  std::string entries;
  for (const Line& line : lines) {
    append_value(entries, line.flags);
    append_value(entries, keep(line.key));
    append_value(entries, keep(line.value));
    append_value(entries, uint32_t{0});
    append_value(entries, line.hwcap);
  }
  std::vector<uint32_t> names;
  for (const std::string& name : hwcaps) names.push_back(keep(name));
  while (strings.size() % 4 != 0) strings += '\0';
  const auto extension_at = static_cast<uint32_t>(strings_at + strings.size());
  std::string out = "glibc-ld.so.cache1.1";
  append_value(out, static_cast<uint32_t>(lines.size()));
  append_value(out, static_cast<uint32_t>(strings.size()));
  append_value(out, uint32_t{2});
  append_value(out, hwcaps.empty() ? uint32_t{0} : extension_at);
  out.append(12, '\0');
  out += entries + strings;
  if (!hwcaps.empty()) {
    append_value(out, uint32_t{0xeaa42174U});
    append_value(out, uint32_t{1});
    append_value(out, uint32_t{1});
    append_value(out, uint32_t{0});
    append_value(out, extension_at + 24);
    append_value(out, static_cast<uint32_t>(names.size() * 4));
    for (const uint32_t name : names) append_value(out, name);
  }
  return out;
}

std::string first(const LdCache& cache, const std::string& name, uint16_t machine = EM_X86_64, bool is_64 = true) {
  const std::vector<LdCache::Hit> hits = cache.find(name, machine, is_64);
  return hits.empty() ? "" : hits[0].path;
}

}  // namespace

TEST_CASE("names compare with their numbers by value") {
  CHECK(compare_library_names("libx.so.9", "libx.so.10") < 0);
  CHECK(compare_library_names("libx.so.10", "libx.so.9") > 0);
  CHECK(compare_library_names("libx.so.1", "libx.so.01") == 0);
  CHECK(compare_library_names("libx.so", "libx.so.1") < 0);
  CHECK(compare_library_names("libx1", "libxa") > 0);
  CHECK(compare_library_names("", "") == 0);
}

TEST_CASE("a name is found for its own machine only") {
  const std::string file = new_cache({{"liba.so.1", "/x/liba.so.1"},
                                      {"liba.so.1", "/32/liba.so.1", 0x0003},
                                      {"libb.so.10", "/x/libb.so.10"},
                                      {"libb.so.9", "/x/libb.so.9"}});
  const LdCache cache = LdCache::parse(Bytes(file));
  CHECK(cache.problem().empty());
  CHECK(first(cache, "liba.so.1") == "/x/liba.so.1");
  CHECK(first(cache, "liba.so.1", EM_386, false) == "/32/liba.so.1");
  CHECK(first(cache, "liba.so.1", EM_AARCH64).empty());
  CHECK(first(cache, "libb.so.9") == "/x/libb.so.9");
  CHECK(first(cache, "libb.so.10") == "/x/libb.so.10");
  CHECK(first(cache, "libb.so.11").empty());
  CHECK(first(cache, "").empty());
}

TEST_CASE("entries for newer processors are told from the baseline, by name") {
  const std::string file = new_cache({{"liba.so.1", "/v3/liba.so.1", 0x0303, named | 1U}, {"liba.so.1", "/liba.so.1"}},
                                     {"x86-64-v2", "x86-64-v3"});
  const LdCache cache = LdCache::parse(Bytes(file));
  const std::vector<LdCache::Hit> hits = cache.find("liba.so.1", EM_X86_64, true);
  REQUIRE(hits.size() == 2);
  CHECK(hits[0].hwcaps == "x86-64-v3");
  CHECK_FALSE(hits[0].baseline);
  CHECK(hits[1].baseline);
}

TEST_CASE("the old format, and the new one behind it, are read") {
  std::string old("ld.so-1.7.0\0", 12);
  append_value(old, uint32_t{1});
  append_value(old, uint32_t{0x0303});
  append_value(old, uint32_t{0});
  append_value(old, uint32_t{10});
  std::string alone = old + std::string("liba.so.1\0/old/liba.so.1\0", 26);
  CHECK(first(LdCache::parse(Bytes(alone)), "liba.so.1") == "/old/liba.so.1");
  std::string both = old;
  both.append((8 - both.size() % 8) % 8, '\0');
  both += new_cache({{"liba.so.1", "/new/liba.so.1"}});
  CHECK(first(LdCache::parse(Bytes(both)), "liba.so.1") == "/new/liba.so.1");
}

TEST_CASE("a cache that lies about its count is void and says so") {
  std::string file = new_cache({{"liba.so.1", "/x/liba.so.1"}});
  file[20] = 100;
  const LdCache cache = LdCache::parse(Bytes(file));
  CHECK(cache.problem().find("100 entries") != std::string::npos);
  CHECK(first(cache, "liba.so.1").empty());
  CHECK_FALSE(LdCache::parse(Bytes(std::string_view("not a cache"))).problem().empty());
  CHECK_FALSE(LdCache::parse(Bytes()).problem().empty());
}

TEST_CASE("a cache cut short anywhere, or with any word changed, gives an answer and never reads outside") {
  const std::string file = new_cache(
      {{"liba.so.1", "/v3/liba.so.1", 0x0303, named | 1U}, {"liba.so.1", "/liba.so.1"}, {"libb.so.1", "/libb.so.1"}},
      {"x86-64-v2", "x86-64-v3"});
  for (size_t size = 0; size < file.size(); ++size) {
    const std::string cut = file.substr(0, size);
    (void)LdCache::parse(Bytes(cut)).find("liba.so.1", EM_X86_64, true);
  }
  for (size_t at = 0; at + 4 <= file.size(); ++at) {
    for (const uint32_t value : {0U, 1U, 0x7fffffffU, 0xffffffffU, static_cast<uint32_t>(file.size())}) {
      std::string poked = file;
      std::copy_n(reinterpret_cast<const char*>(&value), 4, poked.begin() + static_cast<std::ptrdiff_t>(at));
      (void)LdCache::parse(Bytes(poked)).find("liba.so.1", EM_X86_64, true);
    }
  }
}
