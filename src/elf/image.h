// A validated, read-only view of one ELF file. 32 and 64 bit look the same from outside.
//
// What the constructor has accepted holds for good: headers lie in the file, PT_LOADs ascend, the dynamic section and
// its string table are mapped by file-backed bytes of PT_LOADs, every string handed out ends inside its table.
// What it cannot accept is an Error (cannot_bundle) that names the field, its value and the limit.
// Rules: gABI chapters 4 and 5; kernel fs/binfmt_elf.c; glibc elf/dl-load.c, where stricter or laxer than the gABI.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"
#include "elf/format.h"

namespace bundle::elf {

/// One library's entry in .gnu.version_r: the versions that an object requires of it.
struct VersionNeed {
  std::string file;  // the DT_NEEDED name, at the time of linking the SONAME
  struct Version {
    std::string name;   // "GLIBC_2.34"
    uint32_t hash = 0;  // of the name, as the file has it; loaders compare it first
    bool weak = false;
    uint16_t index = 0;  // by which DT_VERSYM names it
  };
  std::vector<Version> versions;
};

/// The same as it lies in the file, for who changes it. All who read DT_VERNEED read it through these: entries lie
/// where others say, and one walk sees to it that a corrupt table is not read over and over.
struct VersionNeedRecord {
  FileOffset file_field;  // of vn_file
  uint64_t file = 0;      // vn_file: where in DT_STRTAB the name is
  std::vector<Elf64_Vernaux> versions;
};

/// The versions that an object defines, its .gnu.version_d. libstdc++ has 50, each looked for by its hash.
class VersionDefinitions {
 public:
  bool empty() const { return entries_.empty(); }
  /// Whether there is one of that name and hash, as the files have them: a loader compares both.
  bool defines(std::string_view name, uint32_t hash) const;
  /// All names, but for the one that names the file (VER_FLG_BASE).
  std::vector<std::string_view> names() const;

 private:
  friend class Image;
  struct Entry {
    uint32_t hash = 0;
    bool is_base = false;
    size_t start = 0, length = 0;
  };
  std::string_view name_of(const Entry& entry) const {
    return std::string_view(names_).substr(entry.start, entry.length);
  }
  std::string names_;  // one behind the other
  std::vector<Entry> entries_;
};

struct Note {
  std::string owner;
  uint32_t type = 0;
  Source description;
  FileOffset offset;  // of the note's header
};

class Image {
 public:
  /// Whether the section headers are read. No loader looks at them, and they lie on a page of their own at the end of
  /// the file, which a search through hundreds of files need not touch.
  enum class Sections { read, skip };

  /// Parses `source`, whose file or memory must outlive the Image. `path` is for messages only.
  Image(Source source, std::string path, Sections sections = Sections::read);
  Image(Bytes bytes, std::string path, Sections sections = Sections::read)
      : Image(Source(bytes), std::move(path), sections) {}

  uint64_t size() const { return source_.size(); }
  /// All of the file; one that is not in memory is read to its end.
  Bytes bytes() const { return source_.whole(); }
  const std::string& path() const { return path_; }
  const Header& header() const { return header_; }
  bool is_64() const { return header_.is_64; }

  const std::vector<Segment>& segments() const { return segments_; }
  /// Empty when the file has none (sstrip'ed, say) or its table does not lie in the file.
  const std::vector<Section>& sections() const { return sections_; }
  /// Empty when it has no name table.
  std::string_view section_name(const Section& section) const;
  const Section* find_section(std::string_view name) const;

  const Segment* find_segment(uint32_t p_type) const;
  bool is_dynamic() const { return dynamic_segment_.has_value(); }
  /// PT_DYNAMIC; only when is_dynamic().
  const Segment& dynamic_segment() const { return segments_[*dynamic_segment_]; }
  /// The entries ahead of the first DT_NULL, which is not among them.
  const std::vector<Dynamic>& dynamic() const { return dynamic_; }
  /// Slots in PT_DYNAMIC from the first DT_NULL to its end, that one included; 0 when that DT_NULL stands behind it.
  uint64_t null_slots() const { return null_slots_; }
  std::optional<uint64_t> dynamic_value(int64_t d_tag) const;  // of the last entry of that tag, as ld.so reads it
  /// A string of DT_STRTAB. Throws when it is not inside DT_STRSZ.
  std::string dynamic_string(uint64_t offset) const;

  const std::optional<std::string>& interpreter() const { return interpreter_; }
  const std::optional<std::string>& soname() const { return soname_; }
  const std::optional<std::string>& rpath() const { return rpath_; }
  const std::optional<std::string>& runpath() const { return runpath_; }
  const std::vector<std::string>& needed() const { return needed_; }
  std::vector<std::string> strings_of(int64_t d_tag) const;  // DT_AUXILIARY, DT_FILTER …

  std::vector<VersionNeed> version_needs() const;
  std::vector<VersionNeedRecord> version_need_records() const;
  VersionDefinitions version_definitions() const;
  /// Where in DT_STRTAB the names are that DT_VERDEF refers to, those of parents too.
  std::vector<uint64_t> version_definition_strings() const;
  std::vector<Note> notes() const;
  /// Which imports to list: `called` leaves out what the hash table holds too, functions whose address a program that
  /// is not position-independent takes. That is a few hundred symbols instead of node's 75,000.
  enum class Imports { all, called };
  /// Names of undefined dynamic symbols, as "iconv_open". Those of a version whose index (VersionNeed) is set in
  /// `skipped` are left out, their names unread: they lie all over the string table.
  std::vector<std::string> imported_symbols(Imports which = Imports::all, const std::vector<bool>& skipped = {}) const;
  /// How many symbols DT_SYMTAB has by the hash tables, the empty one at its start among them; not yet held against the
  /// size of the file.
  uint64_t symbol_count(Imports which = Imports::all) const;

  /// Where in the file the `length` bytes at `address` are, when PT_LOADs map all of them in one piece.
  std::optional<FileOffset> offset_of(Address address, uint64_t length) const;
  /// The address at which a file byte is mapped, when a PT_LOAD maps it.
  std::optional<Address> address_of(FileOffset offset) const;
  /// All bytes of the file from `address` to the end of the file part of its PT_LOAD.
  std::optional<Source> mapped_from(Address address) const;

 private:
  void parse(Sections sections);
  void parse_header();
  void parse_segments();
  void parse_sections();
  bool holds_only_debug_information();
  void parse_dynamic();
  uint64_t dynamic_entry_size() const;
  Dynamic dynamic_entry(uint64_t slot) const;
  bool dynamic_ends_behind(uint64_t slots) const;
  uint64_t unhashed_symbol_count() const;
  /// dynamic_string() where it lies: good as long as the file.
  std::string_view dynamic_text(uint64_t offset) const;
  [[noreturn]] void fail(std::string sentence) const;

  Source source_;
  std::string path_;
  Header header_;
  std::vector<Segment> segments_;
  std::vector<Section> sections_;
  std::vector<Dynamic> dynamic_;
  std::optional<size_t> dynamic_segment_;  // an index, so that a copy has its own
  uint64_t null_slots_ = 0;
  Source strings_;                  // DT_STRTAB, DT_STRSZ bytes of it
  mutable uint64_t text_left_ = 0;  // of the dynamic strings that may still be asked for
  std::optional<std::string> interpreter_, soname_, rpath_, runpath_;
  std::vector<std::string> needed_;
};

/// Whether the bytes begin as an ELF file does.
bool has_elf_magic(Bytes bytes);

/// For a file whose first bytes are `bytes`: the interpreter line of a script ("#!" …), without the "#!".
std::optional<std::string> script_interpreter(Bytes bytes);

}  // namespace bundle::elf
