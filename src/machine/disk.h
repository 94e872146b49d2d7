// A disk: what a Root asks for the files of a source machine.
//
// Everything that a Root knows it asks by these few questions, so that its rules (links, sysroots, limits) are written
// once and hold for this machine's file system, for one that a test makes up, and for whatever else can answer. Paths
// are those of the disk itself. Invariant: what is not there is a value; a fault of the machine is an Error (machine).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/folder.h"
#include "base/rights.h"
#include "base/source.h"

namespace bundle::machine {

/// What a path leads to.
enum class Kind { absent, file, folder, other };

struct Status {
  Kind kind = Kind::absent;
  bool is_link = false;   // of a link itself, when that was asked for; `kind` is then other
  uint32_t mode = 0;      // the permission bits, set-ID and sticky among them
  uint64_t size = 0;      // bytes
  const char* what = "";  // of kind other: "a named pipe"

  bool is_file() const { return kind == Kind::file; }
  bool is_folder() const { return kind == Kind::folder; }
  bool is_there() const { return kind != Kind::absent; }
  /// A regular file that somebody may execute.
  bool is_executable() const { return is_file() && (mode & 0111U) != 0; }
};

class Disk {
 public:
  using Names = std::vector<std::pair<std::string, Node>>;
  virtual ~Disk() = default;

  /// Links are followed, by the disk's own rules.
  virtual Status status(const std::string& path) const = 0;
  /// Of a link itself.
  virtual Status link_status(const std::string& path) const = 0;
  /// The text of a link; nothing, with an errno in `error_number` (EINVAL: it is none), otherwise.
  virtual std::optional<std::string> link_target(const std::string& path, int& error_number) const = 0;
  /// The names in a folder, sorted. When it cannot be read: none, and the errno in `error_number`, else 0.
  virtual Names list(const std::string& path, int& error_number) const = 0;
  /// Null, and the errno in `error_number`, when it cannot be had: EISDIR for a folder.
  virtual std::shared_ptr<const OpenFile> open(const std::string& path, int& error_number) const = 0;
  virtual std::shared_ptr<const MappedFile> map(const std::string& path, int& error_number) const = 0;
  /// Whether the file is made up by the kernel when it is read (proc, sysfs and their like): it has no size, or not its
  /// own.
  virtual bool is_made_by_kernel(const std::string& path) const = 0;
  /// What the file has beside its bytes; nothing when there is none, or the disk keeps no such thing.
  virtual std::optional<FileRights> rights(const std::string& path) const = 0;
};

/// This machine's file system.
std::shared_ptr<const Disk> live_disk();

/// The same disk, as it was when it was first asked for each thing, so that a run sees one state of a machine and asks
/// for it once. What files hold is not kept. For several threads.
std::shared_ptr<const Disk> asked_once(std::shared_ptr<const Disk> disk);

}  // namespace bundle::machine
