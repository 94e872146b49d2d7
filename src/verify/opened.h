// A bundle as its files, whatever it was written as, and what others made in its place.
//
// What looks into a bundle (verify, list, diff, slim, run) asks here and nowhere else for what is in it. Nothing of it
// is trusted: names are as they stand there, whether they lead out of it or are there twice is for the caller to ask.
// No content is in memory longer than its caller holds it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/folder.h"

namespace bundle::verify {

class ArchiveReader;

struct OpenedFile {
  std::string path;  // relative to the bundle's root, '/' between parts and none at the end
  Node node = Node::file;
  uint32_t mode = 0;                    // permission bits
  bool has_mode = true;                 // false: whoever wrote it knew of none, as zips made on Windows
  uint64_t size = 0;                    // of a file: bytes
  size_t index = 0;                     // for who opened it
  std::optional<uint64_t> packed = {};  // bytes that the archive has for it, where it is one

  bool is_file() const { return node == Node::file; }
};

class Opened {
 public:
  virtual ~Opened() = default;

  /// As the user named it.
  const std::string& path() const { return path_; }
  /// Sorted by path; one that is there twice stands twice. The folders among them are those that it tells of.
  const std::vector<OpenedFile>& files() const { return files_; }
  /// The first of that path; nullptr when there is none.
  const OpenedFile* find(std::string_view path) const;
  /// What a file holds, or a symlink's text. Throws Error (cannot_bundle) when it is damaged or cannot be read, or
  /// holds more than `limit` bytes.
  virtual std::string content(const OpenedFile& file, uint64_t limit = UINT64_MAX) const = 0;
  /// The same piece by piece, so that no file is in memory whole. What was handed on before it throws is of no use.
  virtual void read(const OpenedFile& file, const std::function<void(Bytes)>& take) const;
  /// The zip that it is; null for a folder.
  virtual const ArchiveReader* archive() const { return nullptr; }

 protected:
  Opened(std::string path, std::vector<OpenedFile> files);

 private:
  std::string path_;
  std::vector<OpenedFile> files_;
};

/// A zip or a folder. Throws Error (cannot_bundle) when it is neither.
std::unique_ptr<Opened> open_bundle(const std::string& path);

/// Writes all of it below `folder`, which is there and empty, with its permissions (0644, and 0755 of folders, where it
/// has none; set-user-ID and its like never), symlinks as such, of doubles the last. Throws Error: cannot_bundle for a
/// name or a symlink on the way to one that leads out of it and for what is neither file, folder nor symlink; machine
/// when it cannot be written.
void unpack(const Opened& bundle, const std::string& folder);

}  // namespace bundle::verify
