// read_elfs(), see loadings.h: headers and dynamic sections by elf::Image, the launchers' settings by launchers/abi.h.
#include <elf.h>

#include <algorithm>
#include <string_view>

#include "base/error.h"
#include "base/file.h"
#include "elf/image.h"
#include "launchers/abi.h"
#include "verify/loadings.h"

namespace bundle::verify {

namespace {

/// A launcher is some 15 KB; what is larger and holds the magic is this program or a copy of it.
constexpr uint64_t largest_launcher = 64U << 10U;

/// The string at `offset` of a launcher's text, or nothing when it does not end there.
std::optional<std::string> text_at(Bytes text, uint64_t offset) {
  if (!text.contains(offset, 1)) return std::nullopt;
  const std::string_view rest = text.from(offset).text();
  const size_t end = rest.find('\0');
  return end == std::string_view::npos ? std::nullopt : std::optional(std::string(rest.substr(0, end)));
}

std::optional<LauncherSettings> launcher_settings(Bytes file) {
  const size_t at = file.text().find(std::string_view(launcher_abi::magic, sizeof launcher_abi::magic));
  if (at == std::string_view::npos) return std::nullopt;
  LauncherSettings settings;
  if (!file.contains(at, sizeof(launcher_abi::Config))) {
    settings.fault = "its settings are cut short";
    return settings;
  }
  const auto config = file.read<launcher_abi::Config>(at);
  if (config.abi_version != launcher_abi::version || config.size != sizeof config) {
    settings.fault = "is a launcher of another version of bundle, " + std::to_string(config.abi_version);
    return settings;
  }
  const Bytes text(config.text, sizeof config.text);
  const auto read = [&](uint16_t offset, std::string& to) {
    const std::optional<std::string> found = text_at(text, offset);
    if (found) to = *found;
    return found.has_value();
  };
  std::string libraries;
  if (!read(config.prefix, settings.prefix) || !read(config.program, settings.program) ||
      !read(config.loader, settings.loader) || !read(config.libraries, libraries) ||
      !read(config.first_needed, settings.first_needed)) {
    settings = {};
    settings.fault = "its settings are damaged: a text in them does not end";
    return settings;
  }
  for (std::string& folder : split(libraries, ":")) {
    if (!folder.empty()) settings.libraries.push_back(std::move(folder));
  }
  settings.is_musl = (config.flags & launcher_abi::flag_musl) != 0;
  settings.is_runpath = (config.flags & launcher_abi::flag_runpath) != 0;
  settings.never_exec = (config.flags & launcher_abi::flag_never_exec) != 0;
  settings.depth = config.depth;
  if (settings.program.empty()) settings.fault = "its settings name no program";
  return settings;
}

ElfFacts facts_of(const std::string& kept, size_t file) {
  ElfFacts facts;
  facts.file = file;
  try {
    const std::shared_ptr<const OpenFile> opened = OpenFile::open(kept);
    const elf::Image image(Source(*opened), kept, elf::Image::Sections::skip);
    facts.machine = image.header().e_machine;
    facts.type = image.header().e_type;
    facts.is_dynamic = image.is_dynamic();
    facts.interpreter = image.interpreter();
    facts.soname = image.soname();
    facts.rpath = image.rpath();
    facts.runpath = image.runpath();
    facts.needed = image.needed();
    // libc.so.6 has an interpreter, too, to say its version; a program has no name to be loaded by.
    const bool is_loadable = facts.type == ET_EXEC || facts.type == ET_DYN;
    const bool is_static = facts.type == ET_EXEC || (image.dynamic_value(DT_FLAGS_1).value_or(0) & DF_1_PIE) != 0;
    facts.is_program = is_loadable && !facts.soname && (facts.interpreter || is_static);
    if (image.size() <= largest_launcher && !facts.interpreter) facts.launcher = launcher_settings(image.bytes());
    if (facts.launcher) facts.is_program = false;
    image.version_needs();
    image.version_definitions();
  } catch (const Error& error) {
    if (error.kind() == Exit::machine) throw;
    ElfFacts broken;
    broken.file = file;
    broken.fault = error.sentence();
    return broken;
  }
  return facts;
}

}  // namespace

void read_elfs(Subject& subject) {
  for (size_t i = 0; i < subject.contents.size(); ++i) {
    const Content& content = subject.contents[i];
    if (content.is_elf && !content.kept.empty()) subject.elfs.push_back(facts_of(content.kept, i));
  }
}

}  // namespace bundle::verify
