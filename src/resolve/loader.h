// What one dynamic loader is built with: whose rules it follows, its default folders, and what its tokens
// stand for.
//
// glibc's loader carries its default folders ("/lib/x86_64-linux-gnu/", NUL, "/usr/lib/…") as text, and
// distributions differ in them, so they are read from the loader's own file, never run; a table by machine
// stands in where it is not there. $LIB follows from the first of them. It is read when the search first asks: most
// programs find all they need by run paths and the cache. musl's loader is known by its name, ld-musl-ARCH.so.1, and
// one that a bundle has renamed by the path file that it reads.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/source.h"
#include "plan/plan.h"

namespace bundle::resolve {

/// What a loader of glibc has built in, and what its tokens stand for.
struct BuiltIn {
  std::vector<std::string> default_folders;  // without a slash at the end
  bool asks_system_cache = true;             // /etc/ld.so.cache; a store's loader has one of its own, and no file
  std::string lib;                           // $LIB: "lib/x86_64-linux-gnu"
  std::string platform;                      // $PLATFORM: "x86_64"
  /// Folders below each library folder that this loader prefers on this processor, best first:
  /// "glibc-hwcaps/x86-64-v3", and before glibc 2.37 "tls/haswell". Empty for a loader that does not run here.
  std::vector<std::string> preferred_subfolders;
};

class Loader {
 public:
  /// Opens the loader's file; null when it is not there.
  using Open = std::function<std::shared_ptr<const OpenFile>()>;

  /// None, for static programs.
  Loader(uint16_t machine, bool is_64) : machine_(machine), is_64_(is_64) {}
  /// `path` is as PT_INTERP has it. `on_this_machine`: the processor at hand decides $PLATFORM, as it does for the
  /// loader.
  Loader(std::string path, uint16_t machine, bool is_64, bool on_this_machine, Open open);

  LoaderKind kind() const { return kind_; }
  const std::string& path() const { return path_; }
  uint16_t machine() const { return machine_; }
  bool is_64() const { return is_64_; }
  /// Of ld-musl-ARCH.so.1; empty for glibc's.
  const std::string& musl_architecture() const { return musl_architecture_; }
  /// Reads the loader's file at the first call. Throws Error (cannot_bundle) when that is corrupt.
  const BuiltIn& built_in() const;

 private:
  LoaderKind kind_ = LoaderKind::none;
  std::string path_;
  uint16_t machine_ = 0;
  bool is_64_ = true;
  bool on_this_machine_ = false;
  std::string musl_architecture_;
  Open open_;
  mutable std::optional<BuiltIn> built_in_;
};

/// The loader that programs of this machine type usually name; empty when none is known.
std::string usual_loader(uint16_t machine, bool is_64);

}  // namespace bundle::resolve
