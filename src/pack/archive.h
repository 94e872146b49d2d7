// The outputs: a zip, or the same entries as files in a folder.
//
// Outside rule: PKWARE's APPNOTE.TXT 6.3 (zip, Zip64), RFC 1951 (deflate), and what layer services accept:
// sizes and CRC in the local header (no data descriptors), made by Unix so that modes count, folders as
// entries of their own. Invariant: the archive's bytes depend on the entries, the level and the time alone -
// not on the number of jobs, the order in which entries were given, the umask, the time zone or the clock -
// and memory use does not grow with it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/pieces.h"

namespace bundle::pack {

/// One file, or a folder when `path` ends in '/'. Folders on the way to a file are added by themselves with
/// mode 0755.
struct Entry {
  std::string path;      // relative, '/' between parts, no empty, "." or ".." part
  uint32_t mode = 0644;  // permission bits only
  Pieces content;        // empty for a folder
};

/// 1980-01-01 00:00:00 UTC, the first moment that a zip can name.
constexpr int64_t zip_epoch = 315532800;

struct Settings {
  int level = 6;             // libdeflate's, 1 (fast) to 12 (small)
  unsigned jobs = 1;         // threads that compress
  int64_t time = zip_epoch;  // of every entry, Unix seconds; what a zip cannot name becomes the nearest that it can
  std::function<void(uint64_t done, uint64_t total)> progress;  // bytes of content; called on the caller's thread
};

/// Writes the whole archive to `out` and returns its size; the caller commits. Throws Error: machine when
/// writing fails (the disk is full), cannot_bundle when two entries have one path, one lies inside another
/// that is a file, or a path could lead out of the folder that the archive is unpacked in - all three are
/// mistakes of the caller.
uint64_t write_zip(AtomicFile& out, std::vector<Entry> entries, const Settings& settings);

/// Writes the same entries below `folder`, which exists and is empty. Modes are exact, whatever the umask;
/// all files bear one time, the clock's, since a folder is not what gets compared. Returns the bytes of
/// content. Throws as write_zip.
uint64_t write_folder(const std::string& folder, std::vector<Entry> entries, const Settings& settings);

/// The entries sorted by path, checked, with the folders that they imply. Both writers start with it.
std::vector<Entry> arrange(std::vector<Entry> entries);

}  // namespace bundle::pack
