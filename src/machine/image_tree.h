// The files of an image: its layers laid over one another, each a tar, as a container runtime would unpack them.
//
// Rules: OCI image-spec, layer.md (whiteouts `.wh.NAME`, opaque folders `.wh..wh..opq`), and what GNU tar, docker and
// containerd agree on for the rest: the last member of a path is the one that counts, a folder over a folder keeps
// what is in it, a path below a link lies where the link leads, within the image. Layers go from the lowest to the
// highest: only so is it known where a path below a lower layer's link lies.
// Nothing is unpacked but what is compressed, or sparse: that goes to a spool. Content that lies in a file as it is is
// known by its place there. Invariants: every path lies in the image, whatever a member or a link says; entries, names
// and bytes are bounded (TreeLimits).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/rights.h"
#include "base/spool.h"
#include "machine/image_tar.h"

namespace bundle::machine {

struct TreeLimits {
  uint64_t entries = 2'000'000;        // names in all folders; a large desktop system has half a million
  uint64_t names = 256U << 20U;        // bytes of names and of what links lead to
  uint64_t decoded = 64ULL << 30U;     // bytes of all layers that are compressed
  uint64_t sparse_file = 8ULL << 30U;  // bytes of a sparse file, holes and all
};

class ImageTree {
 public:
  using Number = uint32_t;  // of an inode
  static constexpr Number none = UINT32_MAX, root = 0;

  enum class Kind : uint8_t { file, folder, link, other };
  struct Inode;
  struct Entry {
    Number inode = none;
    uint32_t layer = 0;  // the last one that put it there, or something below it
  };
  using Entries = std::map<std::string, Entry, std::less<>>;
  struct Inode {
    Kind kind = Kind::folder;
    uint16_t mode = 0755;
    uint32_t owner = 0, group = 0;
    uint32_t holder = 0;  // of a file: which of the files that hold content
    uint64_t offset = 0;  // in that
    uint64_t size = 0;
    std::unique_ptr<Entries> entries;           // of a folder
    std::unique_ptr<const std::string> target;  // of a link; of kind other what it is
  };

  /// `name`: the image, for messages.
  explicit ImageTree(std::string name, TreeLimits limits = {});

  struct Layer {
    std::shared_ptr<const OpenFile> file;
    std::string name;           // for messages
    std::string sha256;         // of the file as it is; empty: not known
    bool has_whiteouts = true;  // no: the tar is a whole root, and a file called .wh.x is just that
  };
  /// Throws Error (cannot_bundle), which names the layer and says what is wrong.
  void add(const Layer& layer);
  /// Nothing is added afterwards.
  void finish();

  /// The inode at a tidy absolute path, no part of which is followed as a link; `none`, and the errno.
  Number find(std::string_view path, int& error_number) const;
  const Inode& inode(Number number) const { return inodes_[number]; }
  /// The content of a file, called `path`.
  std::shared_ptr<const OpenFile> open(Number number, const std::string& path) const;
  FileRights rights(Number number) const;

 private:
  struct Place {
    Number folder = root;
    std::string name;  // empty: the folder itself
  };
  class Adding;

  std::string name_;
  TreeLimits limits_;
  std::vector<Inode> inodes_;
  std::map<Number, std::string> capabilities_;            // of few
  std::vector<std::shared_ptr<const OpenFile>> holders_;  // the first is the spool, once it is finished
  Spool spool_;
  uint32_t layers_ = 0;
  uint64_t decoded_ = 0, entries_ = 0, names_ = 0;
};

}  // namespace bundle::machine
