// Lookups in the redirect table (abi.h): which entry, if any, answers for a path. No system calls, no state:
// the unit tests run it on the build machine.
//
// Invariant: attach() has checked every offset, so that lookups need not.
#pragma once

#include <stddef.h>

#include "abi.h"

namespace redirect {

constexpr size_t path_room = 4096;  // PATH_MAX, its NUL included

class Table {
 public:
  /// `data` stays where it is as long as the table is used. False when it is not a table of this version: the
  /// table is then as empty as one that was never attached.
  bool attach(const void* data, size_t size);

  bool empty() const { return header_ == nullptr || header_->entry_count == 0; }
  bool prefers_target() const { return (header_->flags & redirect_abi::flag_prefer_target) != 0; }
  const char* string(uint32_t offset) const { return reinterpret_cast<const char*>(header_) + offset; }
  bool has_launchers() const { return header_ != nullptr && header_->launcher_count != 0; }
  /// Whether a file or folder is stored under another name than its own.
  bool has_aliases() const;
  const char* home() const { return string(header_->home); }
  const redirect_abi::Header* header() const { return header_; }

  /// The one comparison: false for a path that no entry can answer for, whatever follows. True for one that
  /// begins as all entries do, for a folder above them all, or one that has to be tidied before anything can
  /// be said of it. `path` may be null.
  bool may_hold(const char* path) const;

  /// The entry that answers for the tidy path of `length` bytes, without slashes at its end; null when there
  /// is none.
  const redirect_abi::Entry* find(const char* path, size_t length) const;

  /// The first entry below the tidy path of `length` bytes, a folder that is none itself; null when there is none.
  const redirect_abi::Entry* first_below(const char* path, size_t length) const;

  /// The absolute path that the file or folder of `entry` is stored under, null when that is its own.
  const char* stored(const redirect_abi::Entry& entry) const {
    const char* const start = string(entry.start);
    return entry.kind != redirect_abi::kind_program && *start == '/' ? start : nullptr;
  }

  /// The launcher at `path`, tidy and seen from the bundle's root; null when there is none.
  const redirect_abi::Launcher* find_launcher(const char* path, size_t length) const;

  /// Those with an index below header()->launcher_count.
  const redirect_abi::Launcher& launcher(uint32_t index) const { return launchers_[index]; }

  /// The launcher that starts `program`, seen from the bundle's root; null when there is none.
  const redirect_abi::Launcher* launcher_of(const char* program) const;

 private:
  uint32_t first_behind(const char* path, size_t length) const;

  const redirect_abi::Header* header_ = nullptr;
  const redirect_abi::Entry* entries_ = nullptr;
  const redirect_abi::Launcher* launchers_ = nullptr;
  const char* common_ = nullptr;
  size_t common_length_ = 0;
};

/// Copies the absolute `path` to `out` without "//", "/./" and "/../" (by its text alone; ".." at the root
/// vanishes). A slash at the end stays. Returns the length without the NUL, or 0 when `room` does not
/// suffice.
size_t tidy(const char* path, char* out, size_t room);

}  // namespace redirect
