// The client of the Lambda Runtime API that is `bootstrap` for a program that knows nothing of Lambda. What it does,
// launchers/runtime/client.cpp says.
#pragma once

#include <cstdint>
#include <string>

namespace bundle::launch {

/// The bytes of one, to be stored with mode 0755, that runs `program`, a path relative to the folder that it is stored
/// in. Throws Error: cannot_bundle for a machine that there is none for, usage for a path that is too long.
std::string make_runtime_client(uint16_t e_machine, const std::string& program);

}  // namespace bundle::launch
