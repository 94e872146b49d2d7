// Writes the smallest ELF files that are read as programs and libraries: what they need, the texts that they hold, the
// functions that they import. No compiler, so that a test can have thousands. tests/ldso holds the resolver against the
// real loader with real files.
#pragma once

#include <elf.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace tiny {

struct Elf {
  std::vector<std::pair<int64_t, std::string>> strings;  // DT_NEEDED, DT_SONAME, DT_RPATH … and their text
  std::vector<std::pair<int64_t, uint64_t>> values;      // DT_FLAGS_1 …
  std::string interpreter;                               // a program when not empty
  uint16_t machine = EM_X86_64;
  std::vector<std::string> texts = {};    // of the data, each with its NUL
  std::vector<std::string> imports = {};  // undefined symbols
  std::string dlopen_note = {};           // the JSON of a .note.dlopen; none when empty
};

/// The symbol table of the imports and its hash table (gABI), as little of it as counts the symbols.
inline std::string symbols_of(const Elf& elf, std::string& names) {
  std::string out(sizeof(Elf64_Sym), '\0');
  for (const std::string& import : elf.imports) {
    Elf64_Sym symbol = {};
    symbol.st_name = static_cast<uint32_t>(names.size());
    symbol.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
    bundle::append_value(out, symbol);
    names += import + '\0';
  }
  bundle::append_value(out, uint32_t{1});
  bundle::append_value(out, static_cast<uint32_t>(elf.imports.size() + 1));
  return out + std::string((elf.imports.size() + 2) * sizeof(uint32_t), '\0');  // no chain leads anywhere
}

inline std::string note_of(const Elf& elf) {
  if (elf.dlopen_note.empty()) return {};
  std::string out;
  bundle::append_value(out, Elf64_Nhdr{4, static_cast<uint32_t>(elf.dlopen_note.size() + 1), 0x407c0c0a});
  return out + std::string("FDO\0", 4) + elf.dlopen_note + std::string(4 - elf.dlopen_note.size() % 4, '\0');
}

inline std::string bytes_of(const Elf& elf) {
  std::string names(1, '\0');
  std::vector<Elf64_Dyn> dynamic;
  for (const auto& [tag, text] : elf.strings) {
    dynamic.push_back({tag, {names.size()}});
    names += text + '\0';
  }
  for (const auto& [tag, value] : elf.values) dynamic.push_back({tag, {value}});
  const std::string symbols = elf.imports.empty() ? "" : symbols_of(elf, names), note = note_of(elf);
  std::string texts;
  for (const std::string& text : elf.texts) texts += text + '\0';
  const uint64_t phnum = 2 + (elf.interpreter.empty() ? 0 : 1) + (note.empty() ? 0 : 1);
  const uint64_t dynamic_at = sizeof(Elf64_Ehdr) + phnum * sizeof(Elf64_Phdr);
  const uint64_t symbols_at = dynamic_at + (dynamic.size() + (symbols.empty() ? 3 : 5)) * sizeof(Elf64_Dyn);
  const uint64_t note_at = symbols_at + symbols.size();
  const uint64_t names_at = note_at + note.size();
  const uint64_t interpreter_at = names_at + names.size();
  const uint64_t size = interpreter_at + elf.interpreter.size() + 1 + texts.size();
  dynamic.push_back({DT_STRTAB, {names_at}});
  dynamic.push_back({DT_STRSZ, {names.size()}});
  if (!symbols.empty()) {
    dynamic.push_back({DT_SYMTAB, {symbols_at}});
    dynamic.push_back({DT_HASH, {symbols_at + (elf.imports.size() + 1) * sizeof(Elf64_Sym)}});
  }
  dynamic.push_back({DT_NULL, {0}});
  Elf64_Ehdr header = {};
  const unsigned char ident[] = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT};
  std::copy(std::begin(ident), std::end(ident), header.e_ident);
  header.e_type = ET_DYN;
  header.e_machine = elf.machine;
  header.e_version = EV_CURRENT;
  header.e_phoff = sizeof(Elf64_Ehdr);
  header.e_ehsize = sizeof(Elf64_Ehdr);
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = static_cast<uint16_t>(phnum);
  std::string out;
  bundle::append_value(out, header);
  const auto segment = [&](uint32_t type, uint64_t at, uint64_t length) {
    bundle::append_value(out, Elf64_Phdr{type, PF_R, at, at, at, length, length, 4});
  };
  if (!elf.interpreter.empty()) segment(PT_INTERP, interpreter_at, elf.interpreter.size() + 1);
  segment(PT_LOAD, 0, size);
  segment(PT_DYNAMIC, dynamic_at, dynamic.size() * sizeof(Elf64_Dyn));
  if (!note.empty()) segment(PT_NOTE, note_at, note.size());
  for (const Elf64_Dyn& entry : dynamic) bundle::append_value(out, entry);
  return out + symbols + note + names + elf.interpreter + '\0' + texts;
}

/// A folder under the system's temporary one, removed with all in it.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "bundle-test-XXXXXX").string();
    path_ = std::filesystem::canonical(::mkdtemp(name.data())).string();
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::string& path() const { return path_; }
  /// Writes a file with the folders above it; returns its whole path.
  std::string write(const std::string& name, const std::string& content) const {
    const std::filesystem::path path = path_ + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
  }
  std::string write(const std::string& name, const Elf& elf) const { return write(name, bytes_of(elf)); }
  void link(const std::string& target, const std::string& name) const {
    const std::filesystem::path path = path_ + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::filesystem::create_symlink(target, path);
  }

 private:
  std::string path_;
};

}  // namespace tiny
