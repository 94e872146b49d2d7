// See conda.h.
#include "packages/conda.h"

#include <nlohmann/json.hpp>

#include "base/parallel.h"

namespace bundle::packages {

namespace {

using Json = nlohmann::json;
constexpr const char* repair = "Install the package again with \"conda install --force-reinstall\"";

std::string text_of(const Json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : "";
}

std::vector<std::string> texts_of(const Json& object, const char* key) {
  std::vector<std::string> out;
  const auto at = object.find(key);
  if (at == object.end() || !at->is_array()) return out;
  for (const Json& item : *at) {
    if (item.is_string()) out.push_back(item.get<std::string>());
  }
  return out;
}

Json parsed(const std::string& text, const std::string& path) {
  Json out = Json::parse(text, nullptr, false);
  if (!out.is_object()) throw unreadable_database(path, "it is no JSON object", repair);
  return out;
}

Listed read_package(const std::string& text, const std::string& path, const std::string& prefix) {
  const Json json = parsed(text, path);
  Listed out;
  const std::string name = text_of(json, "name");
  out.record.package = {name, text_of(json, "version"), text_of(json, "subdir"), name};
  if (!is_plain_name(name) || out.record.package.version.empty())
    throw unreadable_database(path, "it has no name or version", repair);
  for (const std::string& relation : texts_of(json, "depends")) out.depends.push_back(name_in_relation(relation));
  for (const std::string& file : texts_of(json, "files")) out.paths.push_back(prefix + "/" + file);
  const bool is_for_all = out.record.package.architecture == "noarch" || !text_of(json, "noarch").empty();
  out.record.role = name.ends_with("-doc") ? Role::documentation
                    : name.ends_with("-devel") || name.ends_with("-static")
                        ? Role::development
                        : role_by_files(out.paths, prefix, !is_for_all);
  out.sums = path;
  return out;
}

class CondaDatabase : public ListedDatabase {
 public:
  CondaDatabase(machine::Root& root, std::string prefix, std::vector<Listed> packages)
      : ListedDatabase(root, std::move(packages)), prefix_(std::move(prefix)) {}

  /// conda has no list of all files, and names nothing by libraries: its search takes a part of a name.
  std::optional<Advice> how_to_get(std::string_view soname) const override {
    const std::optional<std::string> stem = stem_of_library(soname);
    if (!stem) return std::nullopt;
    return Advice{"by its name it would be in a package of conda like *" + *stem + "*, which conda install takes",
                  "conda search '*" + *stem + "*'"};
  }

 protected:
  std::string sum_of(PackageId id, const IsIt& is_it) const override {
    const std::string& path = sums_of(id);
    const Json json = parsed(root().read_listed(path).value_or(""), path);
    const auto data = json.find("paths_data");
    if (data == json.end() || !data->is_object() || !data->contains("paths") || !(*data)["paths"].is_array()) return "";
    for (const Json& file : (*data)["paths"]) {
      if (file.is_object() && is_it(prefix_ + "/" + text_of(file, "_path"))) return text_of(file, "sha256");
    }
    return "";
  }

 private:
  std::string prefix_;
};

}  // namespace

std::unique_ptr<Database> open_conda(machine::Root& root, const std::string& prefix) {
  const std::string folder = prefix + "/conda-meta";
  std::vector<std::string> paths, sources;
  for (const std::string& name : root.list(folder)) {
    if (!name.ends_with(".json")) continue;
    paths.push_back(folder + "/" + name);
    sources.push_back(root.locate(paths.back()).host);
  }
  if (paths.empty()) return nullptr;
  std::vector<Listed> packages(paths.size());
  parallel_for(paths.size(), default_jobs(), [&](size_t i) {
    const std::optional<std::string> text = root.read_source(sources[i]);
    if (!text) throw unreadable_database(paths[i], "it is not there", repair);
    packages[i] = read_package(*text, paths[i], prefix);
  });
  return std::make_unique<CondaDatabase>(root, prefix, std::move(packages));
}

}  // namespace bundle::packages
