// `bundle init`, see init_command.h.
#include "cli/init_command.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "base/say.h"
#include "cli/cli11.h"
#include "cli/made_bundle.h"
#include "cli/options.h"
#include "cli/project.h"
#include "cli/templates.h"
#include "plan/target.h"

namespace bundle::cli {
namespace {

constexpr std::string_view any_target = "any";
#ifdef __aarch64__
constexpr std::string_view own_architecture = "arm64";
#else
constexpr std::string_view own_architecture = "x86_64";
#endif

/// One a line.
std::string list_kinds() {
  size_t width = 0;
  for (const TemplateKind& kind : template_kinds()) width = std::max(width, kind.name.size());
  std::string text;
  for (const TemplateKind& kind : template_kinds()) text += fmt::format("\n  {:{}}  {}", kind.name, width, kind.about);
  return text;
}

const TemplateKind& find_kind(const std::string& name) {
  for (const TemplateKind& kind : template_kinds()) {
    if (kind.name == name) return kind;
  }
  if (name.empty()) throw Error(Exit::usage, "", "init needs the kind of project to write, one of:" + list_kinds());
  throw Error(Exit::usage, "", fmt::format("init knows no {}; it knows:{}", printable(name), list_kinds()));
}

/// The command that makes a bundle for the kind.
std::string command_for(const TemplateKind& kind, std::string_view program) {
  const std::string_view place = kind.place.ends_with(".zip") ? kind.place : "bundle.zip";
  const bool is_default = kind.target == any_target || kind.target == plan::targets().front()->name;
  return fmt::format("bundle {}{} -o {}", program, is_default ? "" : fmt::format(" --target {}", kind.target), place);
}

void check_target(const TemplateKind& kind, const MadeBundle& bundle, const InitRequest& request) {
  if (kind.target == any_target || kind.target == bundle.target()) return;
  const std::string program = bundle.programs().size() == 1 ? bundle.programs().front().name : "PROGRAM";
  throw Error(Exit::usage, request.layer,
              fmt::format("was made for {} ({}), and {} deploys what is made for {} ({})", bundle.target(),
                          plan::find_target(bundle.target())->about, kind.name, kind.target,
                          plan::find_target(kind.target)->about),
              fmt::format("Make that by: {}", command_for(kind, program)));
}

/// LayerName is [a-zA-Z0-9-_]+, up to 140 characters.
std::string layer_name(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '.' || c == '+'; }, '-');
  return name.substr(0, 140);
}

/// For stacks, services and apps: small letters, digits and single dashes, a letter first, and short.
std::string service_name(const std::string& program) {
  std::string name = "run";
  bool dash = true;
  for (const char c : program) {
    const char small = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool stays = (small >= 'a' && small <= 'z') || (small >= '0' && small <= '9');
    if (stays && dash) name += '-';
    if (stays) name += small;
    dash = !stays;
  }
  name = name.substr(0, 40);
  while (name.ends_with('-')) name.pop_back();
  return name;
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
  command.add_option("KIND", request.kind, "One of those below");
  command.add_option("-o,--output", request.folder, "Folder to write")->type_name("DIR");
  command.add_option("--layer", request.layer, "The bundle, which is put into the folder")->type_name("FILE.zip");
  command
      .add_option("--program", request.program, "Which one to call, when it holds several, or there is no bundle yet")
      ->type_name("NAME");
  command.add_flag("-f,--force", request.force, "Overwrite files that are there");
  command.footer("\nKinds:" + list_kinds() +
                 "\n\nExample:\n  bundle jq -o layer.zip && bundle init aws-sam -o project --layer layer.zip\n");
  if (argc <= 1) {
    say(command.help());
    return;
  }
  if (!parse(command, argc, argv)) return;
  for (const std::string& path : init(request)) say(fmt::format("{}\n", printable(path, SIZE_MAX)));
}

std::vector<std::string> init(const InitRequest& request) {
  const TemplateKind& kind = find_kind(request.kind);
  if (request.folder.empty()) {
    throw Error(Exit::usage, "", fmt::format("init needs a folder to write to: bundle init {} -o DIR", kind.name));
  }
  if (request.folder == "-") {
    throw Error(
        Exit::usage, "",
        fmt::format("init writes a folder of files, which is nothing for standard output: bundle init {} -o DIR",
                    kind.name));
  }
  std::optional<MadeBundle> bundle;
  MadeProgram program{request.program, "", request.program, fmt::format("lib/{}/manifest.json", request.program)};
  std::string architecture(own_architecture);
  if (!request.layer.empty()) {
    try {
      if (const std::optional<struct stat> status = status_of(request.layer); status && S_ISDIR(status->st_mode)) {
        throw Error(Exit::cannot_bundle, request.layer, "is a folder, and init takes a bundle as a zip");
      }
      bundle.emplace(request.layer);
      check_target(kind, *bundle, request);
      program = bundle->program(request.program);
      architecture = bundle->architecture(program);
    } catch (Error& error) {
      if (error.kind() == Exit::cannot_bundle) {
        error.set_next_step_if_empty("Make it by: " + command_for(kind, "PROGRAM"));
      }
      throw;
    }
    if (kind.target == "azure-functions" && architecture != "x86_64") {
      throw Error(
          Exit::usage, request.layer,
          fmt::format("is for {}, and Azure Functions runs on x86_64 alone. Bundle the program there, or from the "
                      "files of such a machine by --sysroot",
                      architecture));
    }
  } else if (!is_plain_name(request.program)) {
    const std::string sentence =
        request.program.empty() ? "init needs a bundle, or the name of the program that one will hold"
                                : fmt::format("--program {} is not the name of a program", printable(request.program));
    throw Error(Exit::usage, "", sentence,
                fmt::format("Give --layer FILE.zip, made by: {}; or --program NAME", command_for(kind, "PROGRAM")));
  }
  const std::map<std::string, std::string> values = {
      {"PROGRAM", program.name},
      {"HOME", program.home},
      {"MANIFEST", program.manifest},
      {"LAYER_NAME", layer_name(program.name)},
      {"SERVICE", service_name(program.name)},
      {"ARCHITECTURE", architecture},
      // Hosted machines of that architecture.
      {"GITHUB_RUNNER", architecture == "arm64" ? "ubuntu-24.04-arm" : "ubuntu-24.04"},
      {"GITLAB_RUNNER", architecture == "arm64" ? "saas-linux-small-arm64" : "saas-linux-small-amd64"}};

  Project project;
  project.folder = request.folder;
  while (project.folder.size() > 1 && project.folder.ends_with('/')) project.folder.pop_back();
  for (const TemplateFile& file : template_files()) {
    if (file.kind == kind.name) project.texts.emplace(file.path, fill_in(file.text, values));
  }
  if (bundle && kind.place.ends_with('/')) {
    project.unpacking =
        Project::Unpacking{&bundle->archive(), "tools/" + program.home, fmt::format("{}{}", kind.place, program.home)};
  } else if (bundle && !kind.place.empty()) {
    const std::optional<std::string> there = real_path(fmt::format("{}/{}", project.folder, kind.place));
    // The user may have made it in its place.
    if (!there || there != real_path(request.layer)) project.copy = {request.layer, std::string(kind.place)};
  }
  return write_project(project, request.force);
}

}  // namespace bundle::cli
