#include "resolve/files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/error.h"
#include "base/file.h"
#include "base/interrupt.h"

namespace bundle::resolve {

namespace {

/// Class and machine of a file whose rest cannot be read, so that one of another machine is passed over all
/// the same.
std::shared_ptr<ElfFile> describe_corrupt(Source source, std::string sentence) {
  if (!source.contains(0, sizeof(Elf32_Ehdr))) return nullptr;
  const Bytes bytes = source.slice(0, sizeof(Elf32_Ehdr));
  if (!elf::has_elf_magic(bytes)) return nullptr;
  auto file = std::make_shared<ElfFile>();
  file->is_64 = bytes.read<uint8_t>(EI_CLASS) == ELFCLASS64;
  file->machine = bytes.read<uint16_t>(offsetof(Elf64_Ehdr, e_machine));
  file->corrupt = std::move(sentence);
  return file;
}

}  // namespace

ElfFile describe_elf(const elf::Image& image) {
  ElfFile file;
  file.is_64 = image.is_64();
  file.machine = image.header().e_machine;
  file.type = image.header().e_type;
  file.size = image.size();
  file.soname = image.soname();
  file.rpath = image.rpath();
  file.runpath = image.runpath();
  file.interpreter = image.interpreter();
  file.is_dynamic = image.is_dynamic();
  for (const elf::Dynamic& entry : image.dynamic()) {
    if (entry.d_tag == DT_NEEDED)
      file.dependencies.push_back({ElfFile::Tag::needed, image.dynamic_string(entry.d_val)});
    if (entry.d_tag == DT_FILTER)
      file.dependencies.push_back({ElfFile::Tag::filter, image.dynamic_string(entry.d_val)});
    if (entry.d_tag == DT_AUDIT || entry.d_tag == DT_DEPAUDIT)
      file.auditors.push_back(image.dynamic_string(entry.d_val));
    if (entry.d_tag == DT_AUXILIARY) {
      file.dependencies.push_back({ElfFile::Tag::auxiliary, image.dynamic_string(entry.d_val)});
    }
  }
  const uint64_t flags = image.dynamic_value(DT_FLAGS_1).value_or(0);
  file.no_default_folders = (flags & DF_1_NODEFLIB) != 0;
  // Linkers write DT_DEBUG into programs only, DF_1_PIE since binutils 2.26.
  file.is_program = image.header().e_type == ET_EXEC || image.interpreter().has_value() || (flags & DF_1_PIE) != 0 ||
                    image.dynamic_value(DT_DEBUG).has_value();
  file.version_needs = image.version_needs();
  file.version_definitions = image.version_definitions();
  return file;
}

/// `image` is null for a file that was not parsed yet.
std::shared_ptr<const ElfFile> Files::adopt(const OpenFile& opened, const elf::Image* image,
                                            const std::string& host_path, const std::string& inside) {
  const std::pair identity(opened.device(), opened.inode());
  const auto seen = by_identity_.find(identity);
  if (seen != by_identity_.end()) return seen->second;
  auto file = std::make_shared<ElfFile>(
      image != nullptr ? describe_elf(*image)
                       : describe_elf(elf::Image(Source(opened), host_path, elf::Image::Sections::skip)));
  file->device = opened.device();
  file->inode = opened.inode();
  file->host_path = host_path;
  file->real = inside;
  by_identity_.emplace(identity, file);
  return file;
}

std::shared_ptr<const ElfFile> Files::adopt_root(const OpenFile& opened, const elf::Image& image,
                                                 const std::string& inside) {
  const std::optional<std::string> real = root_.real(inside);
  std::shared_ptr<const ElfFile> file =
      adopt(opened, &image, real ? root_.at(*real) : opened.path(), real.value_or(inside));
  by_path_[inside].file = file;
  return file;
}

const Files::Known& Files::known(const std::string& inside) {
  const auto [at, is_new] = by_path_.try_emplace(inside);
  if (is_new) learn(inside, at->second);
  return at->second;
}

std::shared_ptr<const OpenFile> Files::open(const std::string& inside) {
  const auto [at, is_new] = by_path_.try_emplace(inside);
  if (is_new) return learn(inside, at->second);
  int error_number = 0;
  return root_.open(inside, error_number);
}

std::shared_ptr<const OpenFile> Files::learn(const std::string& inside, Known& known) {
  check_interrupted();
  const machine::Root::Place place = root_.locate(inside);
  known.error_number = place.error_number;
  if (place.error_number != 0) return nullptr;
  std::shared_ptr<const OpenFile> opened = root_.open(inside, known.error_number);
  if (opened == nullptr) return nullptr;
  const std::optional<std::string> real = real_paths_ ? root_.real(inside) : std::nullopt;
  const std::string host_path = real ? root_.at(*real) : place.host;
  try {
    known.file = adopt(*opened, nullptr, host_path, real.value_or(inside));
  } catch (const Error& error) {
    if (error.kind() == Exit::machine) throw;  // nothing is known about the file
    known.sentence = error.sentence();
    const std::shared_ptr<ElfFile> corrupt = describe_corrupt(Source(*opened), error.sentence());
    if (corrupt != nullptr) {
      corrupt->host_path = host_path;
      corrupt->real = real.value_or(inside);
      known.file = corrupt;
    }
  }
  return opened;
}

Look Files::look(const std::string& inside, bool is_64, uint16_t machine) {
  const Known& found = known(inside);
  Look look;
  if (found.error_number == EISDIR)
    return {Probe::not_elf, EISDIR, true, "is a folder, and the loader stops there", nullptr};
  if (found.error_number != 0) {
    look.error_number = found.error_number;
    const bool missing = found.error_number == ENOENT || found.error_number == ENOTDIR;
    look.outcome = missing ? Probe::absent : Probe::unreadable;
    if (!missing) look.detail = std::generic_category().message(found.error_number);
    return look;
  }
  if (found.file == nullptr) return {Probe::not_elf, 0, true, found.sentence + ", and the loader stops there", nullptr};
  const ElfFile& file = *found.file;
  if (file.is_64 != is_64 || file.machine != machine) {
    return {Probe::wrong_machine, 0, false,
            fmt::format("is for {}{}", elf::machine_name(file.machine),
                        file.machine == machine ? (file.is_64 ? " (64 bit)" : " (32 bit)") : ""),
            nullptr};
  }
  if (!file.corrupt.empty()) return {Probe::not_elf, 0, true, file.corrupt + ", and the loader stops there", nullptr};
  if (file.type != ET_DYN && file.type != ET_EXEC) {
    return {Probe::not_elf, 0, true, "is neither a library nor a program, and the loader stops there", nullptr};
  }
  look.outcome = Probe::found;
  look.file = found.file;
  return look;
}

}  // namespace bundle::resolve
