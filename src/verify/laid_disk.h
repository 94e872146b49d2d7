// A disk as it will be where a bundle is unpacked: the bundle's files at its prefix, over what the target has there.
//
// So the resolver that finds libraries on this machine finds them there by the very same rules. What lies here hides
// what lies below. Links are not followed here: machine::Root does that.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "machine/disk.h"

namespace bundle::verify {

class LaidDisk : public machine::Disk {
 public:
  /// `below` may be null: then there is nothing.
  explicit LaidDisk(std::shared_ptr<const machine::Disk> below) : below_(std::move(below)) {}

  /// Each with its absolute, tidy path; the folders above it come to be. The last of one path stays.
  void add_folder(const std::string& path, uint32_t mode);
  void add_link(const std::string& path, std::string text);
  /// `kept` is where it can be read; empty: it is there and cannot be opened.
  void add_file(const std::string& path, const std::string& kept, uint64_t size, uint32_t mode);

  /// Whether that very path was added, and is not of what lies below.
  bool has(const std::string& path) const { return nodes_.contains(path); }

  machine::Status status(const std::string& path) const override;
  machine::Status link_status(const std::string& path) const override;
  std::optional<std::string> link_target(const std::string& path, int& error_number) const override;
  Names list(const std::string& path, int& error_number) const override;
  std::shared_ptr<const OpenFile> open(const std::string& path, int& error_number) const override;
  std::shared_ptr<const MappedFile> map(const std::string& path, int& error_number) const override;
  bool is_made_by_kernel(const std::string&) const override { return false; }
  /// Of what is not unpacked there is none.
  std::optional<FileRights> rights(const std::string&) const override { return std::nullopt; }

 private:
  struct Laid {
    Node node = Node::folder;
    uint32_t mode = 0755;
    uint64_t size = 0;
    std::string text;                   // of a link: what it leads to; of a file: where it can be read
    std::map<std::string, Node> names;  // of a folder
  };
  void lay(const std::string& path, Laid laid);
  const Laid* find(const std::string& path) const;
  bool is_hidden(const std::string& path) const;

  std::shared_ptr<const machine::Disk> below_;
  std::unordered_map<std::string, Laid> nodes_;
};

/// The files of a folder of this machine as those of a disk whose root it is. Whatever its links say is asked of that
/// disk.
std::shared_ptr<const machine::Disk> disk_of_folder(const std::string& folder);

}  // namespace bundle::verify
