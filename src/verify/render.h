// What `bundle verify` prints, for people and for scripts. Here and not in report/, which lies below this room.
#pragma once

#include <string>

#include "verify/verify.h"

namespace bundle::verify {

/// One line for each finding, errors first, and one that sums up.
std::string render_text(const Verified& verified);

/// One object, as --help documents it: keys are stable, others may be added.
std::string render_json(const Verified& verified);

}  // namespace bundle::verify
