// What one dynamic loader is built with: whose rules it follows, its default folders, and what its tokens
// stand for.
//
// glibc's loader carries its default folders ("/lib/x86_64-linux-gnu/", NUL, "/usr/lib/…") as text, and
// distributions differ in them, so they are read from the loader's own file, never run; a table by machine
// stands in where it is not there. $LIB follows from the first of them. musl's loader is known by its name,
// ld-musl-ARCH.so.1.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "plan/plan.h"

namespace bundle::resolve {

struct Loader {
  LoaderKind kind = LoaderKind::glibc;
  std::string path;  // as PT_INTERP has it
  uint16_t machine = 0;
  bool is_64 = true;
  std::vector<std::string> default_folders;  // glibc's; without a slash at the end
  std::string lib;                           // $LIB: "lib/x86_64-linux-gnu"
  std::string platform;                      // $PLATFORM: "x86_64"
  std::string musl_architecture;             // of ld-musl-ARCH.so.1
  /// Folders below each library folder that this loader prefers on this processor, best first:
  /// "glibc-hwcaps/x86-64-v3", and before glibc 2.37 "tls/haswell". Empty for a loader that does not run here.
  std::vector<std::string> preferred_subfolders;
};

/// `content` is the loader's file, empty when it is not there. `on_this_machine`: the processor at hand
/// decides $PLATFORM, as it does for the loader.
Loader describe_loader(const std::string& path, Bytes content, uint16_t machine, bool is_64, bool on_this_machine);

/// The loader that programs of this machine type usually name; empty when none is known.
std::string usual_loader(uint16_t machine, bool is_64);

}  // namespace bundle::resolve
