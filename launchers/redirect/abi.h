// The redirect library's table: written by src/launch/redirect_table.cpp, read by table.cpp. Both sides
// include this file, both check the layout. Little-endian, as every machine that has a launcher.
//
// Where things lie, seen from the folder HOME that libredirect.so itself is in ("lib/rig" in the layer):
//     HOME/libredirect.so
//     HOME/redirect.tab      the table
//     HOME/root/ABSOLUTE     what the program knows as /ABSOLUTE; a file or folder of several names lies under one
//                            of them
//     HOME/START             for an entry of kind program: the launcher that starts it where HOME is not the
//                            home that the table names; START is of the builder's choice
//                            ("start/usr/lib/git-core/git", "../../bin/git")
// Launchers stand where an ordinary installation would have a symlink, and are answered as such: to the program, or
// to the script that they start an interpreter with. These paths are seen from the bundle's own root, Header::levels
// folders above HOME.
// Without a table the library passes every call through.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace redirect_abi {

constexpr char table_name[] = "redirect.tab";
constexpr char root_name[] = "root";
constexpr char magic[16] = "bundle-redirect";
constexpr uint32_t version = 4;
constexpr uint32_t no_entry = UINT32_MAX;

// Header::flags.
constexpr uint32_t flag_prefer_target = 1;  // a file that the target has under that very path is the one to use

// Entry::kind.
constexpr uint8_t kind_file = 1;     // this path and none below it
constexpr uint8_t kind_folder = 2;   // this path, and every path below it that is there in the bundle
constexpr uint8_t kind_program = 3;  // as file, and when executed away from the table's home, by its launcher

// Entry::flags.
constexpr uint8_t flag_always_start = 1;  // by its launcher even at home: it could not be rewritten

/// Strings are offsets from the start of the table, NUL-terminated, and lie within it.
struct Header {
  char magic[16];
  uint32_t abi_version;
  uint32_t size;  // of the whole table in bytes
  uint32_t flags;
  uint32_t entry_count;  // entries follow the header, in the order of compare() below
  uint32_t common;       // what all entries' paths begin with: what a path must begin with to be looked up
  uint32_t common_length;
  uint32_t home;         // "/opt/lib/rig": where programs start by themselves
  uint32_t environment;  // environment_count strings "KEY=VALUE", one behind the other; @root@ is HOME/root
  uint32_t environment_count;
  uint32_t launchers;  // launcher_count of Launcher, in the order of compare() below
  uint32_t launcher_count;
  uint32_t levels;
};

struct Entry {
  uint32_t path;    // "/usr/share/rig": absolute, tidy, no slash at its end
  uint32_t length;  // of path
  uint32_t start;   // for a program: relative to HOME; for a file or folder: the absolute path that it is stored under,
                    // if another one; else the empty string. What has an entry below there has it for both paths
  uint32_t parent;  // the innermost folder entry that this one is below, or no_entry
  uint8_t kind;
  uint8_t flags;
  uint8_t reserved[6];
};

struct Launcher {
  uint32_t path;     // "bin/cmake"
  uint32_t length;   // of path
  uint32_t program;  // "lib/cmake/root/usr/bin/cmake"
};

static_assert(sizeof(Header) == 64);
static_assert(sizeof(Launcher) == 12);
static_assert(offsetof(Header, common) == 32);
static_assert(sizeof(Entry) == 24);
static_assert(offsetof(Entry, kind) == 16);

/// The order of entries: by byte, except that '/' comes before every other one. So all that is below a folder
/// follows it directly, and a path's predecessor in the table is the path itself, a folder above it, or below
/// such a folder.
inline int compare(const char* a, size_t a_length, const char* b, size_t b_length) {
  const size_t shorter = a_length < b_length ? a_length : b_length;
  for (size_t i = 0; i < shorter; ++i) {
    if (a[i] == b[i]) continue;
    if (a[i] == '/') return -1;
    if (b[i] == '/') return 1;
    return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[i]) ? -1 : 1;
  }
  return a_length == b_length ? 0 : a_length < b_length ? -1 : 1;
}

}  // namespace redirect_abi
