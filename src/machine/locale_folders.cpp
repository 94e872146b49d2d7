// The disk on which each locale of an archive lies as a folder. See locale_archive.h.
//
// Only what is not there is looked for in an archive, and only below a folder .../lib/locale that has one. What is
// handed out is a file without a name (memfd_create(2)), which is read and mapped as any other.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "base/error.h"
#include "base/fault.h"
#include "machine/locale_archive.h"

namespace bundle::machine {

namespace {

constexpr std::string_view locales = "/lib/locale";
constexpr std::string_view archive_name = "/locale-archive";

/// What an archive has for a path: a folder and the names in it, or a file.
struct Made {
  bool is_folder = false;
  Disk::Names names;
  Bytes content;
};

class LocaleFolders : public Disk {
 public:
  explicit LocaleFolders(std::shared_ptr<const Disk> disk) : disk_(std::move(disk)) {}

  Status status(const std::string& path) const override {
    const Status there = disk_->status(path);
    return there.is_there() ? there : made_status(path);
  }
  Status link_status(const std::string& path) const override {
    const Status there = disk_->link_status(path);
    return there.is_there() ? there : made_status(path);
  }
  std::optional<std::string> link_target(const std::string& path, int& error_number) const override {
    std::optional<std::string> target = disk_->link_target(path, error_number);
    if (!target && error_number == ENOENT && made(path)) error_number = EINVAL;
    return target;
  }
  Names list(const std::string& path, int& error_number) const override {
    Names names = disk_->list(path, error_number);
    if (error_number == ENOENT) {
      if (std::optional<Made> folder = made(path); folder && folder->is_folder) {
        error_number = 0;
        return std::move(folder->names);
      }
    }
    if (error_number == 0 && path.ends_with(locales)) add_locales(path, names);
    return names;
  }
  std::shared_ptr<const OpenFile> open(const std::string& path, int& error_number) const override {
    std::shared_ptr<const OpenFile> file = disk_->open(path, error_number);
    return file == nullptr && error_number == ENOENT ? open_made(path, error_number) : file;
  }
  std::shared_ptr<const MappedFile> map(const std::string& path, int& error_number) const override {
    std::shared_ptr<const MappedFile> file = disk_->map(path, error_number);
    if (file != nullptr || error_number != ENOENT) return file;
    const std::shared_ptr<const OpenFile> opened = open_made(path, error_number);
    return opened == nullptr ? nullptr : MappedFile::map(*opened, error_number);
  }
  bool is_made_by_kernel(const std::string& path) const override { return disk_->is_made_by_kernel(path); }
  std::optional<FileRights> rights(const std::string& path) const override { return disk_->rights(path); }

 private:
  struct Archive {
    std::shared_ptr<const MappedFile> file;
    LocaleArchive locales;
  };

  /// The archive in a folder of locales; null when there is none.
  std::shared_ptr<const Archive> archive_in(const std::string& folder) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto known = archives_.find(folder);
    if (known != archives_.end()) return known->second;
    const std::string path = folder + std::string(archive_name);
    int error_number = 0;
    const std::shared_ptr<const MappedFile> file = disk_->map(path, error_number);
    std::shared_ptr<const Archive> archive;
    if (file != nullptr) {
      explained(path, [&] { archive = std::make_shared<Archive>(Archive{file, LocaleArchive(file->bytes())}); });
    }
    archives_.emplace(folder, archive);
    return archive;
  }

  template <class Read>
  static void explained(const std::string& path, const Read& read) {
    try {
      read();
    } catch (Error& error) {
      error.set_path_if_empty(path);
      error.set_next_step_if_empty(
          "Make it anew with localedef or locale-gen, or leave the locales out with --locale none");
      throw;
    }
  }

  std::optional<Made> made(const std::string& path) const {
    const size_t at = path.rfind(std::string(locales) + "/");
    if (at == std::string::npos) return std::nullopt;
    const std::string folder = path.substr(0, at + locales.size());
    const std::string inside = path.substr(folder.size() + 1);
    const size_t slash = std::min(inside.find('/'), inside.size());
    const std::shared_ptr<const Archive> archive = archive_in(folder);
    if (archive == nullptr || !archive->locales.has(inside.substr(0, slash))) return std::nullopt;
    std::vector<LocaleArchive::File> files;
    explained(folder + std::string(archive_name), [&] { files = archive->locales.files(inside.substr(0, slash)); });
    const std::string below = slash == inside.size() ? "" : inside.substr(slash + 1) + "/";
    Made out;
    out.is_folder = below.empty();
    for (const LocaleArchive::File& file : files) {
      if (file.path + "/" == below) return Made{false, {}, file.content};
      if (!file.path.starts_with(below)) continue;
      const std::string rest = file.path.substr(below.size());
      const size_t end = rest.find('/');
      out.is_folder = true;
      out.names.emplace_back(rest.substr(0, end), end == std::string::npos ? Node::file : Node::folder);
    }
    std::sort(out.names.begin(), out.names.end());
    return out.is_folder ? std::optional(std::move(out)) : std::nullopt;
  }

  Status made_status(const std::string& path) const {
    const std::optional<Made> found = made(path);
    if (!found) return {};
    Status status;
    status.kind = found->is_folder ? Kind::folder : Kind::file;
    status.mode = found->is_folder ? 0755 : 0644;
    status.size = found->content.size();
    return status;
  }

  void add_locales(const std::string& folder, Names& names) const {
    const std::shared_ptr<const Archive> archive = archive_in(folder);
    if (archive == nullptr) return;
    const Names there = names;
    for (std::string& name : archive->locales.names()) {
      const auto same =
          std::lower_bound(there.begin(), there.end(), name,
                           [](const auto& each, const std::string& wanted) { return each.first < wanted; });
      if (same == there.end() || same->first != name) names.emplace_back(std::move(name), Node::folder);
    }
    std::sort(names.begin(), names.end());
  }

  std::shared_ptr<const OpenFile> open_made(const std::string& path, int& error_number) const {
    const std::optional<Made> found = made(path);
    if (!found) return nullptr;  // and the disk's own error
    if (found->is_folder) {
      error_number = EISDIR;
      return nullptr;
    }
    Descriptor memory(::memfd_create("locale", MFD_CLOEXEC));
    const std::string_view text = found->content.text();
    for (size_t at = 0; memory.get() >= 0 && at < text.size();) {
      const ssize_t count = uninterrupted([&] { return ::write(memory.get(), text.data() + at, text.size() - at); });
      if (count <= 0) throw system_error(path, "cannot be taken out of its archive: write", errno);
      at += static_cast<size_t>(count);
    }
    if (memory.get() < 0 || ::fchmod(memory.get(), 0644) != 0)
      throw system_error(path, "cannot be taken out of its archive: memfd_create", errno);
    return OpenFile::adopt(std::move(memory), path, error_number);
  }

  const std::shared_ptr<const Disk> disk_;
  mutable std::mutex mutex_;
  mutable std::unordered_map<std::string, std::shared_ptr<const Archive>> archives_;  // by their folders
};

}  // namespace

std::shared_ptr<const Disk> with_locale_folders(std::shared_ptr<const Disk> disk) {
  return std::make_shared<LocaleFolders>(std::move(disk));
}

}  // namespace bundle::machine
