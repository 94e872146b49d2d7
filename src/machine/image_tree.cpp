// See image_tree.h.
#include "machine/image_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "base/interrupt.h"

namespace bundle::machine {

namespace {

constexpr int most_links = 40;  // path_resolution(7)
constexpr std::string_view whiteout = ".wh.", opaque = ".wh..wh..opq";
/// aufs's own, of which an image has left-overs: they name nothing of it.
constexpr std::string_view of_aufs = ".wh..wh.";

}  // namespace

/// One layer as it is added.
class ImageTree::Adding {
 public:
  Adding(ImageTree& tree, const Layer& layer)
      : tree_(tree), layer_(layer), number_(tree.layers_++), stream_(opened(tree, layer)), tar_(*stream_, layer.name) {
    if (!stream_->is_plain()) return;
    holder_ = static_cast<uint32_t>(tree_.holders_.size());
    tree_.holders_.push_back(layer.file);
  }

  void run() {
    uint64_t count = 0;
    while (std::optional<TarMember> member = tar_.next()) {
      if (++count % 1024 == 0) check_interrupted();
      add(*member);
    }
    if (!stream_->is_plain()) tree_.decoded_ += stream_->position();
  }

 private:
  static std::unique_ptr<Stream> opened(const ImageTree& tree, const Layer& layer) {
    return open_stream(layer.file, layer.name, {tree.limits_.decoded - tree.decoded_, layer.sha256});
  }
  [[noreturn]] void fail(const TarMember& member, const std::string& what) const {
    throw Error(Exit::cannot_bundle, layer_.name, fmt::format("holds {}, {}", printable(member.path), what),
                "Build the image again; no tool that is known to work writes such a thing");
  }

  void add(const TarMember& member) {
    const Place place = place_of(member, member.path, true);
    if (place.name.empty()) {  // the root
      if (member.kind == TarMember::Kind::folder) tree_.inodes_[place.folder].mode = static_cast<uint16_t>(member.mode);
      return;
    }
    if (layer_.has_whiteouts && place.name.starts_with(whiteout)) return hide(place);
    if (member.kind == TarMember::Kind::hard_link) return put(place, linked(member), member);
    Entries& entries = *tree_.inodes_[place.folder].entries;
    const auto there = entries.find(place.name);
    if (member.kind == TarMember::Kind::folder && there != entries.end()) {
      Inode& inode = tree_.inodes_[there->second.inode];
      if (inode.kind == Kind::folder) {
        inode.mode = static_cast<uint16_t>(member.mode);
        there->second.layer = number_;
        return;
      }
    }
    put(place, made(member), member);
  }

  /// Where the path lies: links above its last part are followed, and folders that are not there are made.
  Place place_of(const TarMember& member, std::string_view path, bool makes) {
    std::vector<std::string> pending = split(path, "/");
    std::erase_if(pending, [](const std::string& part) { return part.empty() || part == "."; });
    if (std::find(pending.begin(), pending.end(), "..") != pending.end()) {
      fail(member, "whose path would lead out of it");
    }
    std::reverse(pending.begin(), pending.end());
    std::vector<Number> above = {root};  // the folders from the root to where it stands
    Place place;
    for (int links = 0; !pending.empty();) {
      const std::string part = std::move(pending.back());
      pending.pop_back();
      if (part == "..") {
        if (above.size() > 1) above.pop_back();
        continue;
      }
      if (pending.empty()) return {above.back(), part};
      const std::optional<Number> next = entered(member, above.back(), part, makes);
      if (!next) return {none, part};
      const Inode& inode = tree_.inodes_[*next];
      if (inode.kind == Kind::folder) {
        above.push_back(*next);
        continue;
      }
      if (++links > most_links) fail(member, "which lies below a loop of links");
      if (inode.target->starts_with('/')) above.resize(1);
      std::vector<std::string> parts = split(*inode.target, "/");
      std::erase_if(parts, [](const std::string& item) { return item.empty() || item == "."; });
      pending.insert(pending.end(), std::make_move_iterator(parts.rbegin()), std::make_move_iterator(parts.rend()));
      if (pending.size() > 4096) fail(member, "which lies below links that lead too far");
    }
    return {above.back(), ""};
  }

  /// The folder or link of that name; a folder that is made in place of nothing, or of what is neither.
  std::optional<Number> entered(const TarMember& member, Number folder, const std::string& name, bool makes) {
    Entries& entries = *tree_.inodes_[folder].entries;
    const auto there = entries.find(name);
    if (there != entries.end()) {
      const Kind kind = tree_.inodes_[there->second.inode].kind;
      if (makes) there->second.layer = number_;
      if (kind == Kind::folder || kind == Kind::link) return there->second.inode;
    }
    if (!makes) return std::nullopt;
    const Number made = new_inode();
    tree_.inodes_[made].entries = std::make_unique<Entries>();
    put({folder, name}, made, member);
    return made;
  }

  void put(const Place& place, Number inode, const TarMember& member) {
    if (place.name.size() > 255) fail(member, "whose name is longer than any file system takes");
    Entries& entries = *tree_.inodes_[place.folder].entries;
    const auto [at, is_new] = entries.try_emplace(place.name);
    if (is_new) {
      tree_.names_ += place.name.size();
      check_limit(++tree_.entries_, tree_.limits_.entries, "files");
      check_limit(tree_.names_, tree_.limits_.names, "bytes of names");
    }
    at->second = {inode, number_};
  }

  void check_limit(uint64_t count, uint64_t most, const char* what) const {
    if (count <= most) return;
    throw Error(Exit::limit, tree_.name_,
                fmt::format("holds more than {} {}, which is the most that is read of an image. Give by --sysroot the "
                            "folder that it is unpacked to",
                            most, what));
  }

  Number new_inode() {
    check_limit(tree_.inodes_.size(), 2 * tree_.limits_.entries, "members");
    tree_.inodes_.emplace_back();
    return static_cast<Number>(tree_.inodes_.size() - 1);
  }

  Number linked(const TarMember& member) {
    const Place place = place_of(member, member.target, false);
    Number found = none;
    if (place.folder != none && !place.name.empty()) {
      const Entries& entries = *tree_.inodes_[place.folder].entries;
      const auto at = entries.find(place.name);
      if (at != entries.end()) found = at->second.inode;
    }
    if (found == none) {
      fail(member, fmt::format("a hard link to {}, which is not in it or comes later", printable(member.target)));
    }
    if (tree_.inodes_[found].kind == Kind::folder) {
      fail(member, fmt::format("a hard link to the folder {}", printable(member.target)));
    }
    return found;
  }

  Number made(const TarMember& member) {
    const Number number = new_inode();
    Inode inode;
    inode.mode = static_cast<uint16_t>(member.mode);
    inode.owner = member.owner;
    inode.group = member.group;
    inode.size = member.size;
    if (!member.capabilities.empty()) tree_.capabilities_[number] = member.capabilities;
    switch (member.kind) {
      case TarMember::Kind::folder:
        inode.entries = std::make_unique<Entries>();
        break;
      case TarMember::Kind::link:
        if (member.target.empty()) fail(member, "a link that leads nowhere");
        inode.kind = Kind::link;
        inode.size = member.target.size();
        inode.target = std::make_unique<const std::string>(member.target);
        tree_.names_ += member.target.size();
        check_limit(tree_.names_, tree_.limits_.names, "bytes of names");
        break;
      case TarMember::Kind::other:
        inode.kind = Kind::other;
        inode.target = std::make_unique<const std::string>(member.what);
        break;
      default:
        inode.kind = Kind::file;
        keep_content(member, inode);
    }
    tree_.inodes_[number] = std::move(inode);
    return number;
  }

  void keep_content(const TarMember& member, Inode& inode) {
    if (stream_->is_plain() && !member.is_sparse) {
      inode.holder = holder_;
      inode.offset = stream_->position();
      if (member.size > layer_.file->size() - std::min(inode.offset, layer_.file->size())) {
        throw Error(Exit::cannot_bundle, layer_.name,
                    fmt::format("ends in the middle of {}: a part of it is missing", printable(member.path)),
                    get_it_again);
      }
      return;
    }
    inode.offset = tree_.spool_.size();
    if (!member.is_sparse) return copy(member, member.stored);
    if (member.size > tree_.limits_.sparse_file) {
      fail(member, fmt::format("a sparse file of {} bytes, and no more than {} are read of one", member.size,
                               tree_.limits_.sparse_file));
    }
    uint64_t at = 0;
    for (const TarMember::Piece& piece : member.pieces) {
      tree_.spool_.append_hole(piece.offset - at);
      copy(member, piece.size);
      at = piece.offset + piece.size;
    }
    tree_.spool_.append_hole(member.size - at);
  }

  void copy(const TarMember& member, uint64_t size) {
    buffer_.resize(64U << 10U);
    while (size > 0) {
      const uint64_t count = stream_->read(buffer_.data(), std::min<uint64_t>(size, buffer_.size()));
      if (count == 0) {
        throw Error(Exit::cannot_bundle, layer_.name,
                    fmt::format("ends in the middle of {}: a part of it is missing", printable(member.path)),
                    get_it_again);
      }
      tree_.spool_.append(buffer_.data(), count);
      tar_.has_read(count);
      size -= count;
    }
  }

  /// `.wh.NAME` takes away NAME of lower layers, `.wh..wh..opq` all of them that is in the folder.
  void hide(const Place& place) {
    if (place.name == opaque) return hide_lower(place.folder);
    if (place.name.starts_with(of_aufs)) return;
    Entries& entries = *tree_.inodes_[place.folder].entries;
    const auto hidden = entries.find(place.name.substr(whiteout.size()));
    if (hidden != entries.end() && is_hidden(hidden->second)) erase(entries, hidden);
  }

  /// Whether nothing of it is this layer's. What is lower in a folder that is goes away.
  bool is_hidden(const Entry& entry) {
    if (entry.layer < number_) return true;
    if (tree_.inodes_[entry.inode].kind == Kind::folder) hide_lower(entry.inode);
    return false;
  }

  void hide_lower(Number folder) {
    std::vector<Number> pending = {folder};
    while (!pending.empty()) {
      Entries& entries = *tree_.inodes_[pending.back()].entries;
      pending.pop_back();
      for (auto at = entries.begin(); at != entries.end();) {
        const auto entry = at++;
        if (entry->second.layer < number_) {
          erase(entries, entry);
        } else if (tree_.inodes_[entry->second.inode].kind == Kind::folder) {
          pending.push_back(entry->second.inode);
        }
      }
    }
  }

  void erase(Entries& entries, Entries::iterator at) {
    tree_.names_ -= at->first.size();
    --tree_.entries_;
    entries.erase(at);
  }

  ImageTree& tree_;
  const Layer& layer_;
  const uint32_t number_;
  const std::unique_ptr<Stream> stream_;
  TarReader tar_;
  uint32_t holder_ = 0;
  std::vector<char> buffer_;
};

ImageTree::ImageTree(std::string name, TreeLimits limits)
    : name_(std::move(name)), limits_(limits), inodes_(1), holders_(1), spool_(name_) {
  inodes_[root].entries = std::make_unique<Entries>();
}

void ImageTree::add(const Layer& layer) { Adding(*this, layer).run(); }

void ImageTree::finish() {
  if (spool_.size() > 0) holders_[0] = spool_.finish();
}

ImageTree::Number ImageTree::find(std::string_view path, int& error_number) const {
  error_number = 0;
  Number at = root;
  while (!path.empty()) {
    const size_t slash = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (part.empty()) continue;
    const Inode& folder = inodes_[at];
    error_number = folder.kind == Kind::folder ? ENOENT : folder.kind == Kind::link ? ELOOP : ENOTDIR;
    if (folder.kind != Kind::folder) return none;
    const auto found = folder.entries->find(part);
    if (found == folder.entries->end()) return none;
    error_number = 0;
    at = found->second.inode;
  }
  return at;
}

FileRights ImageTree::rights(Number number) const {
  const Inode& inode = inodes_[number];
  FileRights rights;
  rights.owner = inode.owner;
  rights.group = inode.group;
  rights.mode = inode.mode;
  rights.is_regular = inode.kind == Kind::file;
  const auto lent = capabilities_.find(number);
  if (lent != capabilities_.end()) rights.capabilities = lent->second;
  return rights;
}

std::shared_ptr<const OpenFile> ImageTree::open(Number number, const std::string& path) const {
  const Inode& inode = inodes_[number];
  // A device that no file system has: what is in an image is no file of this machine.
  return OpenFile::part_of(*holders_[inode.holder],
                           {path, inode.offset, inode.size, inode.mode, UINT64_MAX, uint64_t{number} + 1});
}

}  // namespace bundle::machine
