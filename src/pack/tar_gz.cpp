// A tar in gzip (RFC 1952).
#include "pack/format_rows.h"
#include "pack/stream.h"
#include "pack/tar.h"

namespace bundle::pack {

namespace {

uint64_t write(const Sink& out, Load load) {
  return write_gzip(out, tar_of(std::move(load.entries), load.settings.time), load.settings);
}

}  // namespace

const Format tar_gz_format = {.name = "tar.gz", .endings = {".tar.gz", ".tgz"}, .stream = write};

}  // namespace bundle::pack
