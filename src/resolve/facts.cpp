#include "resolve/facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

namespace bundle::resolve {

namespace {

constexpr uint64_t longest_build_id = 256;  // linkers write 8, 16 or 20 bytes; --build-id=0x… any number

/// Keeps the higher of `highest` and the version behind `prefix` in `name`, when there is one
/// ("GLIBC_PRIVATE" is none).
void keep_highest(std::string& highest, std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return;
  name.remove_prefix(prefix.size());
  const bool is_number = !name.empty() && name.find_first_not_of("0123456789.") == std::string_view::npos;
  if (is_number && (highest.empty() || version_below(highest, name))) highest = std::string(name);
}

/// Versions that no symbol of fortification (glibc 2.3.4) or of the stack protector (2.4, or libssp's own) can have.
bool is_without_checks(std::string_view version) {
  if (version.starts_with("GLIBC_")) return version_below(version.substr(6), "2.3.4");
  return version.starts_with("GLIBCXX_") || version.starts_with("CXXABI_") || version.starts_with("GCC_");
}

}  // namespace

bool version_below(std::string_view left, std::string_view right) {
  const auto take_number = [](std::string_view& rest) {
    unsigned value = 0;
    const size_t dot = std::min(rest.find('.'), rest.size());
    std::from_chars(rest.data(), rest.data() + dot, value);
    rest.remove_prefix(std::min(dot + 1, rest.size()));
    return value;
  };
  while (!left.empty() && !right.empty()) {
    const unsigned l = take_number(left);
    const unsigned r = take_number(right);
    if (l != r) return l < r;
  }
  return left.empty() && !right.empty();
}

ProgramFacts read_facts(const elf::Image& image, const std::vector<elf::VersionNeed>& version_needs) {
  ProgramFacts facts;
  std::vector<bool> without_checks;  // by index
  for (const elf::VersionNeed& need : version_needs) {
    for (const elf::VersionNeed::Version& version : need.versions) {
      if (is_without_checks(version.name)) {
        without_checks.resize(std::max<size_t>(without_checks.size(), version.index + 1U));
        without_checks[version.index] = true;
      }
      keep_highest(facts.lowest_glibc, version.name, "GLIBC_");
      keep_highest(facts.lowest_glibcxx, version.name, "GLIBCXX_");
      // glibc 2.36 defines this for relative relocations in packed form (DT_RELR).
      if (version.name == "GLIBC_ABI_DT_RELR") keep_highest(facts.lowest_glibc, "2.36", "");
    }
  }
  for (const elf::Note& note : image.notes()) {
    if (note.owner != "GNU") continue;
    if (note.type == NT_GNU_ABI_TAG && note.description.size() >= 16 &&
        note.description.read<uint32_t>(0) == ELF_NOTE_OS_LINUX) {
      facts.kernel_floor = fmt::format("{}.{}.{}", note.description.read<uint32_t>(4),
                                       note.description.read<uint32_t>(8), note.description.read<uint32_t>(12));
    }
    if (note.type == NT_GNU_BUILD_ID && note.description.size() <= longest_build_id) {
      for (const char c : note.description.whole().text())
        facts.build_id += fmt::format("{:02x}", static_cast<unsigned char>(c));
    }
  }
  facts.is_static = !image.interpreter() && image.needed().empty() && !image.soname();
  facts.position_independent = image.header().e_type == ET_DYN;
  // Without PT_GNU_STACK the kernel and glibc give an executable stack on x86; elsewhere the default is safe.
  const elf::Segment* stack = image.find_segment(PT_GNU_STACK);
  const bool is_x86 = image.header().e_machine == EM_X86_64 || image.header().e_machine == EM_386;
  facts.executable_stack = stack != nullptr ? (stack->p_flags & PF_X) != 0 : is_x86;
  if (image.find_segment(PT_GNU_RELRO) != nullptr) {
    const bool now = image.dynamic_value(DT_BIND_NOW).has_value() ||
                     (image.dynamic_value(DT_FLAGS).value_or(0) & DF_BIND_NOW) != 0 ||
                     (image.dynamic_value(DT_FLAGS_1).value_or(0) & DF_1_NOW) != 0;
    facts.relro = now || !image.is_dynamic() ? ProgramFacts::Relro::full : ProgramFacts::Relro::partial;
  }
  for (const std::string& symbol : image.imported_symbols(elf::Image::Imports::called, without_checks)) {
    if (symbol == "__stack_chk_fail") facts.stack_protector = true;
    if (symbol.starts_with("__") && symbol.ends_with("_chk") && symbol != "__stack_chk_fail") facts.fortified = true;
  }
  return facts;
}

}  // namespace bundle::resolve
