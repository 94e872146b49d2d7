// The names, the links and the sums. See listed.h.
#include "packages/listed.h"

#include <fmt/format.h>
#include <nettle/nettle-meta.h>

#include <algorithm>

#include "base/printable.h"
#include "knowledge/folders.h"

namespace bundle::packages {

namespace {

std::string hex_of(Bytes bytes, const nettle_hash& hash) {
  // Contexts differ in size; words, for they are to be aligned.
  std::vector<uint64_t> context(hash.context_size / sizeof(uint64_t) + 1);
  std::vector<uint8_t> digest(hash.digest_size);
  hash.init(context.data());
  hash.update(context.data(), bytes.size(), bytes.data());
  hash.digest(context.data(), hash.digest_size, digest.data());
  std::string out;
  for (unsigned i = 0; i < hash.digest_size; ++i) out += fmt::format("{:02x}", digest[i]);
  return out;
}

bool is_shared_library(std::string_view path) {
  const std::string_view name = base_name(path);
  return name.starts_with("lib") && name.find(".so") != std::string_view::npos;
}

}  // namespace

ListedDatabase::ListedDatabase(machine::Root& root, std::vector<Listed> packages,
                               std::map<std::string, std::string> links)
    : root_(root), packages_(std::move(packages)) {
  for (auto& [link, real] : links) links_.emplace(link, real);
  for (const char* name : {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/usr/sbin", "/usr/lib32", "/usr/lib64"}) {
    const std::optional<std::string> real = root.real(name);
    if (real && *real != name) links_.emplace(name, *real);
  }
  for (Listed& listed : packages_) {
    const auto id = static_cast<PackageId>(records_.size());
    by_name_.emplace(listed.record.package.name, id);
    for (const std::string& name : listed.provides) by_provided_.emplace(name, id);
    records_.push_back(std::move(listed.record));
  }
  const auto text_of = [&](size_t i) {
    std::string text;
    for (const std::string& path : packages_[i].paths) {
      if (path.find('\n') == std::string::npos) text.append(canonical(path)).append("\n");
    }
    packages_[i].paths = {};
    return text;
  };
  lists_ = std::make_unique<const FileLists>(packages_.size(), text_of, std::vector<std::string>{});
}

/// With the outermost folder that is a link replaced by what it leads to.
std::string ListedDatabase::canonical(std::string_view path) const {
  for (size_t at = path.find('/', 1); at != std::string_view::npos; at = path.find('/', at + 1)) {
    const auto link = links_.find(path.substr(0, at));
    if (link != links_.end()) return link->second + std::string(path.substr(at));
  }
  return std::string(path);
}

std::vector<PackageId> ListedDatabase::owners(std::string_view path) const { return lists_->owners(canonical(path)); }

std::vector<std::string> ListedDatabase::files_of(PackageId id) const { return lists_->files(id); }

std::vector<std::pair<PackageId, std::string>> ListedDatabase::find_by_base_name(std::string_view name) const {
  return lists_->by_base_name(name);
}

std::vector<PackageId> ListedDatabase::resolve(const std::vector<std::string>& names) const {
  std::vector<PackageId> out;
  const auto take = [&](PackageId id) {
    if (std::find(out.begin(), out.end(), id) == out.end()) out.push_back(id);
  };
  const auto take_all = [&](const auto& map, const std::string& name) {
    const auto [first, last] = map.equal_range(name);
    for (auto at = first; at != last; ++at) take(at->second);
    return first != last;
  };
  for (const std::string& name : names) {
    if (take_all(by_name_, name) || take_all(by_provided_, name) || !name.starts_with('/')) continue;
    for (const PackageId id : owners(name)) take(id);
  }
  return out;
}

std::vector<PackageId> ListedDatabase::depends_of(PackageId id) const { return resolve(packages_.at(id).depends); }
std::vector<PackageId> ListedDatabase::recommends_of(PackageId id) const {
  return resolve(packages_.at(id).recommends);
}

bool ListedDatabase::is_as_shipped(const std::string& path) const {
  const std::string wanted = canonical(path);
  for (const PackageId id : owners(wanted)) {
    const std::string sum = sum_of(id, [&](const std::string& listed) { return canonical(listed) == wanted; });
    for (const nettle_hash* hash : {&nettle_md5, &nettle_sha1, &nettle_sha256}) {
      if (sum.empty() || sum.size() != hash->digest_size * size_t{2}) continue;
      int error_number = 0;
      const std::shared_ptr<const MappedFile> file = root_.map(path, error_number);
      if (file != nullptr && hex_of(file->bytes(), *hash) == sum) return true;
    }
  }
  return false;
}

Role role_by_files(const std::vector<std::string>& paths, std::string_view prefix, bool is_machine_code) {
  bool has_library = false;
  for (const std::string& path : paths) {
    if (!path.starts_with(prefix) || path.ends_with('/')) continue;
    const std::string inner = path.substr(prefix.size());
    if (knowledge::is_in_program_folder(inner)) return Role::program;
    has_library = has_library || is_shared_library(inner);
  }
  if (has_library) return Role::library;
  return is_machine_code ? Role::program : Role::data;
}

bool is_plain_name(std::string_view name) {
  constexpr size_t longest = 200;
  return !name.empty() && name.size() <= longest && name.front() != '-' && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("-+._@").find(c) != std::string_view::npos;
         });
}

std::optional<std::string> stem_of_library(std::string_view soname) {
  const size_t end = soname.find(".so");
  if (!soname.starts_with("lib") || end == std::string_view::npos) return std::nullopt;
  const std::string_view stem = trimmed(soname.substr(3, end - 3), "0123456789.-_");
  return is_plain_name(stem) ? std::optional(std::string(stem)) : std::nullopt;
}

std::string name_in_relation(std::string_view relation) {
  relation = trimmed(relation);
  return std::string(relation.substr(0, std::min(relation.find_first_of("<>=~ ["), relation.size())));
}

Error unreadable_database(const std::string& path, const std::string& fault, const std::string& next) {
  return Error(Exit::cannot_bundle, path,
               "is a list of installed packages that cannot be understood: " + printable(fault), next);
}

}  // namespace bundle::packages
