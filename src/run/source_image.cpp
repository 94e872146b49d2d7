// See source_image.h.
#include "run/source_image.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/printable.h"
#include "machine/image.h"

namespace bundle::run {

namespace {

/// The last value of a variable is the one that counts.
std::string variable(const std::vector<std::string>& environment, std::string_view name) {
  std::string value;
  for (const std::string& setting : environment) {
    if (setting.starts_with(name) && setting.substr(name.size(), 1) == "=") value = setting.substr(name.size() + 1);
  }
  return value;
}

}  // namespace

SourceOfImage source_of_image(const std::string& image, const std::string& architecture) {
  machine::ImageRequest request = machine::image_request(image);
  request.architecture = architecture == "x86_64" ? "amd64" : architecture == "aarch64" ? "arm64" : architecture;
  machine::SourceImage opened = machine::open_image(request);
  SourceOfImage source;
  source.sysroot = opened.place;
  source.disk = std::move(opened.disk);
  source.environment_path = variable(opened.environment, "LD_LIBRARY_PATH");
  for (std::string& folder : split(variable(opened.environment, "PATH"), ":")) {
    while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
    if (folder.starts_with('/')) source.program_path.push_back(std::move(folder));
  }
  source.command = std::move(opened.command);
  source.working_folder = std::move(opened.working_folder);
  return source;
}

std::string program_of(const SourceOfImage& source) {
  if (source.command.empty() || source.command.front().empty()) {
    throw Error(Exit::usage, source.sysroot,
                "names no program that it starts, and neither does the command line. For example: bundle --image "
                "app.tar /usr/bin/ffmpeg -o layer.zip");
  }
  const std::string& program = source.command.front();
  const bool is_line = source.command.size() > 2 && source.command[1] == "-c" && base_name(program).ends_with("sh");
  if (is_line) {
    throw Error(Exit::usage, source.sysroot,
                fmt::format("starts a line of {}, '{}', and no program. Name the program that is meant",
                            printable(base_name(program)), printable(source.command[2], 100)));
  }
  if (program.starts_with('/') || program.find('/') == std::string::npos) return program;
  return normal_path("/" + source.working_folder + "/" + program);
}

}  // namespace bundle::run
