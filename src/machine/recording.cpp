// See recording.h.
#include "machine/recording.h"

#include <utility>

namespace bundle::machine {

namespace {

class Recorded : public Disk {
 public:
  Recorded(std::shared_ptr<const Disk> disk, std::shared_ptr<Recording> recording)
      : disk_(std::move(disk)), recording_(std::move(recording)) {}

  Status status(const std::string& path) const override {
    recording_->add_looked_at(path);
    return disk_->status(path);
  }
  Status link_status(const std::string& path) const override {
    recording_->add_looked_at(path);
    return disk_->link_status(path);
  }
  std::optional<std::string> link_target(const std::string& path, int& error_number) const override {
    recording_->add_looked_at(path);
    return disk_->link_target(path, error_number);
  }
  Names list(const std::string& path, int& error_number) const override {
    recording_->add_listed(path);
    return disk_->list(path, error_number);
  }
  std::shared_ptr<const OpenFile> open(const std::string& path, int& error_number) const override {
    recording_->add_read(path);
    return disk_->open(path, error_number);
  }
  std::shared_ptr<const MappedFile> map(const std::string& path, int& error_number) const override {
    recording_->add_read(path);
    return disk_->map(path, error_number);
  }
  bool is_made_by_kernel(const std::string& path) const override {
    recording_->add_looked_at(path);
    return disk_->is_made_by_kernel(path);
  }
  std::optional<FileRights> rights(const std::string& path) const override { return disk_->rights(path); }

 private:
  const std::shared_ptr<const Disk> disk_;
  const std::shared_ptr<Recording> recording_;
};

}  // namespace

Asked Recording::asked() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return asked_;
}

void Recording::add(std::set<std::string>& to, const std::string& path) {
  if (path.empty()) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  to.insert(path);
}

std::shared_ptr<const Disk> recorded(std::shared_ptr<const Disk> disk, std::shared_ptr<Recording> recording) {
  return std::make_shared<Recorded>(std::move(disk), std::move(recording));
}

}  // namespace bundle::machine
