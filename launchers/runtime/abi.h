// The configuration block of the runtime client: written by src/launch, read by client.cpp. As launchers/abi.h has the
// launchers': one block under a magic that occurs nowhere else in the file.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace runtime_abi {

constexpr char magic[16] = "bundle-runtime!";

struct Config {
  char magic[16];
  uint32_t size;       // sizeof(Config)
  char program[1004];  // what is run once an event, relative to the folder that the client lies in; NUL-terminated
};

static_assert(sizeof(Config) == 1024);
static_assert(offsetof(Config, program) == 20);

}  // namespace runtime_abi
