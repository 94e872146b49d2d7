// The ELF files that a search looks at, each read once and reduced to what a loader reads of it.
//
// A look tells what the loader would make of the candidate: take it, pass it over (another class or machine,
// no file, no permission: glibc elf/dl-load.c, open_verify), or stop there for good (a file of that name that
// is no ELF file, a folder, a corrupt one). Looks are remembered by path, files by device and inode, across
// programs.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/source.h"
#include "elf/image.h"
#include "machine/root.h"
#include "plan/plan.h"

namespace bundle::resolve {

/// What a loader reads of an object.
struct ElfFile {
  std::string host_path;  // on this machine; without symlinks where real paths are asked for
  std::string real;       // the same, inside the root
  uint64_t device = 0, inode = 0, size = 0;
  bool is_64 = true;
  uint16_t machine = 0, type = 0;
  std::string corrupt;  // why a loader cannot take it, one sentence; the fields below are then empty
  std::optional<std::string> soname, rpath, runpath, interpreter;
  enum class Tag { needed, filter, auxiliary };
  struct Dependency {
    Tag tag = Tag::needed;
    std::string name;
  };
  std::vector<Dependency> dependencies;  // in the order of the dynamic section
  std::vector<std::string> auditors;     // DT_AUDIT and DT_DEPAUDIT, each a list with colons
  bool is_dynamic = false;
  bool is_program = false;          // has PT_INTERP, or says that it is position-independent and a program
  bool no_default_folders = false;  // DF_1_NODEFLIB
  std::vector<elf::VersionNeed> version_needs;
  elf::VersionDefinitions version_definitions;
};

/// Reduces an image. Throws what the Image throws for corrupt tables.
ElfFile describe_elf(const elf::Image& image);

struct Look {
  Probe outcome = Probe::absent;
  int error_number = 0;  // of open, where the outcome is absent or unreadable
  bool stops = false;    // glibc gives up on the whole program here
  std::string detail;    // for Tried::detail
  std::shared_ptr<const ElfFile> file;
};

class Files {
 public:
  Files(machine::Root& root, bool real_paths) : root_(root), real_paths_(real_paths) {}

  /// Looks at an absolute inside path for an object of this class and machine.
  Look look(const std::string& inside, bool is_64, uint16_t machine);

  /// The same path's file, for what an ElfFile does not keep; null when it cannot be opened.
  std::shared_ptr<const OpenFile> open(const std::string& inside);

  /// The file at `inside` that is open and parsed already. Throws what the Image throws.
  std::shared_ptr<const ElfFile> adopt_root(const OpenFile& opened, const elf::Image& image, const std::string& inside);

 private:
  struct Known {
    int error_number = 0;
    std::shared_ptr<const ElfFile> file;  // null: could not be opened, or is no ELF file at all
    std::string sentence;                 // why it is no ELF file
  };
  const Known& known(const std::string& inside);
  std::shared_ptr<const OpenFile> learn(const std::string& inside, Known& known);
  /// One ElfFile for each file, whatever its paths.
  std::shared_ptr<const ElfFile> adopt(const OpenFile& opened, const elf::Image* image, const std::string& host_path,
                                       const std::string& inside);

  machine::Root& root_;
  bool real_paths_;
  std::unordered_map<std::string, Known> by_path_;
  std::map<std::pair<uint64_t, uint64_t>, std::shared_ptr<const ElfFile>> by_identity_;
};

}  // namespace bundle::resolve
