// See opkg.h.
#include "packages/opkg.h"

#include "packages/dpkg.h"
#include "packages/listed.h"

namespace bundle::packages {

namespace {

class OpkgDatabase : public DpkgDatabase {
 public:
  explicit OpkgDatabase(machine::Root& root) : DpkgDatabase(root) {}

  bool load_any() {
    if (!load("/usr/lib/opkg") && !load("/var/lib/opkg") && !load("/lib/opkg")) return false;
    for (PackageId id = 0; id < records_.size(); ++id) {
      Record& record = records_[id];
      if (record.role != Role::program || has_section(id)) continue;
      record.role = role_by_files(files_of(id), "", true);
    }
    return true;
  }

  /// opkg searches names and descriptions.
  std::optional<Advice> how_to_get(std::string_view soname) const override {
    const std::optional<std::string> stem = stem_of_library(soname);
    if (!stem) return std::nullopt;
    return Advice{"by its name it would be in a package like *" + *stem + "*", "opkg find '*" + *stem + "*'"};
  }
};

}  // namespace

std::unique_ptr<Database> open_opkg(machine::Root& root) {
  std::unique_ptr<OpkgDatabase> database = std::make_unique<OpkgDatabase>(root);
  return database->load_any() ? std::move(database) : nullptr;
}

}  // namespace bundle::packages
