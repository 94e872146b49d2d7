#include "rewrite/goal.h"

#include <fmt/format.h>
#include <linux/limits.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/error.h"
#include "base/file.h"

namespace bundle::rewrite {

namespace {

void demand_name(std::string_view what, const std::string& name) {
  if (name.empty()) throw Error(Exit::usage, "", fmt::format("The {} to set is empty", what));
  if (name.find('\0') != std::string::npos) {
    throw Error(Exit::usage, "", fmt::format("The {} to set, {}, holds a NUL byte", what, printable(name)));
  }
}

void demand_valid(const Edit& edit) {
  if (edit.interpreter) {
    demand_name("interpreter", *edit.interpreter);
    if (edit.interpreter->size() >= PATH_MAX) {
      throw Error(Exit::usage, "",
                  fmt::format("The interpreter to set has {} bytes, and the kernel takes at most {}",
                              edit.interpreter->size(), PATH_MAX - 1));
    }
  }
  if (edit.run_path && !edit.run_path->value.empty()) demand_name("run path", edit.run_path->value);
  if (edit.soname && !edit.soname->empty()) demand_name("SONAME", *edit.soname);
  for (const std::string& name : edit.add_needed) demand_name("DT_NEEDED", name);
  for (const auto& [old_name, new_name] : edit.rename_needed) {
    demand_name("DT_NEEDED", new_name);
    if (old_name != new_name && edit.rename_needed.contains(new_name)) {
      throw Error(Exit::usage, "",
                  fmt::format("{} is to be renamed to {}, which is itself to be renamed. Name the last name directly",
                              printable(old_name), printable(new_name)));
    }
  }
}

std::string renamed(const Edit& edit, const std::string& name) {
  const auto found = edit.rename_needed.find(name);
  return found == edit.rename_needed.end() ? name : found->second;
}

/// Whether it is the runtime of a sanitizer that has malloc and its kin replaced, of gcc or clang. Compilers link it
/// ahead of all else, for its functions are to be found first; AddressSanitizer's ends a program that has loaded
/// another library before it.
bool has_to_be_first(std::string_view name) {
  static constexpr std::array<std::string_view, 5> runtimes = {"libasan.so", "libhwasan.so", "liblsan.so", "libtsan.so",
                                                               "libclang_rt."};
  name = base_name(name);
  return std::any_of(runtimes.begin(), runtimes.end(),
                     [&](std::string_view runtime) { return name.starts_with(runtime); });
}

/// DT_NEEDED: removed, renamed, added; a name that is there twice after that stands once, where it comes
/// first. What is added comes ahead of all but the runtimes that are first now.
void apply_needed(const elf::Image& image, const Edit& edit, std::vector<Entry>& entries) {
  if (edit.add_needed.empty() && edit.remove_needed.empty() && edit.rename_needed.empty()) return;
  std::vector<Entry> out;
  std::set<std::string> taken;
  std::map<std::string, uint64_t> known;  // strings that are there already, by the first entry that has them
  for (const Entry& entry : entries) {
    if (entry.entry.d_tag == DT_NEEDED) known.try_emplace(image.dynamic_string(entry.entry.d_val), entry.entry.d_val);
  }
  const auto add = [&](const std::string& name) {
    if (!taken.insert(name).second) return;
    const auto found = known.find(name);
    if (found == known.end()) {
      out.push_back({{DT_NEEDED, 0}, name});
    } else {
      out.push_back({{DT_NEEDED, found->second}, std::nullopt});
    }
  };
  const auto add_kept = [&](const std::string& name) {
    const auto& removed = edit.remove_needed;
    if (std::find(removed.begin(), removed.end(), name) == removed.end()) add(renamed(edit, name));
  };
  for (const Entry& entry : entries) {
    if (entry.entry.d_tag != DT_NEEDED) continue;
    const std::string name = image.dynamic_string(entry.entry.d_val);
    if (!has_to_be_first(name)) break;
    add_kept(name);
  }
  for (const std::string& name : edit.add_needed) add(name);
  for (const Entry& entry : entries) {
    if (entry.entry.d_tag != DT_NEEDED) {
      out.push_back(entry);
    } else {
      add_kept(image.dynamic_string(entry.entry.d_val));
    }
  }
  entries = std::move(out);
}

/// One entry of `tag` that says `value` in place of all of `tags`; none when `value` is empty. A new one
/// stands behind the last DT_NEEDED, where link editors put them.
void apply_string(const elf::Image& image, std::vector<int64_t> tags, int64_t tag, const std::string& value,
                  std::vector<Entry>& entries) {
  const auto is_one = [&](const Entry& entry) {
    return std::find(tags.begin(), tags.end(), entry.entry.d_tag) != tags.end();
  };
  std::optional<uint64_t> known;
  for (const Entry& entry : entries) {
    if (is_one(entry) && image.dynamic_string(entry.entry.d_val) == value) known = entry.entry.d_val;
  }
  auto place = std::find_if(entries.begin(), entries.end(), is_one);
  if (place == entries.end()) {
    place = std::find_if(entries.rbegin(), entries.rend(), [](const Entry& entry) {
              return entry.entry.d_tag == DT_NEEDED;
            }).base();
  }
  const auto index = place - entries.begin();
  std::erase_if(entries, is_one);
  if (value.empty()) return;
  Entry entry{{tag, known.value_or(0)}, std::nullopt};
  if (!known) entry.text = value;
  entries.insert(entries.begin() + index, std::move(entry));
}

/// `flag` in the entry of `tag`, which comes to be if there is none.
void apply_flag(int64_t tag, uint64_t flag, std::vector<Entry>& entries) {
  // Of several the last counts.
  const auto entry = std::find_if(entries.rbegin(), entries.rend(),
                                  [&](const Entry& candidate) { return candidate.entry.d_tag == tag; });
  if (entry == entries.rend()) {
    entries.push_back({{tag, flag}, std::nullopt});
  } else {
    entry->entry.d_val |= flag;
  }
}

/// ld.so and static PIEs relocate themselves, and glibc's code for that asserts that there is no DT_RPATH or
/// DT_RUNPATH (elf/get-dynamic-info.h, RTLD_BOOTSTRAP and STATIC_PIE_BOOTSTRAP). Neither has a loader that
/// would read one.
bool relocates_itself(const elf::Image& image) {
  if (image.interpreter() || !image.needed().empty()) return false;
  const std::string name = image.soname().value_or("");
  return (image.dynamic_value(DT_FLAGS_1).value_or(0) & DF_1_PIE) != 0 || name.starts_with("ld-linux") ||
         name.starts_with("ld64.so.") || name.starts_with("ld.so.");
}

}  // namespace

bool names_string(int64_t d_tag) {
  return d_tag == DT_NEEDED || d_tag == DT_SONAME || d_tag == DT_RPATH || d_tag == DT_RUNPATH;
}

bool is_table_address(int64_t d_tag) {
  switch (d_tag) {
    case DT_HASH:
    case DT_GNU_HASH:
    case DT_STRTAB:
    case DT_SYMTAB:
    case DT_VERSYM:
    case DT_VERNEED:
    case DT_VERDEF:
    case DT_RELA:
    case DT_REL:
    case DT_JMPREL:
    case elf::dt_relr:
      return true;
    default:
      return false;
  }
}

std::vector<Entry> entries_of(const elf::Image& image) {
  std::vector<Entry> out;
  for (const elf::Dynamic& entry : image.dynamic()) out.push_back({entry, std::nullopt});
  return out;
}

std::variant<Goal, Refusal> goal_of(const elf::Image& image, const Edit& edit) {
  demand_valid(edit);
  Goal goal;
  if (edit.interpreter) {
    if (!image.interpreter()) {
      return Refusal{Refusal::Reason::no_interpreter,
                     "has no interpreter to change: it is a library or statically linked"};
    }
    if (*image.interpreter() != *edit.interpreter) goal.interpreter = edit.interpreter;
  }
  if (edit.executable_stack) {
    const elf::Segment* const stack = image.find_segment(PT_GNU_STACK);
    if (stack == nullptr || ((stack->p_flags & PF_X) != 0) != *edit.executable_stack) {
      goal.executable_stack = edit.executable_stack;
    }
  }
  const bool asks_dynamic = edit.run_path || edit.soname || !edit.add_needed.empty() || !edit.remove_needed.empty() ||
                            !edit.rename_needed.empty() || edit.no_default_folders;
  if (!asks_dynamic) return goal;
  if (!image.is_dynamic() || !image.dynamic_value(DT_STRTAB) || !image.dynamic_value(DT_STRSZ)) {
    return Refusal{Refusal::Reason::not_dynamic,
                   "has no dynamic section that names libraries: it is statically linked"};
  }
  if (relocates_itself(image) && ((edit.run_path && !edit.run_path->value.empty()) || !edit.add_needed.empty())) {
    return Refusal{Refusal::Reason::relocates_itself,
                   "is statically linked or a loader itself: it has no loader that would heed this, and would stop"};
  }
  goal.entries = entries_of(image);
  apply_needed(image, edit, goal.entries);
  if (edit.soname) apply_string(image, {DT_SONAME}, DT_SONAME, *edit.soname, goal.entries);
  if (edit.run_path) {
    apply_string(image, {DT_RPATH, DT_RUNPATH}, edit.run_path->runpath ? DT_RUNPATH : DT_RPATH, edit.run_path->value,
                 goal.entries);
  }
  if (edit.no_default_folders) apply_flag(DT_FLAGS_1, DF_1_NODEFLIB, goal.entries);
  const auto differs = [](const Entry& now, const elf::Dynamic& before) {
    return now.text || now.entry.d_tag != before.d_tag || now.entry.d_val != before.d_val;
  };
  goal.changes_dynamic =
      goal.entries.size() != image.dynamic().size() ||
      !std::equal(goal.entries.begin(), goal.entries.end(), image.dynamic().begin(),
                  [&](const Entry& now, const elf::Dynamic& before) { return !differs(now, before); });
  if (edit.remove_needed.empty() && edit.rename_needed.empty()) return goal;

  std::set<std::string> names;
  for (const Entry& entry : goal.entries) {
    if (entry.entry.d_tag == DT_NEEDED)
      names.insert(entry.text ? *entry.text : image.dynamic_string(entry.entry.d_val));
  }
  // glibc aborts at start when a DT_VERNEED names a file that is not among the loaded ones (elf/dl-version.c, "needed
  // != NULL"), so it has to follow a rename.
  const auto& removed = edit.remove_needed;
  for (const elf::VersionNeedRecord& need : image.version_need_records()) {
    const std::string file = image.dynamic_string(need.file);
    if (std::find(removed.begin(), removed.end(), file) != removed.end() && !names.contains(file)) {
      return Refusal{Refusal::Reason::version_bound,
                     fmt::format("needs symbols of {} by version, and glibc stops a program whose versions name a "
                                 "library that is not loaded. Rename it to the library that stands in for it",
                                 printable(file))};
    }
    const std::string name = renamed(edit, file);
    if (name != file) goal.version_files.push_back({need.file_field, name});
  }
  return goal;
}

}  // namespace bundle::rewrite
