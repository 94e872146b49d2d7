#include "discover/file_kind.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/file.h"
#include "elf/image.h"

namespace bundle::discover {

namespace {

bool is_own(const elf::Image& image, const Machine& machine) {
  if (image.header().e_machine == EM_NONE) return false;
  return machine.e_machine == EM_NONE ||
         (image.header().e_machine == machine.e_machine && image.is_64() == machine.is_64);
}

/// Kernels of the 64-bit machines start the programs of their 32-bit forerunners.
bool is_forerunner(const elf::Image& image, const Machine& machine) {
  const uint16_t other = image.header().e_machine;
  return !image.is_64() &&
         ((machine.e_machine == EM_X86_64 && other == EM_386) || (machine.e_machine == EM_AARCH64 && other == EM_ARM));
}

}  // namespace

Kind file_kind(const MappedFile& file, const Machine& machine) {
  try {
    if (!elf::has_elf_magic(file.bytes())) return Kind::data;
    const elf::Image image(file.bytes(), file.path());
    const uint16_t type = image.header().e_type;
    if (type != ET_EXEC && type != ET_DYN) return Kind::data;      // for linkers and debuggers
    if (type == ET_DYN && !image.is_dynamic()) return Kind::data;  // separated debug information, say
    const bool own = is_own(image, machine);
    if (!own && !is_forerunner(image, machine)) return Kind::data;
    // A shared object that is also a program (libc.so.6) goes by its name.
    const bool named_library = base_name(file.path()).find(".so") != std::string_view::npos;
    const bool is_pie = (image.dynamic_value(DT_FLAGS_1).value_or(0) & DF_1_PIE) != 0;
    if (type == ET_EXEC || (!named_library && (image.interpreter() || is_pie))) return Kind::program;
    return own ? Kind::library : Kind::data;
  } catch (const Error& error) {
    if (error.kind() == Exit::machine) throw;
    return Kind::data;
  }
}

std::string why_not_loadable(const MappedFile& file, const Machine& machine) {
  if (!elf::has_elf_magic(file.bytes())) return "is not an ELF file";
  const elf::Image image(file.bytes(), file.path());
  if (!is_own(image, machine)) {
    return fmt::format("is for {} ({} bit), and the program that is to load it is for {} ({} bit)",
                       elf::machine_name(image.header().e_machine), image.is_64() ? 64 : 32,
                       elf::machine_name(machine.e_machine), machine.is_64 ? 64 : 32);
  }
  if (image.header().e_type != ET_DYN || !image.is_dynamic()) return "is no shared library that a program can load";
  return {};
}

}  // namespace bundle::discover
