// See named_file.h.
#include "run/named_file.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "elf/image.h"

namespace bundle::run {

namespace {

bool is_executable_file(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

/// One that may not be read might be one, and is not passed over without a word.
bool may_be_elf(const std::string& path) {
  int error_number = 0;
  const std::shared_ptr<const OpenFile> file = OpenFile::try_open(path, error_number);
  if (file == nullptr) return error_number == EACCES;
  return file->size() >= 4 && elf::has_elf_magic(Source(*file).slice(0, 4));
}

/// pyenv, rbenv and their kin have a script of their own in PATH for each program of all versions, ROOT/shims/NAME. It
/// starts ROOT/versions/VERSION/bin/NAME, and ROOT/version says which; nothing of this works anywhere else. Nothing for
/// a shim of a version that is not there, or the system's.
std::optional<std::string> behind_shim(const std::string& candidate, const std::string& named) {
  const std::string_view folder = folder_name(candidate);
  if (base_name(folder) != "shims") return candidate;
  const std::string root(folder_name(folder));
  for (const std::string& version : split(read_file(root + "/version").value_or(""), "\n")) {
    const std::string program = root + "/versions/" + version + "/bin/" + named;
    if (!version.empty() && is_executable_file(program)) return program;
  }
  return std::nullopt;
}

std::optional<std::string> in_path(const std::string& named) {
  const char* path = std::getenv("PATH");
  for (const std::string& folder : split(path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path, ":")) {
    const std::string candidate = absolute_path((folder.empty() ? "." : folder) + "/" + named);
    if (!is_executable_file(candidate)) continue;
    if (std::optional<std::string> program = behind_shim(candidate, named)) return program;
  }
  return std::nullopt;
}

}  // namespace

NamedFile find_named(const std::string& named) {
  if (named.empty()) throw Error(Exit::usage, "", "a file's name is empty. Is a variable of the shell unset?");
  struct stat status = {};
  if (named.find('/') != std::string::npos) {
    const std::string path = absolute_path(named);
    if (::stat(path.c_str(), &status) != 0 && errno == ENOENT) {
      throw Error(Exit::cannot_bundle, path, unreadable(ENOENT),
                  "See how its path is written; a program in PATH needs no folder");
    }
    return {path, false, ""};
  }
  const std::string here = absolute_path("./" + named);
  std::optional<std::string> program = in_path(named);
  if (may_be_elf(here)) {
    NamedFile found{here, false, ""};
    if (program && real_path(*program) != real_path(here)) {
      found.note = fmt::format("{0} is the file in this folder; for the program of that name in PATH write {1}",
                               printable(named), printable(*program));
    }
    return found;
  }
  if (program) return {*program, true, ""};
  if (::stat(here.c_str(), &status) == 0) return {here, false, ""};
  throw Error(Exit::cannot_bundle, named, "is neither a file in this folder nor a program in PATH",
              "Name it by its path, as folder/program");
}

NamedFile find_program(const std::string& named, resolve::Resolver& resolver, bool in_sysroot) {
  return in_sysroot ? NamedFile{resolver.find_in_sysroot(named), false, ""} : find_named(named);
}

}  // namespace bundle::run
