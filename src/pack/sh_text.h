// The words of the installer: what stands ahead of its payload and behind it.
#pragma once

#include <string>

#include "pack/format.h"

namespace bundle::pack {

/// From "#!/bin/sh" to what reads the payload. Throws Error (usage) for a name that cannot stand in it.
std::string installer_head(const About& about);
/// What follows the payload, of which `digest` is the SHA-256.
std::string installer_tail(const std::string& digest);

}  // namespace bundle::pack
