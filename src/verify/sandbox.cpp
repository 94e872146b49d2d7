// See sandbox.h: what a Place says that is no mount of its own, the launcher without run bits and another architecture.
#include "verify/sandbox.h"

#include <elf.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/temporary_folder.h"
#include "elf/image.h"
#include "machine/root.h"
#include "verify/sandbox_process.h"
#include "verify/sandbox_start.h"

namespace bundle::verify {

namespace {

#ifdef __x86_64__
constexpr uint16_t own_machine = EM_X86_64;
#else
constexpr uint16_t own_machine = EM_AARCH64;
#endif
constexpr std::string_view anywhere = "/opt";  // for a bundle that may lie anywhere

/// Where on this machine a file is that the program is to be found at, inside.
std::string here(const Place& place, const std::string& inside) {
  if (is_below(inside, prefix_of(place))) return place.folder + inside.substr(prefix_of(place).size());
  return machine::Root(place.root).locate(inside).host;  // its links lead on in there
}

const char* name_of_machine(uint16_t machine) {
  switch (machine) {
    case EM_X86_64:
      return "x86_64";
    case EM_AARCH64:
      return "aarch64";
    default:
      return nullptr;
  }
}

/// Nothing starts a file without run bits, and bubblewrap says neither which it has nor what to do.
void check_run_bit(const std::string& path, const std::string& program) {
  const std::optional<struct stat> status = status_of(path);
  if (!status || (S_ISREG(status->st_mode) && (status->st_mode & 0111U) != 0)) return;
  if (!S_ISREG(status->st_mode)) throw Error(Exit::cannot_bundle, program, "is no file, and cannot be run");
  throw Error(
      Exit::cannot_bundle, program,
      fmt::format("has no run bit, only mode {:04o}: nothing starts it so, here or there", status->st_mode & 07777U),
      "Give it one (0755) in the bundle, or see by --no-run-bits what a service does that takes them away");
}

/// The machine of a program; nothing when it is no ELF file.
std::optional<uint16_t> machine_of(const std::string& path) {
  int error_number = 0;
  const std::shared_ptr<const MappedFile> file = MappedFile::try_open(path, error_number);
  if (file == nullptr || !file->bytes().text().starts_with(ELFMAG) || !file->bytes().contains(0, 20))
    return std::nullopt;
  return file->bytes().read<uint16_t>(offsetof(Elf64_Ehdr, e_machine));
}

/// qemu's user mode for the machine, as one static file, which needs nothing in the root.
std::string emulator_of(uint16_t machine, const std::string& program) {
  const char* const name = name_of_machine(machine);
  if (name == nullptr) {
    throw Error(Exit::cannot_bundle, program, "is for a machine that nothing here can stand in for",
                "Run it on such a machine");
  }
  const char* const path = std::getenv("PATH");
  for (const std::string& file : {std::string("qemu-") + name + "-static", std::string("qemu-") + name}) {
    for (const std::string& folder : split(path == nullptr ? "/usr/bin:/bin" : path, ":")) {
      const std::string candidate = folder + "/" + file;
      int error_number = 0;
      const std::shared_ptr<const MappedFile> mapped = MappedFile::try_open(candidate, error_number);
      if (mapped != nullptr && !elf::Image(mapped->bytes(), candidate).interpreter()) return candidate;
    }
  }
  throw Error(
      Exit::machine, program,
      std::string("is for ") + name + ", and no static qemu-" + name + " is in PATH to run it here",
      "Install it (the package qemu-user-static of Debian, Fedora and Arch, qemu-ARCH of Alpine), or run it on such a "
      "machine");
}

}  // namespace

std::string prefix_of(const Place& place) {
  if (!place.prefix.empty()) return place.prefix;
  return std::string(place.target->prefix == "/" ? anywhere : place.target->prefix);
}

Start::Start(Place place, std::vector<std::string> arguments)
    : place_(std::move(place)), arguments_(std::move(arguments)) {
  const std::string program = arguments_.front();
  if (place_.run_bits) {
    check_run_bit(here(place_, program), program);
  } else {
    give_run_bit(program);
  }
  const std::optional<uint16_t> machine = machine_of(here(place_, program));
  if (machine && *machine != own_machine) {
    const std::string emulator = emulator_of(*machine, program);
    const std::string inside = "/run/" + std::string(base_name(emulator));
    place_.binds.push_back({emulator, inside});
    arguments_.insert(arguments_.begin(), inside);
  }
}

/// As the caller of an Azure function does: the launcher is copied, made executable, and told where its bundle lies.
void Start::give_run_bit(const std::string& program) {
  const std::string copy = copies_.path() + "/" + std::string(base_name(program));
  const std::optional<std::string> content = read_file(here(place_, program));
  if (!content) throw Error(Exit::cannot_bundle, program, "is not in the bundle");
  write_new_file(copy, *content, 0755);
  if (::chmod(copies_.path().c_str(), 0755) != 0) {
    const int error_number = errno;
    throw system_error(copies_.path(), "its mode cannot be set", error_number);
  }
  const std::string inside = "/tmp/" + std::string(base_name(program));
  place_.binds.push_back({copy, inside});
  place_.environment.emplace_back("BUNDLE_ROOT", std::string(folder_name(folder_name(program))));
  arguments_.front() = inside;
}

Ended run_in(const Place& place, const std::vector<std::string>& arguments) {
  const Start start(place, arguments);
  return run_bubblewrap(start.place(), start.arguments(), {});
}

}  // namespace bundle::verify
