// The names that programs give to files of keys and credentials, and to the files in which people's typing ends up.
//
// A name counts in any spelling of its letters, and under what editors and people add to it when they keep a copy
// (.bak, ~, .old). Names that are as often innocent (config.json, settings.ini, server.pem) are not here: what is in
// such files tells.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "discover/refusal.h"
#include "discover/secret.h"
#include "knowledge/secret_names.h"

namespace bundle::discover {

namespace {

namespace names = knowledge::secret_names;

bool ends_with_any(std::string_view name, const auto& all) {
  return std::any_of(all.begin(), all.end(), [&](std::string_view end) { return name.ends_with(end); });
}

bool is_any_of(std::string_view name, const auto& all) { return std::find(all.begin(), all.end(), name) != all.end(); }

bool is_secret_file(std::string_view name) {
  if (is_any_of(name, names::files)) return true;
  // ".tfstate" alone names nobody's file.
  for (const std::string_view ending : names::endings) {
    if (name.size() > ending.size() && name.ends_with(ending)) return true;
  }
  if (name.starts_with(".env.") && !ends_with_any(name, names::samples)) return true;
  // .bash_history, .python_history, .psql_history …; .zhistory, .histfile
  if (name.starts_with('.') && (name.ends_with("history") || name.ends_with("_hist") || name == ".histfile"))
    return true;
  const bool is_public_half = name.ends_with(".pub") || name.ends_with("-cert.pub");
  for (const std::string_view beginning : names::key_beginnings) {
    if (!name.starts_with(beginning) || is_public_half) continue;
    const std::string_view rest = name.substr(beginning.size());
    if (beginning == "krb5cc_" || (beginning == "ssh_host_" && rest.ends_with("_key"))) return true;
    if (beginning.starts_with("id_") && (rest.empty() || std::string_view("0123456789._- ").find(rest[0]) != rest.npos))
      return true;
  }
  // "work_id_rsa"
  for (const std::string_view key : names::key_beginnings) {
    const bool is_whole = key.starts_with("id_") && name.size() > key.size() && name.ends_with(key);
    if (is_whole && std::string_view("._-").find(name[name.size() - key.size() - 1]) != name.npos) return true;
  }
  return false;
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

std::string_view without_copy_marks(std::string_view name) {
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view mark : names::copy_marks) {
      if (name.size() <= mark.size() || !name.ends_with(mark)) continue;
      name.remove_suffix(mark.size());
      again = true;
    }
  }
  return name;
}

std::optional<std::string> refusal_by_name(std::string_view path) {
  const std::string lower = lower_case(path);
  for (std::string_view rest = lower, before; !rest.empty();) {
    const size_t end = std::min(rest.find('/'), rest.size());
    const std::string_view part = rest.substr(0, end);
    const bool is_last = end == rest.size();
    const auto shown = [&](std::string_view what) {
      return printable(path.substr(static_cast<size_t>(what.data() - lower.data()), what.size()), 100);
    };
    if (is_any_of(part, names::folders))
      return fmt::format("lies in a folder for keys and credentials ({})", shown(part));
    const std::string_view name = is_last ? without_copy_marks(part) : part;
    const std::string pair = std::string(before) + "/" + std::string(name);
    if (is_any_of(pair, names::pairs) || (is_last && (is_secret_file(part) || is_secret_file(name)))) {
      return fmt::format("{} for keys {} credentials{} ({})", is_last ? "is a file" : "lies in a folder",
                         is_last ? "or" : "and", is_last ? " by its name" : "", shown(part));
    }
    before = part;
    rest.remove_prefix(is_last ? end : end + 1);
  }
  return std::nullopt;
}

}  // namespace bundle::discover
