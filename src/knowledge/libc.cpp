// See libc.h.
#include "knowledge/libc.h"

#include <algorithm>
#include <array>

namespace bundle::knowledge {

namespace {

struct Library {
  std::string_view soname;
  bool is_wanted_part = false;  // others link it, as they link libc itself
};

constexpr std::array<Library, 13> libraries = {{
    {"libc.so.6"},
    {"libm.so.6", true},
    {"libdl.so.2", true},
    {"libpthread.so.0", true},
    {"librt.so.1", true},
    {"libresolv.so.2"},
    {"libutil.so.1"},
    {"libnsl.so.1"},
    {"libanl.so.1"},
    {"libmvec.so.1"},
    {"ld-linux-x86-64.so.2"},
    {"ld-linux-aarch64.so.1"},
    {"libgcc_s.so.1"},
}};

}  // namespace

bool is_of_libc(std::string_view soname) {
  return std::any_of(libraries.begin(), libraries.end(), [&](const Library& row) { return row.soname == soname; });
}

bool is_musl(std::string_view name) { return name.starts_with("ld-musl-"); }

const std::vector<std::string>& parts_of_glibc() {
  static const std::vector<std::string> parts = [] {
    std::vector<std::string> out;
    for (const Library& row : libraries) {
      if (row.is_wanted_part) out.emplace_back(row.soname);
    }
    return out;
  }();
  return parts;
}

}  // namespace bundle::knowledge
