// Where the database lies, and its file and what stands beside it mapped. See rpmdb.h.
#include "packages/rpmdb.h"

#include <cerrno>
#include <memory>

#include "base/error.h"
#include "knowledge/rpm.h"

namespace bundle::packages {

namespace {

std::shared_ptr<const MappedFile> mapped(machine::Root& root, const std::string& path) {
  int error_number = 0;
  std::shared_ptr<const MappedFile> file = root.map(path, error_number);
  if (file == nullptr) throw cannot_open(root.at(path), error_number);
  return file;
}

void read_sqlite(machine::Root& root, const std::string& path, const EachRpmBlob& each) {
  const std::shared_ptr<const MappedFile> file = mapped(root, path);
  // SQLite's own rule: a journal that does not begin with a zero belongs to a transaction that has to be taken back.
  const std::string journal = path + "-journal";
  int error_number = 0;
  const std::shared_ptr<const MappedFile> open = root.map(journal, error_number);
  if (open != nullptr && !open->bytes().empty() && open->bytes().read<char>(0) != '\0') {
    throw Error(Exit::cannot_bundle, root.at(journal), "is of a change to the package database that was not finished",
                "Run `rpm -qa` there as root, which takes it back");
  }
  const std::string log = path + "-wal";
  const std::shared_ptr<const MappedFile> written_ahead = root.look(log).is_there() ? mapped(root, log) : nullptr;
  for_each_blob_of_sqlite(file->bytes(), written_ahead == nullptr ? Bytes() : written_ahead->bytes(), each);
}

void read_ndb(machine::Root& root, const std::string& path, const EachRpmBlob& each) {
  for_each_blob_of_ndb(mapped(root, path)->bytes(), each);
}

void read_bdb(machine::Root& root, const std::string& path, const EachRpmBlob& each) {
  for_each_blob_of_bdb(mapped(root, path)->bytes(), each);
}

}  // namespace

RpmContainer find_rpm_container(machine::Root& root) {
  struct Row {
    const char* name;
    void (*read)(machine::Root&, const std::string&, const EachRpmBlob&);
  };
  // The newest first: rpm converts an older one and may leave it behind.
  constexpr Row rows[] = {{"rpmdb.sqlite", read_sqlite}, {"Packages.db", read_ndb}, {"Packages", read_bdb}};
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
