// The packages of a store, by the names of their folders; references by the database or by the bytes. See store.h.
#include "packages/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/printable.h"

namespace bundle::packages {

namespace {

using knowledge::hash_length;
using knowledge::Output;
using knowledge::OutputName;

/// Of the folder of a package: what is behind the hash.
std::string_view name_of(std::string_view path) { return base_name(path).substr(hash_length + 1); }

std::string_view hash_of(std::string_view path) { return base_name(path).substr(0, hash_length); }

/// The output that a name ends with; null where it is none that is known.
const OutputName* output_of(std::string_view name) {
  const auto at = std::find_if(knowledge::outputs.begin(), knowledge::outputs.end(), [&](const OutputName& output) {
    return name.size() > output.name.size() + 1 && name.ends_with(output.name) &&
           name[name.size() - output.name.size() - 1] == '-';
  });
  return at == knowledge::outputs.end() ? nullptr : &*at;
}

Role role_of(Output output) {
  switch (output) {
    case Output::library:
      return Role::library;
    case Output::data:
      return Role::data;
    case Output::development:
      return Role::development;
    case Output::documentation:
      return Role::documentation;
    case Output::program:
      break;
  }
  return Role::program;
}

/// What a package without a word for it is there for, by what it has.
Role role_of_content(machine::Root& root, const std::string& path) {
  const std::vector<std::string> names = root.list(path);
  const auto has = [&](std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  if (has("bin") || has("sbin") || has("libexec")) return Role::program;
  if (!has("lib")) return Role::data;
  const std::vector<std::string> libraries = root.list(path + "/lib");
  const bool has_library = std::any_of(libraries.begin(), libraries.end(),
                                       [](const std::string& name) { return name.find(".so") != std::string::npos; });
  return has_library ? Role::library : Role::data;
}

/// The hashes of `known` in a text, as nix's RefScanSink looks for them: from the end of a window back to the letter
/// that no hash has, so that most of a file is never looked at.
template <class Found>
void for_each_hash(std::string_view text, const Found& found) {
  constexpr size_t between_looks = 1 << 20;
  size_t next_look = between_looks;
  for (size_t at = 0; at + hash_length <= text.size();) {
    if (at >= next_look) {
      check_interrupted();
      next_look = at + between_looks;
    }
    size_t last = hash_length;
    while (last > 0 && knowledge::is_hash_letter(text[at + last - 1])) --last;
    if (last > 0) {
      at += last;
      continue;
    }
    found(text.substr(at, hash_length));
    ++at;
  }
}

}  // namespace

Package package_of_store_name(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  std::string_view output;
  if (const OutputName* const known = output_of(name)) {
    output = known->name;
    name.remove_suffix(output.size() + 1);
  }
  Package package;
  package.source = name;
  size_t dash = name.find('-');
  while (dash != std::string_view::npos && (dash == 0 || dash + 1 >= name.size() || is_letter(name[dash + 1])))
    dash = name.find('-', dash + 1);
  package.name = name.substr(0, dash);
  if (dash != std::string_view::npos) package.version = name.substr(dash + 1);
  if (!output.empty() && output != "out") package.name += "-" + std::string(output);
  return package;
}

std::unique_ptr<StoreDatabase> StoreDatabase::open(machine::Root& root) {
  std::unique_ptr<StoreDatabase> database(new StoreDatabase(root));
  for (const knowledge::Store& store : knowledge::stores) database->add_packages(store);
  if (database->paths_.empty()) return nullptr;
  // The views below are of strings that stay where they are from here on.
  for (PackageId id = 0; id < database->paths_.size(); ++id) {
    const std::string& path = database->paths_[id];
    database->by_path_.emplace(path, id);
    database->by_hash_.emplace(hash_of(path), id);
  }
  for (const knowledge::Store& store : knowledge::stores) {
    const std::unique_ptr<SqliteFile> file = SqliteFile::open(
        root, std::string(store.database), fmt::format("Run `{}` there, or get the file again", store.repair));
    if (file != nullptr) database->read_references(*file);
  }
  return database;
}

std::unique_ptr<Database> open_store(machine::Root& root) { return StoreDatabase::open(root); }

void StoreDatabase::add_packages(const knowledge::Store& store) {
  const std::string folder(store.folder);
  if (!root_.is_folder(folder)) return;
  for (const std::string& name : root_.list(folder)) {
    // Recipes, locks and what a build left: no packages.
    if (!knowledge::is_store_name(name) || name.ends_with(".drv") || name.ends_with(".lock")) continue;
    const std::string path = folder + "/" + name;
    Record record;
    record.package = package_of_store_name(name_of(path));
    record.group = "store";  // no package refers to another but by a path in its files: whom it starts is of its field
    const OutputName* const output = output_of(name_of(path));
    // "out" is what a package has beside its other outputs, and says no more than no word.
    const bool is_said = output != nullptr && output->name != "out";
    record.role = is_said ? role_of(output->is) : role_of_content(root_, path);
    record.brings_libc_headers =
        record.role == Role::development && root_.kind(path + "/include/gnu/libc-version.h") != machine::Kind::absent;
    records_.push_back(std::move(record));
    paths_.push_back(path);
    if (first_ == nullptr) first_ = &store;
  }
}

void StoreDatabase::read_references(const SqliteFile& file) {
  std::unordered_map<int64_t, PackageId> by_row;
  file.query("select id, path from ValidPaths", [&](const SqliteRow& row) {
    const auto at = by_path_.find(row.text(1));
    if (at == by_path_.end()) return;  // it was left out of this copy
    by_row.emplace(row.integer(0), at->second);
    references_.try_emplace(at->second);
  });
  file.query("select referrer, reference from Refs", [&](const SqliteRow& row) {
    const auto from = by_row.find(row.integer(0)), to = by_row.find(row.integer(1));
    if (from == by_row.end() || to == by_row.end() || from->second == to->second) return;
    references_[from->second].push_back(to->second);
  });
  for (const auto& [row, id] : by_row) std::sort(references_[id].begin(), references_[id].end());
}

std::vector<PackageId> StoreDatabase::owners(std::string_view path) const {
  const auto at = by_path_.find(knowledge::store_path_above(path));
  return at == by_path_.end() ? std::vector<PackageId>() : std::vector<PackageId>{at->second};
}

std::vector<std::string> StoreDatabase::files_of(PackageId id) const {
  const std::string& top = paths_.at(id);
  std::vector<std::string> out = {top};
  const std::lock_guard<std::mutex> lock(lock_);
  if (!root_.is_folder(top)) return out;
  root_.walk(top, {[&](const std::string& path, Node) {
               check_interrupted();
               out.push_back(path);
               return true;
             }});
  return out;
}

std::vector<std::pair<PackageId, std::string>> StoreDatabase::find_by_base_name(std::string_view name) const {
  const std::lock_guard<std::mutex> lock(lock_);
  if (!by_base_name_) {
    by_base_name_.emplace();
    for (PackageId id = 0; id < paths_.size(); ++id) {
      check_interrupted();
      for (const char* folder : {"/bin", "/sbin", "/lib", "/libexec"}) {
        const std::string above = paths_[id] + folder;
        for (const std::string& each : root_.list(above))
          by_base_name_->emplace(each, std::pair(id, above + "/" + each));
      }
    }
  }
  std::vector<std::pair<PackageId, std::string>> out;
  const auto [begin, end] = by_base_name_->equal_range(std::string(name));
  for (auto at = begin; at != end; ++at) out.push_back(at->second);
  std::sort(out.begin(), out.end());
  return out;
}

/// The other packages of the store whose hashes stand in the bytes of this one's files, or in the text of its links.
std::vector<PackageId> StoreDatabase::scanned(PackageId id) const {
  std::set<PackageId> found;
  const auto look_at = [&](std::string_view text) {
    for_each_hash(text, [&](std::string_view hash) {
      const auto at = by_hash_.find(hash);
      if (at != by_hash_.end() && at->second != id) found.insert(at->second);
    });
  };
  const auto look_at_file = [&](const std::string& path) {
    int error_number = 0;
    if (const std::shared_ptr<const MappedFile> file = root_.map(path, error_number)) look_at(file->bytes().text());
  };
  const std::string& top = paths_[id];
  if (root_.kind(top) == machine::Kind::file) look_at_file(top);
  if (!root_.is_folder(top)) return {found.begin(), found.end()};
  root_.walk(top, {[&](const std::string& path, Node node) {
               if (node == Node::file) look_at_file(path);
               if (node == Node::link) look_at(root_.link_text(path).value_or(""));
               return true;
             }});
  return {found.begin(), found.end()};
}

std::vector<PackageId> StoreDatabase::depends_of(PackageId id) const {
  const std::lock_guard<std::mutex> lock(lock_);
  const auto known = references_.find(id);
  if (known != references_.end()) return known->second;
  return references_[id] = scanned(id);
}

std::vector<PackageId> StoreDatabase::recommends_of(PackageId) const { return {}; }

bool StoreDatabase::is_as_shipped(const std::string&) const { return false; }

bool StoreDatabase::is_as_installed(const std::string&) const { return false; }

std::optional<Database::Advice> StoreDatabase::how_to_get(std::string_view soname) const {
  if (soname.find(".so") == std::string_view::npos || soname.find('/') != std::string_view::npos) return std::nullopt;
  return Advice{fmt::format("a package that has it would bring it into {}", first_->folder),
                fmt::format("{} {}", first_->search,
                            shell_word((first_->is_searched_by_folder ? "lib/" : "") + std::string(soname)))};
}

}  // namespace bundle::packages
