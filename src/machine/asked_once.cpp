// A disk that remembers what it was told. See disk.h.
#include <mutex>
#include <unordered_map>

#include "machine/disk.h"

namespace bundle::machine {

namespace {

class AskedOnce : public Disk {
 public:
  explicit AskedOnce(std::shared_ptr<const Disk> disk) : disk_(std::move(disk)) {}

  Status status(const std::string& path) const override {
    return known(statuses_, path, [&] { return disk_->status(path); });
  }
  Status link_status(const std::string& path) const override {
    return known(link_statuses_, path, [&] { return disk_->link_status(path); });
  }
  bool is_made_by_kernel(const std::string& path) const override {
    return known(is_made_by_kernel_, path, [&] { return disk_->is_made_by_kernel(path); });
  }
  std::optional<std::string> link_target(const std::string& path, int& error_number) const override {
    return answer(targets_, path, error_number, [&](int& why_not) { return disk_->link_target(path, why_not); });
  }
  Names list(const std::string& path, int& error_number) const override {
    return answer(lists_, path, error_number, [&](int& why_not) { return disk_->list(path, why_not); });
  }

  std::shared_ptr<const OpenFile> open(const std::string& path, int& error_number) const override {
    return disk_->open(path, error_number);
  }
  std::shared_ptr<const MappedFile> map(const std::string& path, int& error_number) const override {
    return disk_->map(path, error_number);
  }
  std::optional<FileRights> rights(const std::string& path) const override { return disk_->rights(path); }

 private:
  template <class T>
  using Answers = std::unordered_map<std::string, T>;

  template <class T, class Ask>
  T known(Answers<T>& answers, const std::string& path, const Ask& ask) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto at = answers.find(path);
    return at != answers.end() ? at->second : answers.emplace(path, ask()).first->second;
  }
  template <class T, class Ask>
  T answer(Answers<std::pair<T, int>>& answers, const std::string& path, int& error_number, const Ask& ask) const {
    std::pair<T, int> found = known(answers, path, [&] {
      int why_not = 0;
      T value = ask(why_not);
      return std::pair<T, int>(std::move(value), why_not);
    });
    error_number = found.second;
    return std::move(found.first);
  }

  const std::shared_ptr<const Disk> disk_;
  mutable std::mutex mutex_;
  mutable Answers<Status> statuses_, link_statuses_;
  mutable Answers<bool> is_made_by_kernel_;
  mutable Answers<std::pair<std::optional<std::string>, int>> targets_;
  mutable Answers<std::pair<Names, int>> lists_;
};

}  // namespace

std::shared_ptr<const Disk> asked_once(std::shared_ptr<const Disk> disk) {
  return std::make_shared<AskedOnce>(std::move(disk));
}

}  // namespace bundle::machine
