// See cellar.h.
#include "packages/cellar.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "packages/listed.h"

namespace bundle::packages {

namespace {

using Json = nlohmann::json;
constexpr const char* repair = "Install the formula again with \"brew reinstall\"";

class CellarDatabase : public Database {
 public:
  CellarDatabase(machine::Root& root, std::string prefix)
      : root_(root), prefix_(std::move(prefix)), cellar_(prefix_ + "/Cellar") {}

  bool load() {
    for (const std::string& name : root_.list(cellar_)) {
      if (!is_plain_name(name)) continue;
      for (const std::string& version : root_.list(cellar_ + "/" + name)) {
        if (root_.is_folder(cellar_ + "/" + name + "/" + version)) add(name, version);
      }
    }
    for (const std::string& name : root_.list(prefix_ + "/opt")) {
      if (const std::optional<std::string> real = root_.real(prefix_ + "/opt/" + name)) opt_.emplace(name, *real);
    }
    return !records_.empty();
  }

  std::vector<PackageId> owners(std::string_view path) const override {
    std::string place(path);
    const std::string opt = prefix_ + "/opt/";
    if (path.starts_with(opt)) {
      const size_t end = std::min(path.find('/', opt.size()), path.size());
      const auto link = opt_.find(std::string(path.substr(opt.size(), end - opt.size())));
      if (link != opt_.end()) place = link->second + std::string(path.substr(end));
    }
    if (!place.starts_with(cellar_ + "/")) return {};
    const std::vector<std::string> parts = split(std::string_view(place).substr(cellar_.size() + 1), "/");
    const auto at = parts.size() < 2 ? by_place_.end() : by_place_.find(parts[0] + "/" + parts[1]);
    return at == by_place_.end() ? std::vector<PackageId>{} : std::vector<PackageId>{at->second};
  }

  std::vector<std::string> files_of(PackageId id) const override {
    std::vector<std::string> out;
    root_.walk(folder_of(id), {.each = [&](const std::string& path, Node) {
                 if (is_listed_path(path)) out.push_back(path);
                 return true;
               }});
    return out;
  }

  std::vector<std::pair<PackageId, std::string>> find_by_base_name(std::string_view name) const override {
    std::vector<std::pair<PackageId, std::string>> out;
    for (PackageId id = 0; id < records_.size(); ++id) {
      for (std::string& path : files_of(id)) {
        if (base_name(path) == name) out.emplace_back(id, std::move(path));
      }
    }
    return out;
  }

  std::vector<PackageId> depends_of(PackageId id) const override {
    std::vector<PackageId> out;
    for (const std::string& name : depends_.at(id)) {
      for (PackageId other = 0; other < records_.size(); ++other) {
        const bool is_new = std::find(out.begin(), out.end(), other) == out.end();
        if (package(other).name == name && is_new) out.push_back(other);
      }
    }
    return out;
  }
  std::vector<PackageId> recommends_of(PackageId) const override { return {}; }

  bool is_as_shipped(const std::string&) const override { return false; }
  bool is_as_installed(const std::string&) const override { return false; }

  /// brew searches its formulae by a part of the name.
  std::optional<Advice> how_to_get(std::string_view soname) const override {
    const std::optional<std::string> stem = stem_of_library(soname);
    if (!stem) return std::nullopt;
    return Advice{"by its name it would be in a formula like *" + *stem + "*, which brew install takes",
                  "brew search " + *stem};
  }

 private:
  std::string folder_of(PackageId id) const { return cellar_ + "/" + package(id).name + "/" + package(id).version; }

  void add(const std::string& name, const std::string& version) {
    by_place_.emplace(name + "/" + version, static_cast<PackageId>(records_.size()));
    Record& record = records_.emplace_back();
    record.package = {name, version, "", name};
    const std::string folder = cellar_ + "/" + name + "/" + version;
    const auto has = [&](const char* inner, std::string_view beginning) {
      const std::vector<std::string> names = root_.list(folder + inner);
      return std::any_of(names.begin(), names.end(),
                         [&](const std::string& each) { return each.starts_with(beginning); });
    };
    record.role = has("/bin", "") || has("/sbin", "") ? Role::program : has("/lib", "lib") ? Role::library : Role::data;
    std::vector<std::string>& depends = depends_.emplace_back();

    const std::string path = folder + "/INSTALL_RECEIPT.json";
    const std::optional<std::string> text = root_.read_listed(path);
    if (!text) return;  // what is linked into the Cellar by hand has none
    const Json receipt = Json::parse(*text, nullptr, false);
    if (!receipt.is_object()) throw unreadable_database(path, "it is no JSON object", repair);
    const auto arch = receipt.find("arch");
    if (arch != receipt.end() && arch->is_string()) record.package.architecture = arch->get<std::string>();
    const auto needed = receipt.find("runtime_dependencies");
    if (needed == receipt.end() || !needed->is_array()) return;
    for (const Json& item : *needed) {
      const auto full = item.is_object() ? item.find("full_name") : item.end();
      if (!item.is_object() || full == item.end() || !full->is_string()) continue;
      depends.emplace_back(base_name(full->get_ref<const std::string&>()));  // "user/tap/name"
    }
  }

  machine::Root& root_;
  std::string prefix_, cellar_;
  std::vector<std::vector<std::string>> depends_;        // by PackageId, formulae's names
  std::unordered_map<std::string, PackageId> by_place_;  // "NAME/VERSION"
  std::unordered_map<std::string, std::string> opt_;     // NAME -> the real folder
};

}  // namespace

std::unique_ptr<Database> open_cellar(machine::Root& root, const std::string& prefix) {
  std::unique_ptr<CellarDatabase> database = std::make_unique<CellarDatabase>(root, prefix);
  return database->load() ? std::move(database) : nullptr;
}

}  // namespace bundle::packages
