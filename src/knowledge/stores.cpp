// See stores.h.
#include "knowledge/stores.h"

#include <algorithm>

namespace bundle::knowledge {

bool is_hash_letter(char c) {
  const bool is_letter = c >= 'a' && c <= 'z' && c != 'e' && c != 'o' && c != 't' && c != 'u';
  return is_letter || (c >= '0' && c <= '9');
}

bool is_store_name(std::string_view name) {
  constexpr size_t longest = hash_length + 1 + 211;  // nix's checkName
  if (name.size() < hash_length + 2 || name.size() > longest || name[hash_length] != '-') return false;
  const std::string_view hash = name.substr(0, hash_length);
  const auto is_name_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("+-._?=").find(c) != std::string_view::npos;
  };
  return std::all_of(hash.begin(), hash.end(), is_hash_letter) && std::all_of(name.begin(), name.end(), is_name_letter);
}

std::string_view store_path_above(std::string_view path) {
  for (const Store& store : stores) {
    if (!path.starts_with(store.folder) || path.size() <= store.folder.size() || path[store.folder.size()] != '/')
      continue;
    const size_t begin = store.folder.size() + 1;
    const size_t end = std::min(path.find('/', begin), path.size());
    if (is_store_name(path.substr(begin, end - begin))) return path.substr(0, end);
  }
  return {};
}

std::string as_in_usr(std::string_view path) {
  const std::string_view top = store_path_above(path);
  return top.empty() ? std::string(path) : "/usr" + std::string(path.substr(top.size()));
}

}  // namespace bundle::knowledge
