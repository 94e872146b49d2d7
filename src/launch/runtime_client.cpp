// See runtime_client.h. Where the block lies in a prebuilt client, and what its fields mean, launchers/runtime/abi.h
// says.
#include "launch/runtime_client.h"

#include <fmt/format.h>

#include <cstring>
#include <string_view>

#include "base/error.h"
#include "elf/format.h"
#include "launchers/runtime/abi.h"

namespace bundle {

// Defined in files that launchers/runtime/CMakeLists.txt generates.
extern const unsigned char runtime_client_x86_64[], runtime_client_aarch64[];
extern const size_t runtime_client_x86_64_size, runtime_client_aarch64_size;

namespace launch {

namespace {

std::string prebuilt(uint16_t e_machine) {
  const auto text = [](const unsigned char* bytes, size_t size) {
    return std::string(reinterpret_cast<const char*>(bytes), size);
  };
  if (e_machine == EM_X86_64) return text(runtime_client_x86_64, runtime_client_x86_64_size);
  if (e_machine == EM_AARCH64) return text(runtime_client_aarch64, runtime_client_aarch64_size);
  throw Error(
      Exit::cannot_bundle, "",
      fmt::format("Lambda's functions run on x86_64 and aarch64, and the program is for {}. Build it for one of "
                  "them",
                  elf::machine_name(e_machine)));
}

}  // namespace

std::string make_runtime_client(uint16_t e_machine, const std::string& program) {
  std::string bytes = prebuilt(e_machine);
  const size_t place = bytes.find(std::string_view(runtime_abi::magic, sizeof runtime_abi::magic));
  runtime_abi::Config config;
  if (place == std::string::npos || bytes.size() - place < sizeof config) {
    throw Error(Exit::machine, "", "the embedded runtime client has no configuration block: build bundle anew");
  }
  std::memcpy(&config, bytes.data() + place, sizeof config);
  if (program.size() >= sizeof config.program) {
    throw Error(
        Exit::usage, "",
        fmt::format("the path {} is longer than the {} bytes that a runtime client has for it. Choose a shorter "
                    "--name or --rename",
                    printable(program), sizeof config.program - 1));
  }
  std::memcpy(config.program, program.c_str(), program.size() + 1);
  std::memcpy(bytes.data() + place, &config, sizeof config);
  return bytes;
}

}  // namespace launch
}  // namespace bundle
