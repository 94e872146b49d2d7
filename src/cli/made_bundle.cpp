// The bundle that `bundle init` is given, see made_bundle.h.
#include "cli/made_bundle.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "elf/format.h"
#include "elf/image.h"
#include "report/manifest.h"

namespace bundle::cli {

namespace {

constexpr uint64_t largest_launcher = 256U << 20;
constexpr uint64_t largest_manifest = 256U << 20;
constexpr uint64_t e_machine_offset = 18;

std::string manifest_in(const std::string& home) { return fmt::format("lib/{}/manifest.json", home); }

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
  std::string manifest, home;
  for (const verify::ArchiveEntry& entry : archive_.entries()) {
    const std::vector<std::string> parts = parts_of(entry.path);
    if (parts.size() < 2 || parts.size() > 3 || parts.front() != "lib" || parts.back() != "manifest.json") continue;
    manifest = entry.path;
    if (parts.size() == 3) home = parts[1];
    break;
  }
  if (archive_.find("bootstrap") != nullptr) {
    if (!manifest.empty()) find_function(manifest, home);
  } else {
    find_programs();
  }
  if (programs_.empty()) fail_without_programs();
  // A layer's programs lie beside what the manifest is in, whatever the bundle is called.
  for (MadeProgram& program : programs_) {
    if (is_plain_name(home)) program.home = home;
    program.manifest = manifest.empty() ? manifest_in(program.home) : manifest;
  }
}

void MadeBundle::find_function(const std::string& manifest, const std::string& home) {
  target_ = "aws-bootstrap";
  const std::optional<report::Manifest> told =
      report::parse_manifest(archive_.content(*archive_.find(manifest), largest_manifest));
  const std::string name = told && !told->programs.empty() ? told->programs.front().name : home;
  if (is_plain_name(name)) {
    programs_.push_back({name, "bootstrap", name, {}});
  } else if (!name.empty()) {
    odd_.push_back(name);
  }
}

void MadeBundle::find_programs() {
  for (const verify::ArchiveEntry& entry : archive_.entries()) {
    const std::vector<std::string> parts = parts_of(entry.path);
    if (parts.back().empty()) continue;  // a folder
    const bool in_layer = parts.size() == 2 && parts[0] == "bin";
    const bool in_package = parts.size() == 4 && parts[0] == "tools" && parts[2] == "bin";
    if (!in_layer && !in_package) continue;
    if (!is_plain_name(parts.back()) || !is_plain_name(parts[1])) {
      odd_.push_back(is_plain_name(parts.back()) ? parts[1] : parts.back());
      continue;
    }
    target_ = in_layer ? "aws-lambda" : "azure-functions";
    programs_.push_back({parts.back(), entry.path, parts[1], {}});
  }
}

void MadeBundle::fail_without_programs() const {
  if (odd_.empty()) {
    throw Error(Exit::cannot_bundle, path_,
                "has no program in bin/, no bootstrap, and none in tools/NAME/bin/, so bundle did not make it");
  }
  throw Error(Exit::cannot_bundle, path_,
              fmt::format("holds '{}', and a name in a project's texts is of letters, digits, '.', '_', '+' and '-', "
                          "the first none of '.' and '-'",
                          printable(odd_.front())),
              "Bundle the program under another by --rename OLD=NEW, and --name NEW if the bundle has one");
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
