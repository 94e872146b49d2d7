// What the dynamic section is to say after an edit, before any thought of where its strings will lie.
//
// Invariant: an entry that already says what it should keeps its d_val, so an edit that asks for what is
// there changes nothing.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "elf/image.h"
#include "plan/plan.h"
#include "rewrite/rewrite.h"

namespace bundle::rewrite {

/// Tags whose d_val an edit may set to a string.
bool names_string(int64_t d_tag);
/// Tags whose d_val is the address of a table that only ld.so reads, and finds only through it.
bool is_table_address(int64_t d_tag);

struct Entry {
  elf::Dynamic entry;
  std::optional<std::string> text;  // the string that d_val has still to be pointed at
};

/// The dynamic section as it is.
std::vector<Entry> entries_of(const elf::Image& image);

/// A vn_file of DT_VERNEED that names a library under its old name.
struct VersionFile {
  elf::FileOffset field;
  std::string text;
};

struct Goal {
  std::optional<std::string> interpreter;  // only when it differs from what is there
  std::optional<bool> executable_stack;    // likewise
  bool changes_dynamic = false;
  std::vector<Entry> entries;  // without the DT_NULLs
  std::vector<VersionFile> version_files;

  bool empty() const { return !interpreter && !executable_stack && !changes_dynamic && version_files.empty(); }
};

/// Throws Error (usage) for an edit that no file could take.
std::variant<Goal, Refusal> goal_of(const elf::Image& image, const Edit& edit);

}  // namespace bundle::rewrite
