// Sizes as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace bundle {

/// "11.2 MB", in powers of ten as the cloud's limits are; below 1 kB in bytes.
std::string human_size(uint64_t bytes);

}  // namespace bundle
