// A tar as a list of pieces: headers of our own between the contents, of which nothing is copied.
//
// Outside rule: POSIX.1-2017, pax, "pax Interchange Format". A name that ustar's fields cannot hold, or a size, stands
// in an extended header ahead of its entry. Owner and group are 0 and have no names.
#pragma once

#include <vector>

#include "base/pieces.h"
#include "pack/archive.h"

namespace bundle::pack {

/// The entries, in the order of the zip, with two blocks of zeros behind them. `time` is of every entry; one ahead of
/// 1970 becomes 0.
Pieces tar_of(std::vector<Entry> entries, int64_t time);

}  // namespace bundle::pack
