// See laid_disk.h.
#include "verify/laid_disk.h"

#include <cerrno>
#include <utility>

namespace bundle::verify {

using machine::Kind;
using machine::Status;

namespace {

class FolderDisk : public machine::Disk {
 public:
  explicit FolderDisk(std::string folder) : folder_(std::move(folder)) {}

  Status status(const std::string& path) const override { return live_->status(folder_ + path); }
  Status link_status(const std::string& path) const override { return live_->link_status(folder_ + path); }
  std::optional<std::string> link_target(const std::string& path, int& error_number) const override {
    return live_->link_target(folder_ + path, error_number);
  }
  Names list(const std::string& path, int& error_number) const override {
    return live_->list(folder_ + path, error_number);
  }
  std::shared_ptr<const OpenFile> open(const std::string& path, int& error_number) const override {
    return live_->open(folder_ + path, error_number);
  }
  std::shared_ptr<const MappedFile> map(const std::string& path, int& error_number) const override {
    return live_->map(folder_ + path, error_number);
  }
  bool is_made_by_kernel(const std::string& path) const override { return live_->is_made_by_kernel(folder_ + path); }
  std::optional<FileRights> rights(const std::string& path) const override { return live_->rights(folder_ + path); }

 private:
  std::string folder_;
  std::shared_ptr<const machine::Disk> live_ = machine::live_disk();
};

}  // namespace

std::shared_ptr<const machine::Disk> disk_of_folder(const std::string& folder) {
  std::string tidy = folder;
  while (tidy.ends_with('/')) tidy.pop_back();
  return std::make_shared<FolderDisk>(std::move(tidy));
}

void LaidDisk::lay(const std::string& path, Laid laid) {
  const Node node = laid.node;
  Laid& there = nodes_[path];
  if (there.node == Node::folder && node == Node::folder) laid.names = std::move(there.names);
  there = std::move(laid);
  std::string name = path;
  Node kind = node;
  while (name.size() > 1) {
    const std::string above(name.rfind('/') == 0 ? "/" : name.substr(0, name.rfind('/')));
    const bool was_there = nodes_.contains(above);
    nodes_[above].names[name.substr(name.rfind('/') + 1)] = kind;
    if (was_there) return;
    name = above;
    kind = Node::folder;
  }
}

void LaidDisk::add_folder(const std::string& path, uint32_t mode) { lay(path, {Node::folder, mode, 0, {}, {}}); }

void LaidDisk::add_link(const std::string& path, std::string text) {
  const uint64_t size = text.size();
  lay(path, {Node::link, 0777, size, std::move(text), {}});
}

void LaidDisk::add_file(const std::string& path, const std::string& kept, uint64_t size, uint32_t mode) {
  lay(path, {Node::file, mode, size, kept, {}});
}

const LaidDisk::Laid* LaidDisk::find(const std::string& path) const {
  const auto found = nodes_.find(path.empty() ? "/" : path);
  return found == nodes_.end() ? nullptr : &found->second;
}

/// What lies below a file or a link of this disk is not there, whatever the disk below says.
bool LaidDisk::is_hidden(const std::string& path) const {
  for (size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const Laid* const above = find(path.substr(0, slash));
    if (above != nullptr && above->node != Node::folder) return true;
  }
  return false;
}

Status LaidDisk::link_status(const std::string& path) const {
  const Laid* const laid = find(path);
  if (laid == nullptr) return below_ == nullptr || is_hidden(path) ? Status() : below_->link_status(path);
  Status status;
  status.is_link = laid->node == Node::link;
  status.kind = laid->node == Node::folder ? Kind::folder : laid->node == Node::file ? Kind::file : Kind::other;
  status.mode = laid->mode;
  status.size = laid->size;
  return status;
}

Status LaidDisk::status(const std::string& path) const { return link_status(path); }

std::optional<std::string> LaidDisk::link_target(const std::string& path, int& error_number) const {
  const Laid* const laid = find(path);
  if (laid != nullptr && laid->node == Node::link) return laid->text;
  if (laid != nullptr) {
    error_number = EINVAL;
    return std::nullopt;
  }
  if (is_hidden(path)) {
    error_number = ENOTDIR;
    return std::nullopt;
  }
  error_number = ENOENT;
  return below_ == nullptr ? std::nullopt : below_->link_target(path, error_number);
}

machine::Disk::Names LaidDisk::list(const std::string& path, int& error_number) const {
  const Laid* const laid = find(path);
  if (laid != nullptr && laid->node != Node::folder) {
    error_number = ENOTDIR;
    return {};
  }
  std::map<std::string, Node> names;
  error_number = ENOENT;
  if (below_ != nullptr && !is_hidden(path)) {
    for (auto& [name, node] : below_->list(path, error_number)) names[name] = node;
  }
  if (laid != nullptr) {
    error_number = 0;
    for (const auto& [name, node] : laid->names) names[name] = node;
  }
  return {names.begin(), names.end()};
}

std::shared_ptr<const OpenFile> LaidDisk::open(const std::string& path, int& error_number) const {
  const Laid* const laid = find(path);
  if (laid == nullptr) {
    error_number = ENOENT;
    return below_ == nullptr || is_hidden(path) ? nullptr : below_->open(path, error_number);
  }
  error_number = laid->node == Node::folder ? EISDIR : laid->text.empty() ? EACCES : 0;
  return error_number == 0 ? OpenFile::try_open(laid->text, error_number) : nullptr;
}

std::shared_ptr<const MappedFile> LaidDisk::map(const std::string& path, int& error_number) const {
  // Only texts are mapped, a loader's settings: a target has such, and no bundle.
  error_number = ENOENT;
  return find(path) != nullptr || below_ == nullptr || is_hidden(path) ? nullptr : below_->map(path, error_number);
}

}  // namespace bundle::verify
