// SqliteFile, and the store's driver on top of it, on any bytes: rows, or an Error; never a read outside, a write, or a
// query that does not end. The first four bytes say how long the database is; behind it lies its write-ahead log.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "../unit/machine/made_up_disk.h"
#include "base/error.h"
#include "packages/sqlite_file.h"
#include "packages/store.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  uint32_t length = 0;
  if (size < sizeof length) return 0;
  std::memcpy(&length, data, sizeof length);
  const std::string all(data + sizeof length, data + size);
  const std::string path = "/nix/var/nix/db/db.sqlite";
  auto disk = std::make_shared<made_up::Disk>();
  disk->file(path, all.substr(0, length));
  if (all.size() > length) disk->file(path + "-wal", all.substr(length));
  disk->file("/nix/store/0c5b0yk6y1zjsalsf1q6h3pzpb3l7q2v-app-1.0/bin/app", "x");
  bundle::machine::Root root(disk);
  try {
    const auto file = bundle::packages::SqliteFile::open(root, path, "Repair it");
    uint64_t bytes = 0;
    file->query("select blob from Packages",
                [&](const bundle::packages::SqliteRow& row) { bytes += row.blob(0).size(); });
  } catch (const bundle::Error&) {
  }
  try {
    const auto store = bundle::packages::StoreDatabase::open(root);
    (void)store->depends_of(0);
  } catch (const bundle::Error&) {
  }
  return 0;
}
