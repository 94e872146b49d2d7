// See image_disk.h.
#include "machine/image_disk.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/file.h"

namespace bundle::machine {

namespace {

class ImageDisk : public Disk {
 public:
  ImageDisk(std::shared_ptr<const ImageTree> tree, std::string place)
      : tree_(std::move(tree)), place_(std::move(place)) {}

  Status status(const std::string& path) const override { return link_status(path); }
  Status link_status(const std::string& path) const override {
    int error_number = 0;
    const ImageTree::Number number = tree_->find(path, error_number);
    if (number == ImageTree::none) return {};
    const ImageTree::Inode& inode = tree_->inode(number);
    Status status;
    status.is_link = inode.kind == ImageTree::Kind::link;
    status.kind = inode.kind == ImageTree::Kind::file     ? Kind::file
                  : inode.kind == ImageTree::Kind::folder ? Kind::folder
                                                          : Kind::other;
    status.mode = status.is_link ? 0777 : inode.mode;
    status.size = inode.size;
    if (inode.kind == ImageTree::Kind::other) status.what = inode.target->c_str();
    return status;
  }
  std::optional<std::string> link_target(const std::string& path, int& error_number) const override {
    const ImageTree::Number number = tree_->find(path, error_number);
    if (number == ImageTree::none) return std::nullopt;
    const ImageTree::Inode& inode = tree_->inode(number);
    if (inode.kind == ImageTree::Kind::link) return *inode.target;
    error_number = EINVAL;
    return std::nullopt;
  }
  Names list(const std::string& path, int& error_number) const override {
    const ImageTree::Number number = tree_->find(path, error_number);
    if (number == ImageTree::none) return {};
    const ImageTree::Inode& folder = tree_->inode(number);
    if (folder.kind != ImageTree::Kind::folder) {
      error_number = ENOTDIR;
      return {};
    }
    Names names;
    for (const auto& [name, entry] : *folder.entries) {
      const ImageTree::Kind kind = tree_->inode(entry.inode).kind;
      names.emplace_back(name, kind == ImageTree::Kind::file     ? Node::file
                               : kind == ImageTree::Kind::folder ? Node::folder
                               : kind == ImageTree::Kind::link   ? Node::link
                                                                 : Node::other);
    }
    return names;
  }
  std::shared_ptr<const OpenFile> open(const std::string& path, int& error_number) const override {
    const ImageTree::Number number = tree_->find(path, error_number);
    if (number == ImageTree::none) return nullptr;
    const ImageTree::Kind kind = tree_->inode(number).kind;
    error_number = kind == ImageTree::Kind::folder ? EISDIR : kind == ImageTree::Kind::file ? 0 : EINVAL;
    return error_number == 0 ? tree_->open(number, place_ + path) : nullptr;
  }
  std::shared_ptr<const MappedFile> map(const std::string& path, int& error_number) const override {
    const std::shared_ptr<const OpenFile> file = open(path, error_number);
    return file == nullptr ? nullptr : MappedFile::map(*file, error_number);
  }
  bool is_made_by_kernel(const std::string&) const override { return false; }
  std::optional<FileRights> rights(const std::string& path) const override {
    int error_number = 0;
    const ImageTree::Number number = tree_->find(path, error_number);
    return number == ImageTree::none ? std::nullopt : std::optional(tree_->rights(number));
  }

 private:
  const std::shared_ptr<const ImageTree> tree_;
  const std::string place_;
};

class Mounted : public Disk {
 public:
  Mounted(std::shared_ptr<const Disk> disk, std::string at, std::shared_ptr<const Disk> below)
      : disk_(std::move(disk)), at_(std::move(at)), below_(std::move(below)) {}

  Status status(const std::string& path) const override { return disk_of(path).status(inside(path)); }
  Status link_status(const std::string& path) const override { return disk_of(path).link_status(inside(path)); }
  std::optional<std::string> link_target(const std::string& path, int& error_number) const override {
    return disk_of(path).link_target(inside(path), error_number);
  }
  Names list(const std::string& path, int& error_number) const override {
    return disk_of(path).list(inside(path), error_number);
  }
  std::shared_ptr<const OpenFile> open(const std::string& path, int& error_number) const override {
    return disk_of(path).open(inside(path), error_number);
  }
  std::shared_ptr<const MappedFile> map(const std::string& path, int& error_number) const override {
    return disk_of(path).map(inside(path), error_number);
  }
  bool is_made_by_kernel(const std::string& path) const override {
    return disk_of(path).is_made_by_kernel(inside(path));
  }
  std::optional<FileRights> rights(const std::string& path) const override {
    return disk_of(path).rights(inside(path));
  }

 private:
  bool is_in(const std::string& path) const { return is_at_or_below(path, at_); }
  const Disk& disk_of(const std::string& path) const { return is_in(path) ? *disk_ : *below_; }
  std::string inside(const std::string& path) const {
    if (!is_in(path)) return path;
    return path.size() == at_.size() ? "/" : path.substr(at_.size());
  }

  const std::shared_ptr<const Disk> disk_;
  const std::string at_;
  const std::shared_ptr<const Disk> below_;
};

}  // namespace

std::shared_ptr<const Disk> disk_of_image(std::shared_ptr<const ImageTree> tree, std::string place) {
  return std::make_shared<ImageDisk>(std::move(tree), std::move(place));
}

std::shared_ptr<const Disk> mounted(std::shared_ptr<const Disk> disk, std::string at,
                                    std::shared_ptr<const Disk> below) {
  return std::make_shared<Mounted>(std::move(disk), std::move(at), std::move(below));
}

}  // namespace bundle::machine
