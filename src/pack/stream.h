// What the formats that are written front to back share: content in shards, and gzip.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/pieces.h"
#include "pack/archive.h"
#include "pack/format.h"

namespace bundle::pack {

/// Hands over `content` from front to back, some at a time, and tells settings.progress.
void for_each_shard(const Pieces& content, const Settings& settings, const std::function<void(Bytes)>& take);

/// `content` as one gzip member (RFC 1952) without a name and a time of its own, compressed on settings.jobs threads.
/// Returns its size.
uint64_t write_gzip(const Sink& out, const Pieces& content, const Settings& settings);

}  // namespace bundle::pack
