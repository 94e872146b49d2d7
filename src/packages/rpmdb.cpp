// Where the database lies, and its file and what stands beside it mapped. See rpmdb.h.
#include "packages/rpmdb.h"

#include <cerrno>
#include <memory>

#include "base/error.h"
#include "knowledge/rpm.h"
#include "packages/sqlite_file.h"

namespace bundle::packages {

namespace {

std::shared_ptr<const MappedFile> mapped(machine::Root& root, const std::string& path) {
  int error_number = 0;
  std::shared_ptr<const MappedFile> file = root.map(path, error_number);
  if (file == nullptr) throw cannot_open(root.at(path), error_number);
  return file;
}

void read_ndb(machine::Root& root, const std::string& path, const EachRpmBlob& each) {
  for_each_blob_of_ndb(mapped(root, path)->bytes(), each);
}

void read_bdb(machine::Root& root, const std::string& path, const EachRpmBlob& each) {
  for_each_blob_of_bdb(mapped(root, path)->bytes(), each);
}

}  // namespace

void for_each_blob_of_sqlite(machine::Root& root, const std::string& path, const EachRpmBlob& each) {
  if (const std::unique_ptr<SqliteFile> file = SqliteFile::open(root, path, repair_rpm))
    file->query("SELECT blob FROM Packages NOT INDEXED", [&](const SqliteRow& row) { each(row.blob(0)); });
}

RpmContainer find_rpm_container(machine::Root& root) {
  struct Row {
    const char* name;
    void (*read)(machine::Root&, const std::string&, const EachRpmBlob&);
  };
  // The newest first: rpm converts an older one and may leave it behind.
  constexpr Row rows[] = {{"rpmdb.sqlite", for_each_blob_of_sqlite}, {"Packages.db", read_ndb}, {"Packages", read_bdb}};
  for (const Row& row : rows) {
    for (const std::string_view folder : knowledge::rpm_folders) {
      // By the real path, for what stands beside it stands beside that.
      const std::string path = std::string(folder) + "/" + row.name;
      const std::optional<std::string> real = root.real(path);
      if (real && root.look(*real).is_there()) return {*real, row.read};
    }
  }
  return {};
}

}  // namespace bundle::packages
