#include "resolve/loader.h"

#include <elf.h>
#include <sys/auxv.h>

#include <algorithm>
#include <cstring>

#include "base/file.h"
#include "elf/image.h"

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
  const auto* found =
      std::find_if(std::begin(machines), std::end(machines), [&](const MachineDefaults& candidate) {
        return candidate.machine == machine && candidate.is_64 == is_64;
      });
  return found == std::end(machines) ? nullptr : found;
}

/// content.find(mark, from) by memmem(3), which does not stop at every byte that is the mark's first.
size_t find_text(std::string_view content, std::string_view mark, size_t from) {
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

/// The folders that a loader has built in. They stand among its constants, so a segment that is only read is looked at
/// first; loaders linked without such a segment have them elsewhere.
std::vector<std::string> default_folders_in(Bytes content, const std::string& path) {
  if (!elf::has_elf_magic(content)) return {};
  const elf::Image image(content, path, elf::Image::Sections::skip);
  for (const elf::Segment& segment : image.segments()) {
    if (segment.p_type != PT_LOAD || segment.p_flags != PF_R) continue;
    std::vector<std::string> folders = folders_in(content.slice(segment.p_offset.value, segment.p_filesz).text());
    if (!folders.empty()) return folders;
  }
  return folders_in(content.text());
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
bool has_v2() {
  return __builtin_cpu_supports("sse3") != 0 && __builtin_cpu_supports("ssse3") != 0 &&
         __builtin_cpu_supports("sse4.1") != 0 && __builtin_cpu_supports("sse4.2") != 0 &&
         __builtin_cpu_supports("popcnt") != 0;
}
bool has_v3() {
  return has_v2() && __builtin_cpu_supports("avx") != 0 && __builtin_cpu_supports("avx2") != 0 &&
         __builtin_cpu_supports("bmi") != 0 && __builtin_cpu_supports("bmi2") != 0 &&
         __builtin_cpu_supports("fma") != 0;
}
bool has_v4() {
  return has_v3() && __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
         __builtin_cpu_supports("avx512cd") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
         __builtin_cpu_supports("avx512vl") != 0;
}
constexpr uint16_t own_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr uint16_t own_machine = EM_AARCH64;
#else
constexpr uint16_t own_machine = EM_NONE;
#endif

std::string platform_here(std::string_view loader_content) {
#if defined(__x86_64__)
  // glibc 2.26 to 2.36 renames the platform on Intel processors with AVX2 and its kin; a loader that does
  // carries the word.
  if (__builtin_cpu_is("intel") != 0 && has_v3() &&
      find_text(loader_content, std::string_view("\0haswell\0", 9), 0) != std::string_view::npos) {
    return "haswell";
  }
#else
  (void)loader_content;
#endif
  const auto* text = reinterpret_cast<const char*>(::getauxval(AT_PLATFORM));
  return text == nullptr ? "" : text;
}

}  // namespace

Loader describe_loader(const std::string& path, Bytes content, uint16_t machine, bool is_64,
                       bool on_this_machine) {
  Loader loader;
  loader.path = path;
  loader.machine = machine;
  loader.is_64 = is_64;
  const std::string_view name = base_name(path);
  if (name.starts_with("ld-musl-")) {
    loader.kind = LoaderKind::musl;
    const std::string_view rest = name.substr(std::string_view("ld-musl-").size());
    loader.musl_architecture = std::string(rest.substr(0, rest.find(".so")));
    return loader;
  }
  const MachineDefaults* defaults = defaults_of(machine, is_64);
  loader.default_folders = default_folders_in(content, path);
  if (!loader.default_folders.empty()) {
    loader.lib = lib_of(loader.default_folders);
  } else if (defaults != nullptr) {
    const std::string triplet = defaults->triplet;
    const std::string lib = defaults->lib;
    loader.lib = lib;
    loader.default_folders = {"/lib/" + triplet, "/usr/lib/" + triplet, "/" + lib, "/usr/" + lib};
    if (lib != "lib") loader.default_folders.insert(loader.default_folders.end(), {"/lib", "/usr/lib"});
  } else {
    loader.lib = "lib";
    loader.default_folders = {"/lib", "/usr/lib"};
  }
  if (on_this_machine && machine == own_machine) loader.platform = platform_here(content.text());
  if (loader.platform.empty() && defaults != nullptr) loader.platform = defaults->platform;
  return loader;
}

std::string usual_loader(uint16_t machine, bool is_64) {
  const MachineDefaults* defaults = defaults_of(machine, is_64);
  return defaults == nullptr ? "" : defaults->loader;
}

std::vector<std::string> preferred_subfolders(uint16_t machine, bool is_64) {
  std::vector<std::string> out;
#if defined(__x86_64__)
  if (machine != own_machine || !is_64) return out;
  if (has_v4()) out.emplace_back("glibc-hwcaps/x86-64-v4");
  if (has_v3()) out.emplace_back("glibc-hwcaps/x86-64-v3");
  if (has_v2()) out.emplace_back("glibc-hwcaps/x86-64-v2");
#else
  (void)machine;
  (void)is_64;
#endif
  return out;
}

}  // namespace bundle::resolve
