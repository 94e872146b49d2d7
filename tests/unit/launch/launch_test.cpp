#include "launch/launch.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/error.h"
#include "elf/image.h"
#include "launchers/abi.h"

using bundle::Bytes;
using bundle::Error;
using bundle::elf::Image;
using bundle::launch::has_launcher;
using bundle::launch::make_launcher;
using bundle::launch::Settings;

namespace {

Settings usual() {
  Settings settings;
  settings.prefix = "/opt";
  settings.program = "lib/rig/root/usr/bin/rig";
  settings.loader = "lib/rig/ld.so";
  settings.libraries = "lib/rig";
  return settings;
}

launcher_abi::Config config_of(const std::string& launcher) {
  const size_t place = launcher.find(std::string_view(launcher_abi::magic, sizeof launcher_abi::magic));
  REQUIRE(place != std::string::npos);
  CHECK(launcher.find(std::string_view(launcher_abi::magic, sizeof launcher_abi::magic), place + 1) ==
        std::string::npos);
  return Bytes(launcher).read<launcher_abi::Config>(place);
}

}  // namespace

TEST_CASE("a launcher is a small static PIE that needs nobody to relocate it") {
  for (const uint16_t machine : {EM_X86_64, EM_AARCH64}) {
    CAPTURE(machine);
    REQUIRE(has_launcher(machine));
    const std::string bytes = make_launcher(machine, usual());
    CHECK(bytes.size() < 16384);
    const Image image(Bytes(bytes), "launcher");
    CHECK(image.header().e_machine == machine);
    CHECK(image.header().e_type == ET_DYN);
    CHECK_FALSE(image.interpreter());
    CHECK(image.needed().empty());
    CHECK_FALSE(image.dynamic_value(DT_RELA));
    CHECK_FALSE(image.dynamic_value(DT_REL));
    CHECK_FALSE(image.dynamic_value(bundle::elf::dt_relr));
    const bundle::elf::Segment* stack = image.find_segment(PT_GNU_STACK);
    REQUIRE(stack != nullptr);
    CHECK((stack->p_flags & PF_X) == 0);
    for (const bundle::elf::Segment& segment : image.segments()) {
      CHECK_MESSAGE((segment.p_flags & (PF_W | PF_X)) != (PF_W | PF_X), "writable and executable");
    }
  }
}

TEST_CASE("machines without a launcher say so") {
  for (const uint16_t machine : {EM_386, EM_ARM, EM_RISCV}) {
    CHECK_FALSE(has_launcher(machine));
    CHECK_THROWS_AS(make_launcher(machine, usual()), Error);
  }
}

TEST_CASE("settings arrive in the block and nowhere else") {
  Settings settings = usual();
  settings.environment = {"A=1", "B=@root@/share"};
  settings.argv0 = "/usr/bin/perl";
  settings.instead_of = "bootstrap";
  settings.arguments = {"", "-w", "@root@/script"};
  settings.musl = true;
  const std::string bytes = make_launcher(EM_X86_64, settings);
  CHECK(bytes == make_launcher(EM_X86_64, settings));
  const launcher_abi::Config config = config_of(bytes);
  CHECK(std::string(config.text + config.prefix) == "/opt");
  CHECK(std::string(config.text + config.program) == "lib/rig/root/usr/bin/rig");
  CHECK(std::string(config.text + config.loader) == "lib/rig/ld.so");
  CHECK(std::string(config.text + config.libraries) == "lib/rig");
  CHECK(config.environment_count == 2);
  CHECK(std::string(config.text + config.environment) == "A=1");
  CHECK(std::string(config.text + config.environment + 4) == "B=@root@/share");
  CHECK(std::string(config.text + config.argv0) == "/usr/bin/perl");
  CHECK(std::string(config.text + config.instead_of) == "bootstrap");
  CHECK(config.arguments_count == 3);
  CHECK(std::string(config.text + config.arguments, 18) == std::string("\0-w\0@root@/script", 18));
  CHECK(config.flags == launcher_abi::flag_musl);

  const std::string plain = make_launcher(EM_X86_64, usual());
  REQUIRE(plain.size() == bytes.size());
  const size_t place = plain.find(launcher_abi::magic);
  for (size_t i = 0; i < plain.size(); ++i) {
    if (i < place || i >= place + sizeof(launcher_abi::Config)) REQUIRE(plain[i] == bytes[i]);
  }
}

TEST_CASE("a trailing slash of the prefix does not count, and / is the empty root") {
  Settings settings = usual();
  settings.prefix = "/opt//";
  CHECK(make_launcher(EM_X86_64, settings) == make_launcher(EM_X86_64, usual()));
  settings.prefix = "/";
  const launcher_abi::Config config = config_of(make_launcher(EM_X86_64, settings));
  CHECK(std::string(config.text + config.prefix).empty());
}

TEST_CASE("settings that do not fit are refused") {
  const auto rejected = [](auto change) {
    Settings settings = usual();
    change(settings);
    CHECK_THROWS_AS(make_launcher(EM_X86_64, settings), Error);
  };
  rejected([](Settings& s) { s.prefix = "opt"; });
  rejected([](Settings& s) { s.program = ""; });
  rejected([](Settings& s) { s.program = "/usr/bin/rig"; });
  rejected([](Settings& s) { s.loader = "lib/rig/"; });
  rejected([](Settings& s) { s.libraries = std::string("lib\0rig", 7); });
  rejected([](Settings& s) { s.argv0 = std::string("a\0b", 3); });
  rejected([](Settings& s) { s.instead_of = std::string("a\0b", 3); });
  rejected([](Settings& s) { s.arguments = {"a", std::string("a\0b", 3)}; });
  rejected([](Settings& s) { s.arguments = {std::string(launcher_abi::text_size, 'x')}; });
  rejected([](Settings& s) { s.environment = {"KEY"}; });
  rejected([](Settings& s) { s.environment = {"=value"}; });
  rejected([](Settings& s) { s.environment = {"A=" + std::string(launcher_abi::text_size, 'x')}; });

  // Exactly full, then one byte more.
  Settings settings = usual();
  const size_t taken = 1 + 5 + settings.program.size() + 1 + settings.loader.size() + 1 + settings.libraries.size() + 1;
  settings.environment = {"A=" + std::string(launcher_abi::text_size - taken - 3, 'x')};
  CHECK_NOTHROW(make_launcher(EM_X86_64, settings));
  settings.environment[0] += 'x';
  CHECK_THROWS_AS(make_launcher(EM_X86_64, settings), Error);
}
