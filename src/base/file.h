// Reading and writing files: a read-only mapping, and output that appears complete or not at all.
//
// AtomicFile writes to a file without a name in the folder of the target (O_TMPFILE, so that not even SIGKILL leaves a
// trace), or a temporary one where the file system has no such thing; commit() puts it in place by link(2) or
// rename(2), each atomic within a file system. The destructor discards what was not committed. What replaces a file is
// on disk before it takes the name, so that a power cut leaves one of the two; a file whose name was free is as durable
// as cp(1) makes it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/pieces.h"
#include "base/source.h"

namespace bundle {

/// A regular file mapped read-only. An empty file gives empty Bytes.
class MappedFile {
 public:
  /// Throws Error: cannot_bundle when there is no such file, it is not a regular file or may not be read.
  static std::shared_ptr<const MappedFile> open(const std::string& path);
  /// Like open(), but a file that cannot be had is a value: null, and its errno in `error_number` (EISDIR: a folder,
  /// EINVAL: neither file nor folder). Both throw Error (machine) for a fault of the machine (base/fault.h).
  static std::shared_ptr<const MappedFile> try_open(const std::string& path, int& error_number);
  /// Of a file that is open. Null, and the errno, when it cannot be mapped or read.
  static std::shared_ptr<const MappedFile> map(const OpenFile& file, int& error_number);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  Bytes bytes() const { return bytes_; }
  const std::string& path() const { return path_; }
  mode_t mode() const { return mode_; }
  /// What the file is, whatever its name: two paths of the same device and inode are one file.
  uint64_t device() const { return device_; }
  uint64_t inode() const { return inode_; }

 private:
  MappedFile() = default;
  friend class AtomicFile;
  std::string path_;
  Bytes bytes_;
  mode_t mode_ = 0;
  uint64_t device_ = 0;
  uint64_t inode_ = 0;
};

/// A new file that takes the target's name only at commit().
class AtomicFile {
 public:
  /// Opens a new file in the folder of `target` or of what a symlink there leads to, with `mode` less the umask. Throws
  /// Error: machine, which names the folder, when that fails; usage when the target is there and is no regular file.
  explicit AtomicFile(std::string target, mode_t mode = 0666);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Throws Error (machine), "No space left on device" for one.
  void write(std::string_view data);
  void write_at(uint64_t offset, std::string_view data);
  /// Appends `length` bytes of `source` from `offset`: within the kernel where the file systems can, and its holes stay
  /// holes. `source` may have been replaced since it was mapped; what is copied is what was mapped.
  void copy(const MappedFile& source, uint64_t offset, uint64_t length);
  /// The permissions, whatever the umask. Behind set_owner() and the last write, both of which take set-ID bits away.
  void set_mode(mode_t mode);
  /// Whether it belongs to these afterwards. The group may be given where the owner may not.
  bool set_owner(uid_t owner, gid_t group);
  /// An extended attribute; behind set_mode(). Whether the file system and this user's rights allow it.
  bool set_attribute(const std::string& name, std::string_view value);
  uint64_t written() const { return written_; }
  /// Drops what lies behind the first `size` bytes; write() goes on from there.
  void rewind(uint64_t size);

  /// Links it to the target's name. An existing target is an Error (usage), or with `replace` the file is synced,
  /// renamed over it, and the folder synced.
  void commit(bool replace);

 private:
  bool take_free_name();
  void take_name_of_another();

  std::string target_;
  std::string temporary_;  // its name for now, empty while it has none
  int descriptor_ = -1;
  uint64_t written_ = 0;
  bool ends_in_hole_ = false;
};

/// A new folder that takes the target's name only at commit(), and is removed with all in it when not committed.
class AtomicFolder {
 public:
  /// `target` without its trailing slashes; its parent must exist.
  explicit AtomicFolder(std::string target);
  ~AtomicFolder();
  AtomicFolder(const AtomicFolder&) = delete;
  AtomicFolder& operator=(const AtomicFolder&) = delete;

  /// Where to write.
  const std::string& path() const { return temporary_; }
  /// Renames it to the target, with mode 0755. With `replace`, one that is there is swapped out and then removed.
  void commit(bool replace);

 private:
  std::string target_;
  std::string temporary_;
};

/// The whole file, or nothing when there is none. Throws Error (cannot_bundle) when it is there and cannot be read.
std::optional<std::string> read_file(const std::string& path);

/// Writes a file that did not exist, for folders that appear as a whole later. `mode` is exact, whatever the umask.
void write_new_file(const std::string& path, std::string_view data, mode_t mode);
void write_new_file(const std::string& path, const Pieces& content, mode_t mode);

/// "a/b/../c//d" -> "a/c/d", by its text alone. An absolute path stays absolute; ".." at its root vanishes.
std::string normal_path(std::string_view path);
/// `path` made absolute against the working folder, then normal_path, unless that would be another file because a ".."
/// follows a symlink.
std::string absolute_path(std::string_view path);
/// With every symlink resolved, or nothing when that fails.
std::optional<std::string> real_path(const std::string& path);
std::string_view base_name(std::string_view path);    // "/a/b" -> "b"
std::string_view folder_name(std::string_view path);  // "/a/b" -> "/a", "b" -> "."
/// Whether `path` lies below `folder`; whether it does or is it. By their text, both tidy; nothing lies below "/".
bool is_below(std::string_view path, std::string_view folder);
bool is_at_or_below(std::string_view path, std::string_view folder);
/// `text` less the blanks at its ends.
std::string_view trimmed(std::string_view text, std::string_view blanks = " \t\r\n\f\v");
/// The items between `separators`, empty ones kept: "a::b" is three.
std::vector<std::string> split(std::string_view text, std::string_view separators);

}  // namespace bundle
