// A disk that a test makes up, all of it in memory: files with content and mode, folders, links.
//
// It follows links as a kernel does (path_resolution(7)): relative and absolute ones, "..", 40 of them and no more.
// What is open is a file without a name (memfd_create(2)), so that whoever reads or maps it does what it does with any
// other, and the path that it says is its own is that of the made-up machine. A mode without any bit stands for what
// this user may not read.
#pragma once

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "machine/disk.h"

namespace made_up {

class Disk : public bundle::machine::Disk {
 public:
  using Kind = bundle::machine::Kind;
  using Status = bundle::machine::Status;
  using Node = bundle::Node;

  Disk() { entries_["/"] = {Kind::folder, 0755, "", nullptr, 0}; }

  /// Each with the folders above it, which may be links to folders. What is there already is replaced.
  void file(const std::string& path, const std::string& content = "", uint32_t mode = 0644) {
    Entry entry{Kind::file, mode, "", nullptr, content.size()};
    entry.memory = std::make_shared<bundle::Descriptor>(::memfd_create("made-up", MFD_CLOEXEC));
    const auto written = ::write(entry.memory->get(), content.data(), content.size());
    if (written != static_cast<ssize_t>(content.size()) || ::fchmod(entry.memory->get(), mode) != 0)
      throw std::runtime_error("no memory for " + path);
    put(path, std::move(entry));
  }
  void folder(const std::string& path, uint32_t mode = 0755) { put(path, {Kind::folder, mode, "", nullptr, 0}); }
  void link(const std::string& path, const std::string& target) { put(path, {Kind::other, 0777, target, nullptr, 0}); }
  /// A pipe, a socket, a device.
  void device(const std::string& path) { put(path, {Kind::other, 0644, "", nullptr, 0}); }
  /// What status() says of a file's size, whatever its content: so a test has large files that cost nothing.
  void say_size(const std::string& path, uint64_t size) { entries_.at(path).size = size; }
  /// A mount point of the kernel's, like /proc.
  void kernel_folder(const std::string& path) {
    folder(path);
    of_kernel_.insert(path);
  }

  Status status(const std::string& path) const override {
    int error_number = 0;
    const Entry* const entry = find(path, true, error_number);
    return entry == nullptr ? Status{} : described(*entry);
  }
  Status link_status(const std::string& path) const override {
    int error_number = 0;
    const Entry* const entry = find(path, false, error_number);
    return entry == nullptr ? Status{} : described(*entry);
  }
  std::optional<std::string> link_target(const std::string& path, int& error_number) const override {
    const Entry* const entry = find(path, false, error_number);
    if (entry != nullptr && entry->target.empty()) error_number = EINVAL;
    return error_number == 0 ? std::optional(entry->target) : std::nullopt;
  }
  std::vector<std::pair<std::string, Node>> list(const std::string& path, int& error_number) const override {
    std::vector<std::pair<std::string, Node>> out;
    std::string real;
    const Entry* const entry = find(path, true, error_number, &real);
    if (entry != nullptr && entry->kind != Kind::folder) error_number = ENOTDIR;
    if (entry != nullptr && entry->mode == 0) error_number = EACCES;
    if (error_number != 0) return out;
    const std::string prefix = real == "/" ? "/" : real + "/";
    for (auto at = entries_.upper_bound(prefix); at != entries_.end() && at->first.starts_with(prefix); ++at) {
      const std::string name = at->first.substr(prefix.size());
      if (name.find('/') != std::string::npos) continue;
      const Entry& inner = at->second;
      out.emplace_back(name, !inner.target.empty()        ? Node::link
                             : inner.kind == Kind::file   ? Node::file
                             : inner.kind == Kind::folder ? Node::folder
                                                          : Node::other);
    }
    std::sort(out.begin(), out.end());
    return out;
  }
  std::shared_ptr<const bundle::OpenFile> open(const std::string& path, int& error_number) const override {
    const Entry* const entry = find(path, true, error_number);
    if (entry != nullptr && entry->kind != Kind::file) error_number = entry->kind == Kind::folder ? EISDIR : EINVAL;
    if (entry != nullptr && entry->mode == 0) error_number = EACCES;
    if (error_number != 0) return nullptr;
    return bundle::OpenFile::adopt(bundle::Descriptor(::dup(entry->memory->get())), path, error_number);
  }
  std::shared_ptr<const bundle::MappedFile> map(const std::string& path, int& error_number) const override {
    const std::shared_ptr<const bundle::OpenFile> file = open(path, error_number);
    return file == nullptr ? nullptr : bundle::MappedFile::map(*file, error_number);
  }
  bool is_made_by_kernel(const std::string& path) const override {
    return std::any_of(of_kernel_.begin(), of_kernel_.end(),
                       [&](const std::string& top) { return path == top || path.starts_with(top + "/"); });
  }
  std::optional<bundle::FileRights> rights(const std::string&) const override { return std::nullopt; }

 private:
  struct Entry {
    Kind kind = Kind::folder;
    uint32_t mode = 0755;
    std::string target;  // of a link
    std::shared_ptr<bundle::Descriptor> memory;
    uint64_t size = 0;
  };

  void put(const std::string& path, Entry entry) {
    const std::string folder = made(std::string(bundle::folder_name(path)));
    entries_[(folder == "/" ? "" : folder) + "/" + std::string(bundle::base_name(path))] = std::move(entry);
  }
  /// The real path of a folder, which is made where it is not there.
  std::string made(const std::string& folder) {
    int error_number = 0;
    std::string real;
    if (find(folder, true, error_number, &real) != nullptr) return real;
    const std::string above = made(std::string(bundle::folder_name(folder)));
    real = (above == "/" ? "" : above) + "/" + std::string(bundle::base_name(folder));
    if (!entries_.try_emplace(real).second) throw std::runtime_error(folder + " is a link that leads nowhere");
    return real;
  }

  static Status described(const Entry& entry) {
    Status out;
    out.kind = entry.kind;
    out.is_link = !entry.target.empty();
    out.mode = entry.mode;
    out.size = entry.size;
    return out;
  }

  /// What `path` leads to; the last part itself when it is not to be followed. Null, and the errno, when there is none.
  const Entry* find(const std::string& path, bool follows, int& error_number, std::string* real = nullptr) const {
    std::vector<std::string> pending = bundle::split(path, "/");
    std::reverse(pending.begin(), pending.end());
    std::string done;
    int links = 0;
    error_number = 0;
    while (!pending.empty()) {
      const std::string part = std::move(pending.back());
      pending.pop_back();
      if (entries_.at(done.empty() ? "/" : done).kind != Kind::folder) return fail(ENOTDIR, error_number);
      if (part.empty() || part == ".") continue;
      if (part == "..") {
        done.resize(done.empty() ? 0 : done.rfind('/'));
        continue;
      }
      const auto entry = entries_.find(done + "/" + part);
      if (entry == entries_.end()) return fail(ENOENT, error_number);
      if (entry->second.target.empty() || (pending.empty() && !follows)) {
        done += "/" + part;
        continue;
      }
      if (++links > 40) return fail(ELOOP, error_number);
      if (entry->second.target.starts_with('/')) done.clear();
      std::vector<std::string> parts = bundle::split(entry->second.target, "/");
      pending.insert(pending.end(), parts.rbegin(), parts.rend());
    }
    if (done.empty()) done = "/";
    if (real != nullptr) *real = done;
    return &entries_.at(done);
  }
  static const Entry* fail(int why, int& error_number) {
    error_number = why;
    return nullptr;
  }

  std::map<std::string, Entry> entries_;  // by path, none of whose folders is a link
  std::set<std::string> of_kernel_;
};

}  // namespace made_up
