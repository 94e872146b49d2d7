#include "resolve/loader.h"

#include <elf.h>
#include <sys/auxv.h>

#include <algorithm>
#include <cstring>

#include "base/file.h"
#include "elf/image.h"
#include "resolve/processor.h"

namespace bundle::resolve {

namespace {

struct MachineDefaults {
  uint16_t machine;
  bool is_64;
  const char* loader;
  const char* triplet;   // Debian's multiarch folder
  const char* lib;       // everyone else's
  const char* platform;  // AT_PLATFORM of the kernel's plainest processor
};
constexpr MachineDefaults machines[] = {
    {EM_X86_64, true, "/lib64/ld-linux-x86-64.so.2", "x86_64-linux-gnu", "lib64", "x86_64"},
    {EM_X86_64, false, "/libx32/ld-linux-x32.so.2", "x86_64-linux-gnux32", "libx32", "x86_64"},
    {EM_386, false, "/lib/ld-linux.so.2", "i386-linux-gnu", "lib", "i686"},
    {EM_AARCH64, true, "/lib/ld-linux-aarch64.so.1", "aarch64-linux-gnu", "lib64", "aarch64"},
    {EM_ARM, false, "/lib/ld-linux-armhf.so.3", "arm-linux-gnueabihf", "lib", "v7l"},
    {EM_RISCV, true, "/lib/ld-linux-riscv64-lp64d.so.1", "riscv64-linux-gnu", "lib64/lp64d", ""},
    {EM_PPC64, true, "/lib64/ld64.so.2", "powerpc64le-linux-gnu", "lib64", "power8"},
    {EM_S390, true, "/lib/ld64.so.1", "s390x-linux-gnu", "lib64", "z900"},
};

const MachineDefaults* defaults_of(uint16_t machine, bool is_64) {
  const auto* found = std::find_if(std::begin(machines), std::end(machines), [&](const MachineDefaults& candidate) {
    return candidate.machine == machine && candidate.is_64 == is_64;
  });
  return found == std::end(machines) ? nullptr : found;
}

/// content.find(mark, from) by memmem(3), which does not stop at every byte that is the mark's first.
size_t find_text(std::string_view content, std::string_view mark, size_t from) {
  if (content.size() < from + mark.size()) return std::string_view::npos;
  const void* found = ::memmem(content.data() + from, content.size() - from, mark.data(), mark.size());
  return found == nullptr ? std::string_view::npos
                          : static_cast<size_t>(static_cast<const char*>(found) - content.data());
}

/// The longest run of NUL-separated "/…/" strings around the first "/usr/lib…/": the loader's system_dirs
/// array.
std::vector<std::string> folders_in(std::string_view content) {
  constexpr std::string_view mark = "/usr/lib";
  for (size_t at = find_text(content, mark, 0); at != std::string_view::npos; at = find_text(content, mark, at + 1)) {
    const auto string_at = [&](size_t start) {
      const size_t end = content.find('\0', start);
      return end == std::string_view::npos ? std::string_view{} : content.substr(start, end - start);
    };
    const auto is_folder_text = [](std::string_view text) {
      return text.size() > 1 && text.size() < 256 && text.starts_with('/') && text.ends_with('/');
    };
    if (at > 0 && content[at - 1] != '\0') continue;
    if (!is_folder_text(string_at(at))) continue;
    size_t start = at;
    while (start >= 2) {
      const size_t end_of_previous = start - 1;
      const size_t before = content.rfind('\0', end_of_previous - 1);
      const size_t previous = before == std::string_view::npos ? 0 : before + 1;
      if (previous >= end_of_previous || !is_folder_text(string_at(previous))) break;
      start = previous;
    }
    std::vector<std::string> folders;
    for (std::string_view text = string_at(start); is_folder_text(text); text = string_at(start)) {
      folders.emplace_back(text.substr(0, text.size() - 1));
      start += text.size() + 1;
    }
    // A lone "/usr/lib/" is some other text of the loader's.
    if (folders.size() >= 2) return folders;
  }
  return {};
}

/// As it stands among the constants: that of a prefix has more ahead of it.
constexpr std::string_view system_cache("\0/etc/ld.so.cache", 17);

/// The same of one that was built to lie in a folder of its own, as those of stores are: that folder, and nothing else.
std::vector<std::string> own_folder_in(std::string_view content, std::string_view loader) {
  const std::string folder(folder_name(loader));
  const std::string text = std::string(1, '\0') + folder + "/" + std::string(1, '\0');
  if (find_text(content, text, 0) == std::string_view::npos) return {};
  return {folder};
}

/// What is read of a loader's file: its folders, the constants among which they stand, and its variables
/// (_rtld_global_ro, which holds the names of capabilities). The text lies in the file's memory.
struct Content {
  std::vector<std::string> folders;
  bool is_apart = false;  // it asks for nothing of the system's: neither its folders nor its cache
  std::string_view constants;
  std::string_view variables;
};

/// A segment that is only read is looked at first; loaders linked without such a segment have their constants
/// elsewhere. The code between the two is not read.
Content content_of(const Source& content, const std::string& path) {
  Content out;
  if (!content.contains(0, SELFMAG) || !elf::has_elf_magic(content.slice(0, SELFMAG))) return out;
  const elf::Image image(content, path, elf::Image::Sections::skip);
  const auto look_into = [&](std::string_view constants) {
    out.constants = constants;
    out.folders = folders_in(constants);
    if (!out.folders.empty()) return;
    out.folders = own_folder_in(constants, path);
    out.is_apart = !out.folders.empty() && find_text(constants, system_cache, 0) == std::string_view::npos;
  };
  for (const elf::Segment& segment : image.segments()) {
    if (segment.p_type != PT_LOAD) continue;
    const auto text = [&] { return content.slice(segment.p_offset.value, segment.p_filesz).text(); };
    if ((segment.p_flags & PF_W) != 0) out.variables = text();
    if (segment.p_flags == PF_R && out.folders.empty()) look_into(text());
  }
  if (out.folders.empty()) look_into(content.whole().text());
  return out;
}

/// DL_DST_LIB is the last part of the first default folder; Debian's carries its multiarch folder with it.
std::string lib_of(const std::vector<std::string>& folders) {
  const std::string& first = folders.front();
  const std::string_view last = base_name(first);
  const std::string_view above = base_name(folder_name(first));
  if (above.starts_with("lib")) return std::string(above) + "/" + std::string(last);
  return std::string(last);
}

#if defined(__x86_64__)
constexpr uint16_t own_machine = EM_X86_64;
bool runs_here(uint16_t machine) { return machine == EM_X86_64 || machine == EM_386; }
#elif defined(__aarch64__)
constexpr uint16_t own_machine = EM_AARCH64;
bool runs_here(uint16_t) { return false; }
#else
constexpr uint16_t own_machine = EM_NONE;
bool runs_here(uint16_t) { return false; }
#endif

bool processor_is(unsigned trait) {
  static const unsigned traits = bundle_processor_traits();
  return (traits & trait) != 0;
}

/// glibc since 2.26 renames the platform on Intel's larger processors. A loader that does carries the word.
std::string platform_here(std::string_view loader_constants) {
  if (find_text(loader_constants, "haswell", 0) != std::string_view::npos) {
    if (processor_is(bundle_processor_xeon_phi)) return "xeon_phi";
    if (processor_is(bundle_processor_haswell)) return "haswell";
  }
  const auto* text = reinterpret_cast<const char*>(::getauxval(AT_PLATFORM));
  return text == nullptr ? "" : text;
}

/// The capabilities that a loader of glibc before 2.37 looks for folders of, best first.
std::vector<std::string> legacy_capabilities(uint16_t machine) {
  if (machine == EM_386) return {"sse2"};
  if (processor_is(bundle_processor_avx512_1)) return {"avx512_1", "x86_64"};
  return {"x86_64"};
}

/// Every choice among "tls", the platform and the capabilities, in this order, as a path; those with more of the first
/// come first, as _dl_important_hwcaps has them: tls/haswell/x86_64, tls/haswell, tls/x86_64, tls, haswell/x86_64 …
std::vector<std::string> legacy_subfolders(const std::string& platform, const std::vector<std::string>& capabilities) {
  std::vector<std::string> parts = {"tls", platform};
  parts.insert(parts.end(), capabilities.begin(), capabilities.end());
  std::vector<std::string> out;
  for (size_t choice = (size_t{1} << parts.size()) - 1; choice > 0; --choice) {
    std::string path;
    for (size_t i = 0; i < parts.size(); ++i) {
      if ((choice >> (parts.size() - 1 - i) & 1U) != 0) path += (path.empty() ? "" : "/") + parts[i];
    }
    if (std::find(out.begin(), out.end(), path) == out.end()) out.push_back(std::move(path));
  }
  return out;
}

std::vector<std::string> preferred_subfolders(const Loader& loader, const std::string& platform,
                                              std::string_view loader_variables) {
  std::vector<std::string> out;
  if (!runs_here(loader.machine())) return out;
  if (loader.is_64() && loader.machine() == own_machine) {
    if (processor_is(bundle_processor_v4)) out.emplace_back("glibc-hwcaps/x86-64-v4");
    if (processor_is(bundle_processor_v3)) out.emplace_back("glibc-hwcaps/x86-64-v3");
    if (processor_is(bundle_processor_v2)) out.emplace_back("glibc-hwcaps/x86-64-v2");
  }
  // glibc 2.37 dropped the names of capabilities, and the folders.
  if (find_text(loader_variables, "avx512_1", 0) == std::string_view::npos) return out;
  const std::vector<std::string> legacy = legacy_subfolders(platform, legacy_capabilities(loader.machine()));
  out.insert(out.end(), legacy.begin(), legacy.end());
  return out;
}

/// The ARCH of a loader whose name is a bundle's own (ld.so), read from its file: the name of the path file,
/// /etc/ld-musl-ARCH.path (ldso/dynlink.c), stands in every musl. Nothing for glibc's.
std::string musl_architecture_in(const std::shared_ptr<const OpenFile>& file) {
  if (file == nullptr) return "";
  constexpr std::string_view begins = "/etc/ld-musl-";
  const Source content(*file);
  const std::string_view text = content.whole().text();
  const size_t at = find_text(text, begins, 0);
  if (at == std::string_view::npos) return "";
  const std::string_view rest = text.substr(at + begins.size());
  return std::string(rest.substr(0, rest.find('.')));
}

}  // namespace

Loader::Loader(std::string path, uint16_t machine, bool is_64, bool on_this_machine, Open open)
    : kind_(LoaderKind::glibc),
      path_(std::move(path)),
      machine_(machine),
      is_64_(is_64),
      on_this_machine_(on_this_machine),
      open_(std::move(open)) {
  constexpr std::string_view musl = "ld-musl-";
  const std::string_view name = base_name(path_);
  if (name.starts_with(musl)) {
    musl_architecture_ = name.substr(musl.size(), name.find(".so") - musl.size());
  } else if (!name.starts_with("ld-") && open_) {
    musl_architecture_ = musl_architecture_in(open_());
  }
  if (!musl_architecture_.empty()) kind_ = LoaderKind::musl;
}

const BuiltIn& Loader::built_in() const {
  if (built_in_) return *built_in_;
  const std::shared_ptr<const OpenFile> file = open_ ? open_() : nullptr;
  const Content content = file == nullptr ? Content{} : content_of(Source(*file), path_);
  const MachineDefaults* defaults = defaults_of(machine_, is_64_);
  BuiltIn out;
  out.default_folders = content.folders;
  out.asks_system_cache = !content.is_apart;
  if (!out.default_folders.empty()) {
    out.lib = lib_of(out.default_folders);
  } else if (defaults != nullptr) {
    const std::string triplet = defaults->triplet;
    out.lib = defaults->lib;
    out.default_folders = {"/lib/" + triplet, "/usr/lib/" + triplet, "/" + out.lib, "/usr/" + out.lib};
    if (out.lib != "lib") out.default_folders.insert(out.default_folders.end(), {"/lib", "/usr/lib"});
  } else {
    out.lib = "lib";
    out.default_folders = {"/lib", "/usr/lib"};
  }
  if (on_this_machine_ && machine_ == own_machine) out.platform = platform_here(content.constants);
  if (out.platform.empty() && defaults != nullptr) out.platform = defaults->platform;
  out.preferred_subfolders = preferred_subfolders(*this, out.platform, content.variables);
  return built_in_.emplace(std::move(out));
}

std::string usual_loader(uint16_t machine, bool is_64) {
  const MachineDefaults* defaults = defaults_of(machine, is_64);
  return defaults == nullptr ? "" : defaults->loader;
}

}  // namespace bundle::resolve
