// Both ways of the manifest: no key is known to one of them alone.
#include "report/manifest.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "plan/layout.h"
#include "plan/target.h"

namespace bundle::report {

namespace {

const char* kind_name(Kind kind) {
  switch (kind) {
    case Kind::launcher:
      return "launcher";
    case Kind::program:
      return "program";
    case Kind::library:
      return "library";
    case Kind::loader:
      return "loader";
    case Kind::data:
      return "data";
    case Kind::redirect:
      return "redirect";
    case Kind::manifest:
      return "manifest";
  }
  return "";
}

}  // namespace

std::string render_manifest(const Plan& plan, const std::vector<FileFacts>& facts) {
  nlohmann::json root;
  root["format"] = 1;
  root["made_by"] = "bundle " BUNDLE_VERSION;
  root["name"] = plan.name;
  root["prefix"] = plan.prefix;
  if (plan.target != &plan::default_target()) root["target"] = plan.target->name;
  root["programs"] = nlohmann::json::array();
  for (const Program& program : plan.programs) {
    if (program.is_helper) continue;
    nlohmann::json entry = {{"name", program.name}, {"launcher", program.launcher}, {"program", program.program}};
    if (!program.loader.empty()) entry["loader"] = program.loader;
    if (!program.environment.empty()) entry["environment"] = program.environment;
    root["programs"].push_back(std::move(entry));
  }
  for (const LeftToTarget& left : plan.left_to_target) {
    nlohmann::json& by = root["left_to_target"][left.name];
    if (by.is_null()) by = nlohmann::json::array();
    if (!left.by.empty() && std::find(by.begin(), by.end(), left.by) == by.end()) by.push_back(left.by);
  }
  root["files"] = nlohmann::json::array();
  for (size_t i = 0; i < plan.items.size(); ++i) {
    const Item& item = plan.items[i];
    if (item.kind == Kind::manifest) continue;
    nlohmann::json entry = {{"path", item.path},
                            {"kind", kind_name(item.kind)},
                            {"size", facts[i].size},
                            {"sha256", facts[i].sha256},
                            {"why", item.why}};
    std::string_view source = item.source;
    if (!plan.sysroot.empty() && source.starts_with(plan.sysroot + "/")) source.remove_prefix(plan.sysroot.size());
    if (plan::is_system_path(source)) entry["source"] = source;
    if (!item.also.empty()) entry["also"] = item.also;
    if (!item.edit.empty()) entry["rewritten"] = true;
    if (item.package.known()) {
      entry["package"] = item.package.name;
      entry["version"] = item.package.version;
    }
    root["files"].push_back(std::move(entry));
  }
  // Names of files are bytes and JSON is UTF-8: what is not well-formed is shown replaced, and never an exception.
  return root.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::optional<Manifest> parse_manifest(std::string_view text) {
  using nlohmann::json;
  const json root = json::parse(text, nullptr, false);
  const auto text_of = [](const json& object, const char* key) -> std::string {
    const auto at = object.find(key);
    return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
  };
  if (!root.is_object() || root.value("format", json()) != 1 || !text_of(root, "made_by").starts_with("bundle ")) {
    return std::nullopt;
  }
  Manifest manifest;
  manifest.name = text_of(root, "name");
  const auto programs = root.find("programs");
  if (programs != root.end() && programs->is_array()) {
    for (const json& program : *programs) {
      if (program.is_object()) manifest.programs.push_back(text_of(program, "name"));
    }
  }
  const auto files = root.find("files");
  if (manifest.name.empty() || files == root.end() || !files->is_array() || files->empty()) return std::nullopt;
  for (const json& entry : *files) {
    if (!entry.is_object()) return std::nullopt;
    ListedFile file{text_of(entry, "path"), 0, text_of(entry, "sha256")};
    const auto size = entry.find("size");
    if (file.path.empty() || file.sha256.empty() || size == entry.end() || !size->is_number_unsigned()) {
      return std::nullopt;
    }
    file.size = size->get<uint64_t>();
    manifest.files.push_back(std::move(file));
  }
  return manifest;
}

std::string manifest_spelling(const std::string& path) {
  using nlohmann::json;
  return json::parse(json(path).dump(-1, ' ', false, json::error_handler_t::replace)).get<std::string>();
}

}  // namespace bundle::report
