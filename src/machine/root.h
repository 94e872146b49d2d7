// A source machine's files, as its programs would see them: this machine's own, a folder that stands for the root of
// another (--sysroot), or whatever disk a caller brings. The only way to them for all that looks for what a program
// needs.
//
// Every path that goes in is an absolute path "inside"; a "source" is where a file is on the disk, by which it is read
// and bundled. In a sysroot each symlink is followed here and not by the kernel: an absolute target starts again at the
// sysroot, ".." stops there. So nothing outside it is ever opened, whatever its links say, but for the files and
// folders that the user named and that were laid in (lay_in). Limits are the kernel's: 40 links, then ELOOP
// (path_resolution(7)).
#pragma once

#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "machine/disk.h"

namespace bundle::machine {

class Root {
 public:
  /// `sysroot` is "" or "/" for this machine, whose files are those of `disk`. Throws Error (usage) when it is not a
  /// folder.
  explicit Root(const std::string& sysroot, std::shared_ptr<const Disk> disk = live_disk());
  /// The root of another disk.
  explicit Root(std::shared_ptr<const Disk> disk);

  bool is_host() const { return is_host_; }
  /// The sysroot without symlinks; "" for this machine.
  const std::string& sysroot() const { return sysroot_; }

  /// The working folder, inside. In a sysroot that the process does not stand in, it is "/".
  const std::string& working_folder() const { return working_folder_; }
  /// `path` made absolute against the working folder, its ".." and links left as they are.
  std::string absolute(std::string_view path) const;

  /// Lets a file or folder of this machine, by its path without symlinks, take part in a sysroot under that very path:
  /// the program of a cross build, a folder of -L. What the sysroot has there is hidden. Links in it are followed as
  /// all others: an absolute one leads into the sysroot.
  void lay_in(const std::string& host);

  /// The inside path that a path written by the user means: one of this machine that leads into the sysroot, else the
  /// same path inside. Nothing when there is no such file. On this machine the absolute path, unchecked.
  std::optional<std::string> meant_by(const std::string& named);

  struct Place {
    std::string host;      // what to open on this machine; empty when error_number is set
    int error_number = 0;  // ENOENT, ENOTDIR, ELOOP, EACCES …
  };
  /// Where `inside` is on this machine. For the host root that is the same path, unchecked; in a sysroot it
  /// has no symlink left and exists.
  Place locate(const std::string& inside);

  /// The path on this machine of a path inside that has no symlinks, as real() gives.
  std::string at(const std::string& inside) const;

  /// `inside` with every symlink resolved, still inside; nothing when it does not exist.
  std::optional<std::string> real(const std::string& inside) { return real(inside, 0); }

  /// What is at `inside`; links are followed.
  Status look(const std::string& inside);
  /// The same of a link itself.
  Status look_at_link(const std::string& inside);
  /// What it leads to: file, folder, or absent for all else.
  Kind kind(const std::string& inside);
  /// Whether there is such a folder.
  bool is_folder(const std::string& inside) { return look(inside).is_folder(); }
  /// Whether there is a regular file that somebody may execute.
  bool is_executable(const std::string& inside) { return look(inside).is_executable(); }
  /// The names in a folder, sorted; empty when it cannot be read, with the errno in `error_number`.
  Disk::Names entries(const std::string& inside, int& error_number);
  std::vector<std::string> list(const std::string& inside);
  /// glob(3): the paths that match an absolute pattern, sorted. A part without a wildcard need not be there.
  std::vector<std::string> matching(const std::string& pattern);
  /// All below a folder, parents first, links not followed. See base/folder.h.
  void walk(const std::string& inside, const Walk& walk);
  /// The content of a file, or nothing.
  std::optional<std::string> read(const std::string& inside);
  /// The same; throws Error (cannot_bundle) when it is there and cannot be read: for what must not be taken for absent.
  std::optional<std::string> read_listed(const std::string& inside);
  /// The text of a link; nothing when it is none.
  std::optional<std::string> link_text(const std::string& inside);
  /// Null, and the errno in `error_number`, when it cannot be had.
  std::shared_ptr<const OpenFile> open(const std::string& inside, int& error_number);
  std::shared_ptr<const MappedFile> map(const std::string& inside, int& error_number);
  /// By its source, from several threads at once if need be. Both throw Error as MappedFile::open does.
  std::shared_ptr<const MappedFile> map_source(const std::string& source) const;
  std::shared_ptr<const OpenFile> open_source(const std::string& source) const;
  /// In the same way; nothing when there is no such file, Error (cannot_bundle) when it cannot be read.
  std::optional<std::string> read_source(const std::string& source) const;
  /// What it has beside its bytes, by its source.
  std::optional<FileRights> rights_of_source(const std::string& source) const { return disk_->rights(source); }
  /// See Disk.
  bool is_made_by_kernel(const std::string& inside);

  /// `path` as its file lies: below /usr where /lib, /bin and their like are links into it (Debian's merged /usr).
  std::string as_it_lies(const std::string& path);

  /// The inside path of a path of this machine, when it lies in the sysroot, under its real name or the one given, or
  /// was laid in.
  std::optional<std::string> inside_of(const std::string& host) const;

 private:
  struct Resolved {
    std::string inside;
    int error_number = 0;
  };
  const std::string* laid_in_above(std::string_view inside) const;
  bool leads_to_laid_in(std::string_view folder) const;
  Resolved resolved(const std::string& inside) const;
  const Resolved& real_folder(const std::string& folder);
  std::optional<std::string> real(const std::string& inside, int links);

  std::shared_ptr<const Disk> disk_;
  bool is_host_ = true;
  std::string sysroot_;
  std::string named_;  // the same, as the user named it
  std::string working_folder_;
  std::vector<std::string> laid_in_;  // real paths of this machine
  std::unordered_map<std::string, Resolved> folders_;
  std::unordered_map<std::string, bool> is_merged_;
};

}  // namespace bundle::machine
