// The configuration block of a launcher: written by src/launch, read by launchers/launcher.cpp.
//
// A prebuilt launcher holds exactly one Config, empty but for its first three fields, under a magic that
// occurs nowhere else in it. src/launch finds it by the magic and fills in the rest. Both sides include this
// file, both assert the layout. Little-endian, as every machine that has a launcher.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace launcher_abi {

constexpr uint32_t version = 4;
constexpr char magic[16] = "bundle-launcher";
constexpr size_t text_size = 3020;

// Config::flags.
constexpr uint32_t flag_musl = 1;        // the loader is musl's: LD_LIBRARY_PATH would beat the run path
constexpr uint32_t flag_runpath = 2;     // the run path is a DT_RUNPATH by the user's wish, leave the tag
constexpr uint32_t flag_never_exec = 4;  // the program's interpreter or run path does not fit the prefix

/// Strings are offsets into `text`, each NUL-terminated. Offset 0 is the empty string.
/// Paths other than `prefix` are relative to the bundle's root.
struct Config {
  char magic[16];
  uint32_t abi_version;
  uint32_t size;  // sizeof(Config)
  uint32_t flags;
  uint16_t prefix;       // "/opt": where exec is the right way
  uint16_t program;      // "lib/rig/root/usr/bin/rig"
  uint16_t loader;       // "lib/rig/ld.so", empty for a static program
  uint16_t libraries;    // "lib/rig:lib/rig/2:/usr/lib64", the folders of the run path, the target's as they are
  uint16_t environment;  // environment_count strings "KEY=VALUE", one behind the other; @root@ is the root
  uint16_t environment_count;
  uint16_t depth;         // folders between the root and the launcher: 1 for bin/rig
  uint16_t first_needed;  // a DT_NEEDED that the program's file lacks, loaded ahead of its others; or empty
  uint16_t argv0;         // what the program is told it is called; empty: what the caller says
  uint16_t instead_of;    // argv0 stands in the place of this name alone: "bootstrap", the launcher's; empty: of any
  // For a script's interpreter, which is called as the kernel would call it, "/usr/bin/perl":
  uint16_t arguments;  // arguments_count strings, one behind the other, ahead of the caller's; @root@ is the root
  uint16_t arguments_count;
  char text[text_size];
};

static_assert(sizeof(Config) == 3072);
static_assert(offsetof(Config, abi_version) == 16);
static_assert(offsetof(Config, flags) == 24);
static_assert(offsetof(Config, prefix) == 28);
static_assert(offsetof(Config, first_needed) == 42);
static_assert(offsetof(Config, argv0) == 44);
static_assert(offsetof(Config, text) == 52);

}  // namespace launcher_abi
