// The databases of installed packages, on a disk whose files are the input: each of them on any bytes is an Error or
// answers every question, with tidy paths. The first byte chooses which files the rest is.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "packages/cellar.h"
#include "packages/conda.h"
#include "packages/database.h"
#include "packages/pacman.h"
#include "tests/unit/machine/made_up_disk.h"

using bundle::packages::Database;
using bundle::packages::PackageId;

namespace {

const char* const places[] = {"/lib/apk/db/installed",
                              "/var/lib/pacman/local/a-1/desc",
                              "/var/lib/pacman/local/a-1/files",
                              "/var/lib/pacman/local/a-1/mtree",
                              "/usr/lib/opkg/status",
                              "/usr/lib/opkg/info/a.list",
                              "/p/conda-meta/a-1-0.json",
                              "/p/Cellar/a/1/INSTALL_RECEIPT.json"};

void ask(const Database* database) {
  if (database == nullptr) return;
  for (PackageId id = 0; id < database->records().size(); ++id) {
    for (const std::string& path : database->files_of(id)) {
      if (!path.starts_with('/') || bundle::normal_path(path) != path) std::abort();
      (void)database->owners(path);
      (void)database->is_as_shipped(path);
    }
    (void)database->depends_of(id);
    (void)database->recommends_of(id);
  }
  (void)database->find_by_base_name("a");
  (void)database->is_as_shipped("/usr/bin/a");
}

template <class Act>
void attempt(const Act& act) {
  try {
    act();
  } catch (const bundle::Error&) {
    return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t place = data[0] % std::size(places);
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto disk = std::make_shared<made_up::Disk>();
  // What a file of a database needs beside it to be read at all.
  if (place == 2 || place == 3) {
    disk->file("/var/lib/pacman/local/a-1/desc", "%NAME%\na\n\n%VERSION%\n1\n");
    disk->file("/var/lib/pacman/local/a-1/files", "%FILES%\nusr/bin/a\n");
  }
  if (place == 5) disk->file("/usr/lib/opkg/status", "Package: a\nStatus: install ok installed\nVersion: 1\n");
  disk->file("/usr/bin/a", "a");
  disk->file("/p/bin/a", "a");
  disk->file(places[place], text);
  bundle::machine::Root root(disk);
  attempt([&] { ask(bundle::packages::open_database(root).get()); });
  attempt([&] { ask(bundle::packages::open_conda(root, "/p").get()); });
  attempt([&] { ask(bundle::packages::open_cellar(root, "/p").get()); });
  (void)bundle::packages::sum_in_mtree(text, [](const std::string& path) { return path == "/usr/bin/a"; });
  return 0;
}
