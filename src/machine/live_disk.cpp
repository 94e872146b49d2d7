// This machine's file system, by system calls. See disk.h.
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>

#include "base/fault.h"
#include "machine/disk.h"

namespace bundle::machine {

namespace {

Status described(const std::optional<struct stat>& status) {
  if (!status) return {};
  Status out;
  out.is_link = S_ISLNK(status->st_mode);
  out.kind = S_ISREG(status->st_mode) ? Kind::file : S_ISDIR(status->st_mode) ? Kind::folder : Kind::other;
  if (out.kind == Kind::other)
    out.what = S_ISFIFO(status->st_mode) ? "a named pipe" : S_ISSOCK(status->st_mode) ? "a socket" : "a device";
  out.mode = status->st_mode & 07777U;
  out.size = static_cast<uint64_t>(status->st_size);
  return out;
}

class LiveDisk : public Disk {
 public:
  Status status(const std::string& path) const override { return described(status_of(path)); }
  Status link_status(const std::string& path) const override { return described(link_status_of(path)); }

  std::optional<std::string> link_target(const std::string& path, int& error_number) const override {
    return link_text(path, error_number);
  }

  std::vector<std::pair<std::string, Node>> list(const std::string& path, int& error_number) const override {
    return list_folder(path, error_number);
  }
  std::shared_ptr<const OpenFile> open(const std::string& path, int& error_number) const override {
    return OpenFile::try_open(path, error_number);
  }
  std::shared_ptr<const MappedFile> map(const std::string& path, int& error_number) const override {
    return MappedFile::try_open(path, error_number);
  }

  std::optional<FileRights> rights(const std::string& path) const override { return rights_of(path); }

  bool is_made_by_kernel(const std::string& path) const override {
    struct statfs system = {};
    if (uninterrupted([&] { return ::statfs(path.c_str(), &system); }) != 0) return false;
    // linux/magic.h, and fs/fuse/control.c and fs/configfs/mount.c for the last two.
    static constexpr std::array<long, 15> kernels = {
        PROC_SUPER_MAGIC,   SYSFS_MAGIC,    CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC,
        SECURITYFS_MAGIC,   SELINUX_MAGIC,  BPF_FS_MAGIC,       EFIVARFS_MAGIC,      PSTOREFS_MAGIC,
        DEVPTS_SUPER_MAGIC, BINFMTFS_MAGIC, TRACEFS_MAGIC,      0x65735543,          0x62656570};
    return std::find(kernels.begin(), kernels.end(), static_cast<long>(system.f_type)) != kernels.end();
  }
};

}  // namespace

std::shared_ptr<const Disk> live_disk() {
  static const std::shared_ptr<const Disk> disk = std::make_shared<LiveDisk>();
  return disk;
}

}  // namespace bundle::machine
