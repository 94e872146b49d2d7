// Both ways of the manifest: no key is known to one of them alone.
#include "report/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/printable.h"
#include "plan/layout.h"
#include "plan/target.h"

namespace bundle::report {

namespace {

using nlohmann::json;

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

std::string text_of(const json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

const json& list_of(const json& object, const char* key) {
  static const json none = json::array();
  const auto at = object.find(key);
  return at != object.end() && at->is_array() ? *at : none;
}

std::vector<std::string> texts_of(const json& object, const char* key) {
  std::vector<std::string> texts;
  for (const json& text : list_of(object, key)) {
    if (text.is_string()) texts.push_back(text.get<std::string>());
  }
  return texts;
}

}  // namespace

std::string render_manifest(const Plan& plan, const std::vector<FileFacts>& facts) {
  json root;
  root["format"] = 1;
  root["made_by"] = "bundle " BUNDLE_VERSION;
  root["name"] = manifest_spelling(plan.name);
  root["prefix"] = plan.prefix;
  if (plan.target != &plan::default_target()) root["target"] = plan.target->name;
  root["programs"] = json::array();
  for (const Program& program : plan.programs) {
    if (program.is_helper) continue;
    json entry = {{"name", program.name},
                  {"launcher", manifest_spelling(program.launcher)},
                  {"program", manifest_spelling(program.program)}};
    if (!program.loader.empty()) entry["loader"] = manifest_spelling(program.loader);
    if (!program.environment.empty()) entry["environment"] = program.environment;
    root["programs"].push_back(std::move(entry));
  }
  for (const LeftToTarget& left : plan.left_to_target) {
    json& by = root["left_to_target"][left.name];
    if (by.is_null()) by = json::array();
    if (!left.by.empty() && std::find(by.begin(), by.end(), left.by) == by.end()) by.push_back(left.by);
  }
  root["files"] = json::array();
  for (size_t i = 0; i < plan.items.size(); ++i) {
    const Item& item = plan.items[i];
    if (item.kind == Kind::manifest) continue;
    json entry = {{"path", manifest_spelling(item.path)},
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
  return root.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

std::optional<Manifest> parse_manifest(std::string_view text) {
  const json root = json::parse(text, nullptr, false);
  if (!root.is_object() || root.value("format", json()) != 1 || !text_of(root, "made_by").starts_with("bundle ")) {
    return std::nullopt;
  }
  Manifest manifest;
  manifest.name = text_of(root, "name");
  manifest.prefix = text_of(root, "prefix");
  manifest.target = text_of(root, "target");
  for (const json& program : list_of(root, "programs")) {
    if (!program.is_object()) continue;
    manifest.programs.push_back({text_of(program, "name"), text_of(program, "launcher"), text_of(program, "program"),
                                 text_of(program, "loader"), texts_of(program, "environment")});
  }
  const auto left = root.find("left_to_target");
  if (left != root.end() && left->is_object()) {
    for (const auto& [name, by] : left->items()) manifest.left_to_target[name] = texts_of(*left, name.c_str());
  }
  for (const json& entry : list_of(root, "files")) {
    if (!entry.is_object()) return std::nullopt;
    ListedFile file;
    file.path = text_of(entry, "path");
    file.sha256 = text_of(entry, "sha256");
    const auto size = entry.find("size");
    if (file.path.empty() || file.sha256.empty() || size == entry.end() || !size->is_number_unsigned()) {
      return std::nullopt;
    }
    file.size = size->get<uint64_t>();
    file.kind = text_of(entry, "kind");
    file.why = text_of(entry, "why");
    file.source = text_of(entry, "source");
    file.also = texts_of(entry, "also");
    file.package = text_of(entry, "package");
    file.version = text_of(entry, "version");
    file.is_rewritten = entry.value("rewritten", json()) == true;
    manifest.files.push_back(std::move(file));
  }
  if (manifest.name.empty() || manifest.files.empty()) return std::nullopt;
  return manifest;
}

std::string trimmed_manifest(std::string_view text, const std::function<bool(const std::string& path)>& stays,
                             const std::vector<ListedFile>& made) {
  if (!parse_manifest(text)) throw Error(Exit::cannot_bundle, "", "is no manifest of a bundle");
  json root = json::parse(text);
  std::map<std::string, json> entries;
  std::set<std::string> askers;
  for (json& entry : root["files"]) {
    const std::string path = text_of(entry, "path");
    if (!stays(path)) continue;
    askers.emplace(base_name(path));
    askers.emplace(base_name(text_of(entry, "source")));
    entries[path] = std::move(entry);
  }
  for (const ListedFile& file : made) {
    json& entry = entries[file.path];
    entry["path"] = file.path;
    entry["size"] = file.size;
    entry["sha256"] = file.sha256;
    if (!file.kind.empty()) entry["kind"] = file.kind;
    if (!file.why.empty()) entry["why"] = file.why;
  }
  root["files"] = json::array();
  for (auto& [path, entry] : entries) root["files"].push_back(std::move(entry));
  const auto left = root.find("left_to_target");
  if (left != root.end() && left->is_object()) {
    json kept = json::object();
    for (const auto& [name, by] : left->items()) {
      json asks = json::array();
      for (const std::string& asker : texts_of(*left, name.c_str())) {
        if (askers.contains(asker)) asks.push_back(asker);
      }
      if (!asks.empty() || by.empty()) kept[name] = std::move(asks);
    }
    *left = std::move(kept);
    if (left->empty()) root.erase(left);
  }
  return root.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

std::optional<std::string> folder_of_manifest(const std::string& path) {
  std::vector<std::string> parts = split(path, "/");
  std::string folder;
  for (const plan::Target* target : plan::targets()) {
    if (target->folder.empty() || parts.size() < 3 || parts.front() != target->folder) continue;
    folder = parts[0] + "/" + parts[1] + "/";
    parts.erase(parts.begin(), parts.begin() + 2);
  }
  const bool may_be =
      (parts.size() == 2 || parts.size() == 3) && parts.front() == "lib" && parts.back() == "manifest.json";
  return may_be ? std::optional(folder) : std::nullopt;
}

bool is_in_its_place(const Manifest& manifest, const std::string& path) {
  const std::optional<std::string> folder = folder_of_manifest(path);
  return folder && (path == *folder + "lib/manifest.json" ||
                    manifest_spelling(path) == manifest_spelling(*folder) + "lib/" + manifest.name + "/manifest.json");
}

std::string manifest_spelling(const std::string& path) {
  if (plain_prefix(path) == path.size()) return path;
  std::string out;
  for (std::string_view rest = path; !rest.empty();) {
    const Character character = first_character(rest);
    if (character.is_valid) {
      out += rest.substr(0, character.length);
    } else {
      out += fmt::format("\uFFFD{:02x}", static_cast<unsigned char>(rest.front()));
    }
    rest.remove_prefix(character.length);
  }
  return out;
}

}  // namespace bundle::report
