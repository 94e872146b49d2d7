// `bundle init`, see init_command.h.
#include "cli/init_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/say.h"
#include "cli/cli11.h"
#include "cli/options.h"
#include "cli/templates.h"
#include "elf/format.h"
#include "verify/archive_reader.h"

namespace bundle::cli {
namespace {

constexpr uint64_t largest_launcher = 256U << 20;
constexpr uint64_t e_machine_offset = 18;
constexpr std::string_view layer_name_in_folder = "layer.zip";

std::set<std::string> kinds() {
  std::set<std::string> found;
  for (const TemplateFile& file : template_files()) found.emplace(file.kind);
  return found;
}

/// Names go into Python, YAML and shell text, so they are what needs no quoting there.
bool is_plain(std::string_view name) {
  return !name.empty() && name.front() != '-' && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '+' || c == '-';
  });
}

std::string choose_program(const verify::ArchiveReader& layer, const InitRequest& request) {
  std::vector<std::string> programs;
  for (const verify::ArchiveEntry& entry : layer.entries()) {
    const std::string_view name = base_name(entry.path);
    if (entry.path == fmt::format("bin/{}", name) && is_plain(name)) programs.emplace_back(name);
  }
  if (programs.empty()) {
    throw Error(Exit::cannot_bundle, request.layer, "has no program in bin/: give a layer that bundle made");
  }
  if (request.program.empty()) {
    if (programs.size() == 1) return programs.front();
    throw Error(Exit::usage, request.layer,
                fmt::format("holds several programs, choose one with --program: {}", fmt::join(programs, ", ")));
  }
  if (std::find(programs.begin(), programs.end(), request.program) == programs.end()) {
    throw Error(Exit::usage, request.layer,
                fmt::format("has no program {}; it holds {}", printable(request.program), fmt::join(programs, ", ")));
  }
  return request.program;
}

/// As AWS names it. Both architectures that Lambda has start a layer's program by an ELF file in bin/.
std::string architecture_of(const verify::ArchiveReader& layer, const std::string& program, const std::string& path) {
  const std::string content = layer.content(*layer.find("bin/" + program), largest_launcher);
  if (!content.starts_with("\x7f"
                           "ELF"))
    throw Error(Exit::cannot_bundle, path, "bin/" + program + " is not an ELF program");
  switch (Bytes(content).read<uint16_t>(e_machine_offset)) {
    case EM_X86_64:
      return "x86_64";
    case EM_AARCH64:
      return "arm64";
    default:
      throw Error(Exit::cannot_bundle, path, "bin/" + program + " is for a machine that Lambda does not have");
  }
}

/// LayerName is [a-zA-Z0-9-_]+, up to 140 characters.
std::string layer_name(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '.' || c == '+'; }, '-');
  return name.substr(0, 140);
}

std::string fill_in(std::string_view text, const std::map<std::string, std::string>& values) {
  std::string out(text);
  for (const auto& [name, value] : values) {
    const std::string mark = "@" + name + "@";
    for (size_t at = out.find(mark); at != std::string::npos; at = out.find(mark, at + value.size())) {
      out.replace(at, mark.size(), value);
    }
  }
  return out;
}

}  // namespace

void run_init(int argc, const char* const* argv) {
  InitRequest request;
  CLI::App command("Writes a project that deploys a bundle and calls its program", "bundle init");
  command.add_option("KIND", request.kind, fmt::format("{}", fmt::join(kinds(), ", ")))->required();
  command.add_option("-o,--output", request.folder, "Folder to write")->type_name("DIR")->required();
  command.add_option("--layer", request.layer, "The bundle, copied into the folder")->type_name("FILE.zip")->required();
  command.add_option("--program", request.program, "Which one to call, when it holds several")->type_name("NAME");
  command.add_flag("--force", request.force, "Overwrite files that are there");
  command.footer("\nExample:\n  bundle jq -o layer.zip && bundle init aws-sam -o project --layer layer.zip\n");
  if (!parse(command, argc, argv)) return;
  for (const std::string& path : init(request)) say(fmt::format("{}\n", printable(path, SIZE_MAX)));
}

std::vector<std::string> init(const InitRequest& request) {
  if (!kinds().contains(request.kind)) {
    throw Error(Exit::usage, "",
                fmt::format("init knows no {}; it knows {}", printable(request.kind), fmt::join(kinds(), ", ")));
  }
  const verify::ArchiveReader layer(request.layer);
  const std::string program = choose_program(layer, request);
  const std::map<std::string, std::string> values = {{"PROGRAM", program},
                                                     {"LAYER_NAME", layer_name(program)},
                                                     {"ARCHITECTURE", architecture_of(layer, program, request.layer)}};

  std::string folder = request.folder;
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  std::map<std::string, std::string> texts;  // by path
  for (const TemplateFile& file : template_files()) {
    if (file.kind == request.kind) texts[fmt::format("{}/{}", folder, file.path)] = fill_in(file.text, values);
  }
  const std::string copy = fmt::format("{}/{}", folder, layer_name_in_folder);
  const std::shared_ptr<const MappedFile> source = MappedFile::open(request.layer);
  const bool copy_is_there = real_path(copy) && real_path(copy) == real_path(request.layer);

  std::vector<std::string> written;
  for (const auto& [path, text] : texts) written.push_back(path);
  if (!copy_is_there) written.push_back(copy);
  for (const std::string& path : written) {
    if (!request.force && link_status_of(path)) {
      throw Error(Exit::usage, path, "is there already: give --force to overwrite it, or another folder with -o");
    }
  }

  for (const std::string& path : written) {
    make_folders(std::string(folder_name(path)));
    AtomicFile out(path);
    out.write(path == copy ? source->bytes().text() : std::string_view(texts.at(path)));
    out.commit(request.force);
  }
  return written;
}

}  // namespace bundle::cli
