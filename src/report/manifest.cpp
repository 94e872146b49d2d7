#include "report/manifest.h"

#include <nlohmann/json.hpp>

#include "plan/layout.h"

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
  root["programs"] = nlohmann::json::array();
  for (const Program& program : plan.programs) {
    if (program.is_helper) continue;
    nlohmann::json entry = {{"name", program.name}, {"launcher", program.launcher}, {"program", program.program}};
    if (!program.loader.empty()) entry["loader"] = program.loader;
    root["programs"].push_back(std::move(entry));
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

}  // namespace bundle::report
