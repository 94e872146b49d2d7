// What each form of a bundle tells of its files, in one shape. See opened.h.
#include "verify/opened.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/error.h"
#include "base/fault.h"
#include "base/file.h"
#include "verify/archive_reader.h"

namespace bundle::verify {

namespace {

constexpr const char* give_one = "Give a zip that bundle or another tool wrote, or the folder that it is unpacked in";

Node node_of(uint32_t mode) {
  switch (mode & S_IFMT) {
    case 0:  // some archivers leave the type out
    case S_IFREG:
      return Node::file;
    case S_IFDIR:
      return Node::folder;
    case S_IFLNK:
      return Node::link;
    default:
      return Node::other;
  }
}

std::vector<OpenedFile> files_of(const ArchiveReader& archive) {
  std::vector<OpenedFile> files;
  for (size_t i = 0; i < archive.entries().size(); ++i) {
    const ArchiveEntry& entry = archive.entries()[i];
    OpenedFile file{entry.path, node_of(entry.mode), entry.mode & 07777U, entry.mode != 0, entry.size,
                    i,          entry.packed_size};
    if (entry.is_folder()) {
      file.node = Node::folder;
      file.path.pop_back();
    }
    files.push_back(std::move(file));
  }
  return files;
}

class OpenedZip : public Opened {
 public:
  explicit OpenedZip(const std::string& path) : OpenedZip(path, ArchiveReader(path)) {}

  std::string content(const OpenedFile& file, uint64_t limit) const override {
    return archive_.content(archive_.entries()[file.index], limit);
  }
  void read(const OpenedFile& file, const std::function<void(Bytes)>& take) const override {
    archive_.read(archive_.entries()[file.index], take);
  }
  const ArchiveReader* archive() const override { return &archive_; }

 private:
  OpenedZip(const std::string& path, ArchiveReader archive)
      : Opened(path, files_of(archive)), archive_(std::move(archive)) {}

  ArchiveReader archive_;
};

std::vector<OpenedFile> files_in(const std::string& folder) {
  std::vector<OpenedFile> files;
  Walk walk;
  walk.each = [&](const std::string& path, Node node) {
    OpenedFile file{path.substr(folder.size() + 1), node};
    if (const std::optional<struct stat> status = link_status_of(path)) {
      file.mode = status->st_mode & 07777U;
      if (node != Node::folder) file.size = static_cast<uint64_t>(status->st_size);
    }
    files.push_back(std::move(file));
    return true;
  };
  walk.unreadable = [](const std::string& path, int error_number) { throw cannot_open(path, error_number); };
  walk_folder(folder, walk);
  return files;
}

class OpenedFolder : public Opened {
 public:
  /// `folder` without a slash at its end.
  OpenedFolder(const std::string& path, std::string folder)
      : Opened(path, files_in(folder)), folder_(std::move(folder)) {}

  std::string content(const OpenedFile& file, uint64_t limit) const override {
    const std::string path = folder_ + "/" + file.path;
    if (file.node == Node::link) {
      int error_number = 0;
      std::optional<std::string> text = link_text(path, error_number);
      if (!text) throw cannot_open(path, error_number);
      return std::move(*text);
    }
    const std::shared_ptr<const MappedFile> mapped = MappedFile::open(path);
    if (mapped->bytes().size() > limit) {
      throw Error(Exit::cannot_bundle, path,
                  "is " + std::to_string(mapped->bytes().size()) + " bytes, over the " + std::to_string(limit));
    }
    return std::string(mapped->bytes().text());
  }
  void read(const OpenedFile& file, const std::function<void(Bytes)>& take) const override {
    if (file.node == Node::link) return Opened::read(file, take);
    const std::shared_ptr<const OpenFile> opened = OpenFile::open(folder_ + "/" + file.path);
    constexpr uint64_t piece_size = 128U << 10U;
    std::vector<unsigned char> buffer(piece_size);
    for (uint64_t at = 0;;) {
      const ssize_t count = uninterrupted(
          [&] { return ::pread(opened->descriptor(), buffer.data(), piece_size, static_cast<off_t>(at)); });
      if (count < 0) {
        const int error_number = errno;
        throw system_error(opened->path(), "cannot be read: pread", error_number);
      }
      if (count == 0) return;
      take(Bytes(buffer.data(), static_cast<uint64_t>(count)));
      at += static_cast<uint64_t>(count);
    }
  }

 private:
  std::string folder_;
};

}  // namespace

Opened::Opened(std::string path, std::vector<OpenedFile> files) : path_(std::move(path)), files_(std::move(files)) {
  std::stable_sort(files_.begin(), files_.end(),
                   [](const OpenedFile& a, const OpenedFile& b) { return a.path < b.path; });
}

void Opened::read(const OpenedFile& file, const std::function<void(Bytes)>& take) const {
  const std::string whole = content(file);
  take(Bytes(whole));
}

const OpenedFile* Opened::find(std::string_view path) const {
  const auto at = std::lower_bound(files_.begin(), files_.end(), path,
                                   [](const OpenedFile& file, std::string_view wanted) { return file.path < wanted; });
  return at != files_.end() && at->path == path ? &*at : nullptr;
}

std::unique_ptr<Opened> open_bundle(const std::string& path) {
  try {
    const std::optional<struct stat> status = status_of(path);
    if (!status || !S_ISDIR(status->st_mode)) return std::make_unique<OpenedZip>(path);
    std::string folder = path;
    while (folder.ends_with('/')) folder.pop_back();
    return std::make_unique<OpenedFolder>(path, std::move(folder));
  } catch (Error& error) {
    error.set_next_step_if_empty(give_one);
    throw;
  }
}

}  // namespace bundle::verify
