// See dropped.h.
#include "report/dropped.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/file.h"

namespace bundle::report {

namespace {

using nlohmann::json;

/// A tree that is deeper is no list of ours: no path has so many parts (PATH_MAX).
constexpr int deepest = 4096;

/// False for what is no tree.
bool collect(const json& tree, const std::string& folder, int depth, std::vector<std::string>& paths) {
  if (!tree.is_object() || depth > deepest) return false;
  for (const auto& [name, below] : tree.items()) {
    if (!name.empty()) {
      if (!collect(below, folder + name + "/", depth + 1, paths)) return false;
      continue;
    }
    if (!below.is_array()) return false;
    for (const json& file : below) {
      if (!file.is_string()) return false;
      paths.push_back(folder + file.get<std::string>());
    }
  }
  return true;
}

}  // namespace

std::string path_of_dropped(const std::string& home) { return home + "/dropped.json"; }

std::string render_dropped(const std::vector<std::string>& paths) {
  json root = json::object();
  for (const std::string& path : std::set<std::string>(paths.begin(), paths.end())) {
    json* folder = &root;
    std::vector<std::string> parts = split(path, "/");
    const std::string name = std::move(parts.back());
    parts.pop_back();
    for (const std::string& part : parts) folder = &(*folder)[part];
    (*folder)[""].push_back(name);
  }
  return root.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

std::vector<std::string> parse_dropped(std::string_view text) {
  std::vector<std::string> paths;
  if (!collect(json::parse(text, nullptr, false), "", 0, paths)) return {};
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  return paths;
}

}  // namespace bundle::report
