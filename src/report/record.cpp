// Both ways of a record. See record.h.
#include "report/record.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"

namespace bundle::report {

namespace {

using nlohmann::json;

std::vector<std::string> sorted(std::vector<std::string> texts) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  return texts;
}

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw Error(Exit::cannot_bundle, path, why, "Name a file that `bundle slim --record` wrote");
}

std::vector<std::string> texts_of(const json& root, const char* key, const std::string& path) {
  const auto at = root.find(key);
  if (at == root.end() || !at->is_array())
    refuse(path, std::string("is no record of a run: it has no list '") + key + "'");
  std::vector<std::string> texts;
  for (const json& text : *at) {
    if (!text.is_string() || text.get_ref<const std::string&>().empty()) {
      refuse(path, std::string("is no record of a run: its list '") + key + "' holds what is no name");
    }
    texts.push_back(text.get<std::string>());
  }
  return sorted(std::move(texts));
}

}  // namespace

std::string render_record(const Record& record) {
  const json root = {{"format", 1},
                     {"record", "used"},
                     {"programs", sorted(record.programs)},
                     {"keep", sorted(record.keep)},
                     {"used", sorted(record.used)}};
  return root.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

Record parse_record(std::string_view text, const std::string& path) {
  const json root = json::parse(text, nullptr, false);
  if (root.is_discarded()) refuse(path, "is no record of a run: it is no JSON");
  if (!root.is_object() || root.value("record", json()) != "used") {
    refuse(path, "is no record of a run: it is other JSON");
  }
  if (root.value("format", json()) != 1) refuse(path, "is a record of another format than this bundle writes");
  return {texts_of(root, "programs", path), texts_of(root, "keep", path), texts_of(root, "used", path)};
}

std::string record_name(const std::string& path, const std::string& home, const std::string& source) {
  if (path.starts_with(home + "/root/")) return path.substr(home.size() + 5);
  if (!path.starts_with(home + "/")) return path;
  if (source.empty()) return path.substr(home.size() + 1);
  return normal_path(std::string(folder_name(source)) + "/" + std::string(base_name(path)));
}

}  // namespace bundle::report
