// A package database that a test makes up: what each package ships, needs, and is for.
//
// A package is put onto a made-up disk as an installation would, so that list and disk agree. Relations go by name and
// are looked up when they are asked for: one to what is not there is none, as in any database.
#pragma once

#include <deque>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "../machine/made_up_disk.h"
#include "base/file.h"
#include "knowledge/folders.h"
#include "packages/database.h"

namespace made_up {

using bundle::packages::PackageId;
using bundle::packages::Role;

class Database : public bundle::packages::Database {
 public:
  explicit Database(Disk& disk) : disk_(disk) {}

  /// Says what a package is; each word returns it, for the next one.
  class Package {
   public:
    Package(Database& database, PackageId id) : database_(database), id_(id) {}

    /// A file, with its own path for content where nothing else is said.
    Package& ships(const std::string& path, const std::string& content, uint32_t mode = 0644) {
      database_.disk_.file(path, content, mode);
      return lists(path);
    }
    Package& ships(const std::string& path) { return ships(path, path); }
    Package& ships_link(const std::string& path, const std::string& target) {
      database_.disk_.link(path, target);
      return lists(path);
    }
    /// A path, and the folders above it, that the package owns, whatever is there.
    Package& lists(const std::string& path) {
      std::set<std::string>& files = database_.notes_[id_].files;
      for (std::string at = path; at.size() > 1; at = bundle::folder_name(at)) files.insert(at);
      return *this;
    }
    Package& depends(const std::string& name) { return add(database_.notes_[id_].depends, name); }
    Package& recommends(const std::string& name) { return add(database_.notes_[id_].recommends, name); }
    Package& role(Role role) {
      database_.records_[id_].role = role;
      return *this;
    }
    Package& of_source(const std::string& source) {
      database_.records_[id_].package.source = source;
      return *this;
    }
    Package& of_group(const std::string& group) {
      database_.records_[id_].group = group;
      return *this;
    }
    Package& brings_libc_headers() {
      database_.records_[id_].brings_libc_headers = true;
      return *this;
    }
    /// This file is not what it was when it was installed.
    Package& changed(const std::string& path) {
      database_.changed_.insert(path);
      return *this;
    }

   private:
    Package& add(std::vector<std::string>& names, const std::string& name) {
      names.push_back(name);
      return *this;
    }
    Database& database_;
    PackageId id_;
  };

  /// A new one: a program's, of a source of its own.
  Package package(const std::string& name) {
    bundle::packages::Record record;
    record.package.name = record.package.source = name;
    record.package.version = "1";
    records_.push_back(record);
    notes_.emplace_back();
    return {*this, static_cast<PackageId>(records_.size() - 1)};
  }

  std::vector<PackageId> owners(std::string_view path) const override {
    std::vector<PackageId> out;
    for (PackageId id = 0; id < notes_.size(); ++id) {
      const std::set<std::string>& files = notes_[id].files;
      if (std::any_of(files.begin(), files.end(), [&](const std::string& file) { return is_same(file, path); }))
        out.push_back(id);
    }
    return out;
  }
  std::vector<std::string> files_of(PackageId id) const override {
    return {notes_.at(id).files.begin(), notes_.at(id).files.end()};
  }
  std::vector<std::pair<PackageId, std::string>> find_by_base_name(std::string_view name) const override {
    std::vector<std::pair<PackageId, std::string>> out;
    for (PackageId id = 0; id < notes_.size(); ++id) {
      for (const std::string& path : notes_[id].files) {
        if (bundle::base_name(path) == name) out.emplace_back(id, path);
      }
    }
    return out;
  }
  std::vector<PackageId> depends_of(PackageId id) const override { return found(notes_.at(id).depends); }
  std::vector<PackageId> recommends_of(PackageId id) const override { return found(notes_.at(id).recommends); }
  bool is_as_shipped(const std::string& path) const override { return owner_id(path) && !changed_.contains(path); }
  bool is_as_installed(const std::string&) const override { return false; }
  std::optional<Advice> how_to_get(std::string_view) const override { return std::nullopt; }

 private:
  struct Notes {
    std::set<std::string> files;
    std::vector<std::string> depends, recommends;
  };
  static bool is_same(std::string_view a, std::string_view b) {
    return bundle::knowledge::unmerged(a) == bundle::knowledge::unmerged(b);
  }
  std::vector<PackageId> found(const std::vector<std::string>& names) const {
    std::vector<PackageId> out;
    for (const std::string& name : names) {
      if (const std::optional<PackageId> id = find(name)) out.push_back(*id);
    }
    return out;
  }

  Disk& disk_;
  std::deque<Notes> notes_;  // by PackageId
  std::set<std::string> changed_;
};

}  // namespace made_up
