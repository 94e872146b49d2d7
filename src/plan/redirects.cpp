// See redirects.h.
#include "plan/redirects.h"

#include <algorithm>
#include <map>

#include "base/file.h"
#include "knowledge/folders.h"

namespace bundle::plan {

namespace {

/// The topmost folder above `path` that is not the target's, too; empty when there is none. Its listing is the
/// bundle's.
std::string_view own_folder(std::string_view path) {
  std::string_view found;
  for (std::string_view folder = folder_name(path); !knowledge::is_targets_folder(folder); folder = folder_name(folder))
    found = folder;
  return found;
}

}  // namespace

std::vector<Redirect> make_redirects(const std::vector<std::string>& data, std::vector<Redirect> others) {
  std::map<std::string, Redirect> by_path;
  // What lies under the very path of a folder that is stored elsewhere would not be seen behind it.
  const auto is_hidden = [&](const std::string& path) {
    return std::any_of(others.begin(), others.end(), [&](const Redirect& other) {
      return other.kind == Redirect::Kind::folder && path.starts_with(other.path + "/");
    });
  };
  for (const std::string& path : data) {
    const std::string_view folder = is_hidden(path) ? "" : own_folder(path);
    Redirect redirect;
    redirect.path = folder.empty() ? path : std::string(folder);
    redirect.kind = folder.empty() ? Redirect::Kind::file : Redirect::Kind::folder;
    by_path.emplace(redirect.path, redirect);
  }
  for (Redirect& other : others) by_path[other.path] = other;
  std::vector<Redirect> out;
  for (auto& [path, redirect] : by_path) out.push_back(std::move(redirect));
  return out;
}

std::vector<std::string> redirect_environment(const std::vector<std::string>& data) {
  std::map<std::string, std::string> variables;
  for (const std::string& path : data) {
    const std::string_view name = base_name(path);
    const std::string folder(folder_name(path));
    if (name == "gconv-modules" || name == "gconv-modules.cache") variables.emplace("GCONV_PATH", folder);
    if (path.starts_with("/usr/lib/locale/")) variables.emplace("LOCPATH", "/usr/lib/locale");
    if (path.starts_with("/usr/share/i18n/locales/musl/"))
      variables.emplace("MUSL_LOCPATH", "/usr/share/i18n/locales/musl");
    if (path.starts_with("/usr/share/zoneinfo/")) variables.emplace("TZDIR", "/usr/share/zoneinfo");
  }
  std::vector<std::string> out;
  for (const auto& [key, folder] : variables) out.push_back(key + "=@root@" + folder);
  return out;
}

}  // namespace bundle::plan
