// See launch.h. Where the block lies in a prebuilt launcher, and what its fields mean, launchers/abi.h says.
#include "launch/launch.h"

#include <fmt/format.h>

#include <cstring>
#include <string_view>

#include "base/error.h"
#include "elf/format.h"
#include "launchers/abi.h"

namespace bundle {

// Defined in files that launchers/CMakeLists.txt generates.
extern const unsigned char launcher_x86_64[], launcher_aarch64[];
extern const size_t launcher_x86_64_size, launcher_aarch64_size;

namespace launch {

namespace {

std::string_view prebuilt(uint16_t e_machine) {
  const auto view = [](const unsigned char* bytes, size_t size) {
    return std::string_view(reinterpret_cast<const char*>(bytes), size);
  };
  if (e_machine == EM_X86_64) return view(launcher_x86_64, launcher_x86_64_size);
  if (e_machine == EM_AARCH64) return view(launcher_aarch64, launcher_aarch64_size);
  return {};
}

[[noreturn]] void reject(std::string_view setting, const std::string& value, std::string_view why) {
  throw Error(Exit::usage, "", fmt::format("the launcher's {} \"{}\" {}", setting, printable(value), why));
}

void check_relative(std::string_view setting, const std::string& path) {
  if (path.starts_with('/') || path.ends_with('/')) reject(setting, path, "must be relative to the bundle's root");
  if (path.find('\0') != std::string::npos) reject(setting, path, "holds a NUL");
}

void check(const Settings& settings) {
  if (!settings.prefix.starts_with('/') || settings.prefix.find('\0') != std::string::npos) {
    reject("prefix", settings.prefix, "must be an absolute path");
  }
  if (settings.program.empty()) reject("program", settings.program, "must not be empty");
  check_relative("program", settings.program);
  check_relative("loader", settings.loader);
  check_relative("library path", settings.libraries);
  for (const std::string& variable : settings.environment) {
    const size_t equals = variable.find('=');
    if (equals == 0 || equals == std::string::npos || variable.find('\0') != std::string::npos) {
      reject("variable", variable, "must be KEY=VALUE");
    }
  }
  for (const std::string& name : {settings.argv0, settings.instead_of}) {
    if (name.find('\0') != std::string::npos) reject("argv[0]", name, "holds a NUL");
  }
  for (const std::string& argument : settings.arguments) {
    if (argument.find('\0') != std::string::npos) reject("argument", argument, "holds a NUL");
  }
}

/// Fills Config::text from its front, offset 0 being the empty string.
class TextWriter {
 public:
  explicit TextWriter(launcher_abi::Config& config) : config_(config) {}

  uint16_t add(const std::string& text) {
    if (text.empty()) return 0;
    return append(text);
  }
  uint16_t append(const std::string& text) {
    if (text.size() >= sizeof config_.text - used_) {
      throw Error(
          Exit::usage, "",
          fmt::format(
              "the launcher's prefix, paths, arguments and variables are too long: {} bytes are there for them. "
              "Choose a shorter --name, --prefix or --env",
              sizeof config_.text));
    }
    const size_t offset = used_;
    std::memcpy(config_.text + offset, text.c_str(), text.size() + 1);
    used_ += text.size() + 1;
    return static_cast<uint16_t>(offset);
  }

 private:
  launcher_abi::Config& config_;
  size_t used_ = 1;
};

}  // namespace

bool has_launcher(uint16_t e_machine) { return !prebuilt(e_machine).empty(); }

std::string make_launcher(uint16_t e_machine, const Settings& settings) {
  if (!has_launcher(e_machine)) {
    throw Error(Exit::cannot_bundle, "", fmt::format("there is no launcher for {}", elf::machine_name(e_machine)));
  }
  check(settings);
  std::string bytes(prebuilt(e_machine));
  const size_t place = bytes.find(std::string_view(launcher_abi::magic, sizeof launcher_abi::magic));
  launcher_abi::Config config;
  if (place == std::string::npos || bytes.size() - place < sizeof config) {
    throw Error(Exit::machine, "", "the embedded launcher has no configuration block: build bundle anew");
  }
  std::memcpy(&config, bytes.data() + place, sizeof config);
  if (config.abi_version != launcher_abi::version || config.size != sizeof config) {
    throw Error(Exit::machine, "", "the embedded launcher is of another version: build bundle anew");
  }

  TextWriter text(config);
  // "/opt/" and "/opt" are one prefix, and "/" is the empty root.
  std::string prefix = settings.prefix;
  while (prefix.ends_with('/')) prefix.pop_back();
  config.prefix = text.add(prefix);
  config.program = text.add(settings.program);
  config.loader = text.add(settings.loader);
  config.libraries = text.add(settings.libraries);
  config.first_needed = text.add(settings.first_needed);
  for (const std::string& variable : settings.environment) {
    const uint16_t offset = text.append(variable);
    if (config.environment_count++ == 0) config.environment = offset;
  }
  config.argv0 = text.add(settings.argv0);
  config.instead_of = text.add(settings.instead_of);
  for (const std::string& argument : settings.arguments) {
    const uint16_t offset = text.append(argument);
    if (config.arguments_count++ == 0) config.arguments = offset;
  }
  config.depth = static_cast<uint16_t>(settings.depth);
  if (settings.musl) config.flags |= launcher_abi::flag_musl;
  if (settings.runpath) config.flags |= launcher_abi::flag_runpath;
  if (settings.never_exec || !settings.first_needed.empty()) config.flags |= launcher_abi::flag_never_exec;
  std::memcpy(bytes.data() + place, &config, sizeof config);
  return bytes;
}

std::optional<std::string> program_of_launcher(Bytes launcher) {
  using launcher_abi::Config;
  const size_t place = launcher.text().find(std::string_view(launcher_abi::magic, sizeof launcher_abi::magic));
  if (place == std::string_view::npos || !launcher.contains(place, sizeof(Config))) return std::nullopt;
  const auto config = launcher.read<Config>(place);
  if (config.abi_version != launcher_abi::version || config.size != sizeof config) return std::nullopt;
  return std::string(launcher.slice(place + offsetof(Config, text), sizeof config.text).c_string(config.program));
}

}  // namespace launch
}  // namespace bundle
