// What programs ask for and do without, on every system: that it is not there says nothing of a bundle; and what one
// option of `bundle` brings with others of its kind.
#pragma once

#include <string_view>

namespace bundle::knowledge {

/// Why nobody misses `path`; empty where that is not so.
std::string_view asked_anyway(std::string_view path);

/// The option of `bundle` that brings the set which `path` belongs to (sets.h); empty when it is of none.
std::string_view option_of_set(std::string_view path);

}  // namespace bundle::knowledge
