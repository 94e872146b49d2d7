// make_launcher MACHINE OUT KEY=VALUE…: writes a finished launcher, for the tests that lay bundles out by
// hand.
//
// Keys are the fields of launch::Settings; "environment" and "arguments" may come several times, flags take any value.
#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/file.h"
#include "elf/format.h"
#include "launch/launch.h"

namespace {

void set(bundle::launch::Settings& settings, std::string_view argument) {
  const size_t equals = argument.find('=');
  const std::string_view key = argument.substr(0, equals);
  const std::string value(argument.substr(equals + 1));
  if (key == "prefix") settings.prefix = value;
  if (key == "program") settings.program = value;
  if (key == "loader") settings.loader = value;
  if (key == "libraries") settings.libraries = value;
  if (key == "environment") settings.environment.push_back(value);
  if (key == "argv0") settings.argv0 = value;
  if (key == "arguments") settings.arguments.push_back(value);
  if (key == "depth") settings.depth = static_cast<unsigned>(std::stoul(value));
  if (key == "musl") settings.musl = true;
  if (key == "runpath") settings.runpath = true;
  if (key == "never_exec") settings.never_exec = true;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    bundle::launch::Settings settings;
    for (int i = 3; i < argc; ++i) set(settings, argv[i]);
    const uint16_t machine = std::string_view(argv[1]) == "aarch64" ? EM_AARCH64 : EM_X86_64;
    bundle::write_new_file(argv[2], bundle::launch::make_launcher(machine, settings), 0755);
  } catch (const bundle::Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
