// How a run path is added to and shrunk. Libraries are looked at as ld.so looks: by class and machine.
#include "run/run_path.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"

namespace bundle::run {

namespace {

/// Whether ld.so would take the file at `path` for a library of `image`'s: it passes over another class or machine.
bool is_library_for(const elf::Image& image, const std::string& path) {
  int error_number = 0;
  const std::shared_ptr<const OpenFile> file = OpenFile::try_open(path, error_number);
  if (file == nullptr) return false;
  try {
    const elf::Image library(Source(*file), path, elf::Image::Sections::skip);
    return library.is_64() == image.is_64() && library.header().e_machine == image.header().e_machine;
  } catch (const Error&) {
    return false;  // no ELF file, or a damaged one
  }
}

std::string shrunk(const elf::Image& image, const std::vector<std::string>& folders,
                   const std::vector<std::string>& allowed_prefixes) {
  std::vector<std::string> wanted;
  for (const std::string& name : image.needed()) {
    if (name.find('/') == std::string::npos) wanted.push_back(name);  // others are not looked for
  }
  std::vector<std::string> kept;
  for (const std::string& folder : folders) {
    if (!folder.starts_with('/')) {
      if (!folder.empty()) kept.push_back(folder);
      continue;
    }
    const bool allowed =
        allowed_prefixes.empty() || std::any_of(allowed_prefixes.begin(), allowed_prefixes.end(),
                                                [&](const std::string& prefix) { return folder.starts_with(prefix); });
    if (!allowed) continue;
    const size_t found =
        std::erase_if(wanted, [&](const std::string& name) { return is_library_for(image, folder + "/" + name); });
    if (found > 0) kept.push_back(folder);
  }
  return fmt::format("{}", fmt::join(kept, ":"));
}

}  // namespace

std::optional<std::string> heeded_run_path(const elf::Image& image) {
  return image.runpath() ? image.runpath() : image.rpath();
}

std::optional<Edit::RunPath> wanted_run_path(const RunPathRequest& request, const elf::Image& image) {
  if (!request.changes()) return std::nullopt;
  if (request.remove) return Edit::RunPath{"", false};
  if (request.set) return Edit::RunPath{*request.set, request.as_runpath};
  const std::string before = heeded_run_path(image).value_or("");
  Edit::RunPath after{"", !request.as_rpath && (request.as_runpath || image.runpath())};
  std::vector<std::string> folders = before.empty() ? std::vector<std::string>() : split(before, ":");
  if (request.shrink) {
    after.value = shrunk(image, folders, request.allowed_prefixes);
    return after;
  }
  for (const std::string& list : request.add) {
    for (const std::string& folder : split(list, ":")) {
      const bool is_there = std::find(folders.begin(), folders.end(), folder) != folders.end();
      if (!folder.empty() && !is_there) folders.push_back(folder);
    }
  }
  after.value = fmt::format("{}", fmt::join(folders, ":"));
  return after;
}

}  // namespace bundle::run
