// The bundle that `bundle init` is given, see made_bundle.h.
#include "cli/made_bundle.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "elf/format.h"
#include "elf/image.h"

namespace bundle::cli {

namespace {

constexpr uint64_t largest_launcher = 256U << 20;
constexpr uint64_t e_machine_offset = 18;

/// The parts of "a/b/c"; a folder's last one is empty.
std::vector<std::string> parts_of(const std::string& path) { return split(path, "/"); }

}  // namespace

bool is_plain_name(std::string_view name) {
  return !name.empty() && name.front() != '-' && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
                  c == '+' || c == '-';
         });
}

MadeBundle::MadeBundle(const std::string& path) : path_(path), archive_(path) {
  const bool is_function = archive_.find("bootstrap") != nullptr;
  for (const verify::ArchiveEntry& entry : archive_.entries()) {
    const std::vector<std::string> parts = parts_of(entry.path);
    if (parts.back().empty()) continue;  // a folder
    if (is_function) {
      if (parts.size() != 3 || parts[0] != "lib" || parts[2] != "manifest.json" || !is_plain_name(parts[1])) continue;
      target_ = "aws-bootstrap";
      programs_.push_back({parts[1], "bootstrap", parts[1]});
    } else if (parts.size() == 2 && parts[0] == "bin" && is_plain_name(parts[1])) {
      target_ = "aws-lambda";
      programs_.push_back({parts[1], entry.path, parts[1]});
    } else if (parts.size() == 4 && parts[0] == "tools" && parts[2] == "bin" && is_plain_name(parts[1]) &&
               is_plain_name(parts[3])) {
      target_ = "azure-functions";
      programs_.push_back({parts[3], entry.path, parts[1]});
    }
  }
  // A layer's programs lie beside what the manifest is in, whatever the bundle is called.
  for (const verify::ArchiveEntry& entry : archive_.entries()) {
    const std::vector<std::string> parts = parts_of(entry.path);
    if (parts.size() != 3 || parts[0] != "lib" || parts[2] != "manifest.json" || !is_plain_name(parts[1])) continue;
    for (MadeProgram& program : programs_) program.home = parts[1];
    break;
  }
  if (programs_.empty()) {
    throw Error(Exit::cannot_bundle, path,
                "has no program in bin/, no bootstrap, and none in tools/NAME/bin/, so bundle did not make it");
  }
}

const MadeProgram& MadeBundle::program(const std::string& name) const {
  std::vector<std::string> names;
  for (const MadeProgram& each : programs_) names.push_back(each.name);
  if (name.empty()) {
    if (programs_.size() == 1) return programs_.front();
    throw Error(Exit::usage, path_,
                fmt::format("holds several programs, choose one with --program: {}", fmt::join(names, ", ")));
  }
  for (const MadeProgram& each : programs_) {
    if (each.name == name) return each;
  }
  throw Error(Exit::usage, path_,
              fmt::format("has no program {}; it holds {}", printable(name), fmt::join(names, ", ")));
}

std::string MadeBundle::architecture(const MadeProgram& program) const {
  const std::string content = archive_.content(*archive_.find(program.launcher), largest_launcher);
  if (!elf::has_elf_magic(Bytes(content))) {
    throw Error(Exit::cannot_bundle, path_, program.launcher + " is not an ELF program");
  }
  switch (Bytes(content).read<uint16_t>(e_machine_offset)) {
    case EM_X86_64:
      return "x86_64";
    case EM_AARCH64:
      return "arm64";
    default:
      throw Error(Exit::cannot_bundle, path_, program.launcher + " is for a machine that no cloud's functions run on");
  }
}

}  // namespace bundle::cli
