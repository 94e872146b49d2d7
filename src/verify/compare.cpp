// See compare.h.
#include "verify/compare.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/digest.h"
#include "base/file.h"
#include "base/parallel.h"
#include "verify/listing.h"

namespace bundle::verify {

namespace {

/// One path in both, in either.
struct Pair {
  const OpenedFile* before = nullptr;
  const OpenedFile* after = nullptr;
  report::Differing differing;
  std::string digest;  // of one that only one has
  bool is_same = false;
};

/// By path, the last of each. A folder in which something lies is there because of that, whether the archive tells of
/// it or not; an empty one is there by itself.
std::map<std::string, const OpenedFile*> by_path(const Opened& bundle) {
  std::map<std::string, const OpenedFile*> all;
  for (const OpenedFile& file : bundle.files()) all[file.path] = &file;
  return all;
}

bool is_empty_folder(const std::map<std::string, const OpenedFile*>& all, const OpenedFile& file) {
  const auto below = all.lower_bound(file.path + "/");
  return file.node == Node::folder && (below == all.end() || !is_below(below->first, file.path));
}

/// Whether it is, or has to be made for what is in it.
bool is_there(const std::map<std::string, const OpenedFile*>& all, const std::string& folder) {
  const auto below = all.lower_bound(folder + "/");
  return all.count(folder) > 0 || (below != all.end() && is_below(below->first, folder));
}

std::vector<Pair> pairs_of(const Opened& before, const Opened& after) {
  const std::map<std::string, const OpenedFile*> old_files = by_path(before), new_files = by_path(after);
  std::map<std::string, Pair> pairs;
  for (const auto& [path, file] : old_files) pairs[path].before = file;
  for (const auto& [path, file] : new_files) pairs[path].after = file;
  std::vector<Pair> out;
  for (auto& [path, pair] : pairs) {
    const bool only_one = pair.before == nullptr || pair.after == nullptr;
    const OpenedFile& one = pair.before != nullptr ? *pair.before : *pair.after;
    const auto& own = pair.before != nullptr ? old_files : new_files;
    const auto& other = pair.before != nullptr ? new_files : old_files;
    if (only_one && one.node == Node::folder && (!is_empty_folder(own, one) || is_there(other, path))) continue;
    out.push_back(std::move(pair));
  }
  return out;
}

std::string content_of(const Opened& bundle, const OpenedFile& file) {
  return file.is_file() || file.node == Node::link ? bundle.content(file) : std::string();
}

/// Reads one path, where it is, and tells what is known of it.
class Comparison {
 public:
  Comparison(const Opened& before, const Opened& after)
      : before_(before), after_(after), told_before_(before), told_after_(after) {}

  void read(Pair& pair) const {
    std::string old_content, new_content;
    if (pair.before != nullptr) pair.differing.before = told(before_, told_before_, *pair.before, old_content);
    if (pair.after != nullptr) pair.differing.after = told(after_, told_after_, *pair.after, new_content);
    if (pair.before == nullptr || pair.after == nullptr) {
      const bool is_file = (pair.before != nullptr ? pair.before : pair.after)->is_file();
      const std::string& content = pair.before != nullptr ? old_content : new_content;
      if (is_file && !content.empty()) pair.digest = sha256_hex(Pieces::of_span(Bytes(content)));
      return;
    }
    pair.differing.changes =
        report::changes_between(*pair.differing.before, *pair.differing.after, old_content == new_content);
    pair.is_same = pair.differing.changes.empty();
  }

 private:
  static report::Content told(const Opened& bundle, const Listing& contents, const OpenedFile& file,
                              std::string& content) {
    report::Content out = contents.told(file);
    content = content_of(bundle, file);
    if (file.is_file()) Listing::look_into(out, content);
    return out;
  }

  const Opened& before_;
  const Opened& after_;
  Listing told_before_, told_after_;
};

/// What was there under another path. One of the same content is the same file; else a library of a SONAME that only
/// one file has on each side, for that is what its users know it by.
void join_moved(std::vector<Pair>& pairs) {
  using Key = std::string;
  const auto join = [&](const auto& key_of, bool same_content) {
    std::map<Key, std::vector<size_t>> gone, added;
    for (size_t i = 0; i < pairs.size(); ++i) {
      if (pairs[i].before != nullptr && pairs[i].after != nullptr) continue;
      const Key key = key_of(pairs[i]);
      if (!key.empty()) (pairs[i].before != nullptr ? gone : added)[key].push_back(i);
    }
    std::set<size_t> joined;
    for (const auto& [key, from] : gone) {
      const auto to = added.find(key);
      if (to == added.end() || (!same_content && (from.size() > 1 || to->second.size() > 1))) continue;
      for (size_t i = 0; i < std::min(from.size(), to->second.size()); ++i) {
        Pair& pair = pairs[to->second[i]];
        pair.before = pairs[from[i]].before;
        pair.differing.before = std::move(pairs[from[i]].differing.before);
        pair.differing.changes = report::changes_between(*pair.differing.before, *pair.differing.after, same_content);
        joined.insert(from[i]);
      }
    }
    std::vector<Pair> left;
    for (size_t i = 0; i < pairs.size(); ++i) {
      if (joined.count(i) == 0) left.push_back(std::move(pairs[i]));
    }
    pairs = std::move(left);
  };
  join([](const Pair& pair) { return pair.digest; }, true);
  join(
      [](const Pair& pair) {
        const report::Content& file = pair.before != nullptr ? *pair.differing.before : *pair.differing.after;
        return file.elf && file.elf->soname ? *file.elf->soname : std::string();
      },
      false);
}

void add_package(std::map<std::string, report::PackageDifference>& packages, const report::Content& file,
                 bool is_after) {
  if (!file.package.known()) return;
  report::PackageDifference& package = packages[file.package.name];
  package.name = file.package.name;
  std::vector<std::string>& versions = is_after ? package.after : package.before;
  const auto at = std::lower_bound(versions.begin(), versions.end(), file.package.version);
  if (at == versions.end() || *at != file.package.version) versions.insert(at, file.package.version);
  (is_after ? package.size_after : package.size_before) += file.size;
}

void add(report::Extent& extent, const report::Content& file) {
  if (file.node == Node::folder) return;
  extent.files += 1;
  extent.size += file.size;
}

/// Two archives that are not byte for byte the same.
bool archives_differ(const std::string& before, const std::string& after) {
  const auto is_archive = [](const std::string& path) {
    const std::optional<struct stat> status = status_of(path);
    return status && S_ISREG(status->st_mode);
  };
  if (!is_archive(before) || !is_archive(after)) return false;
  return MappedFile::open(before)->bytes().text() != MappedFile::open(after)->bytes().text();
}

}  // namespace

report::Difference compare(const Opened& before, const Opened& after) {
  std::vector<Pair> pairs = pairs_of(before, after);
  const Comparison comparison(before, after);
  parallel_for(pairs.size(), default_jobs(), [&](size_t i) { comparison.read(pairs[i]); });

  report::Difference out;
  std::map<std::string, report::PackageDifference> packages;
  for (const Pair& pair : pairs) {
    if (pair.differing.before) {
      add(out.before, *pair.differing.before);
      add_package(packages, *pair.differing.before, false);
    }
    if (pair.differing.after) {
      add(out.after, *pair.differing.after);
      add_package(packages, *pair.differing.after, true);
    }
  }
  for (auto& [name, package] : packages) {
    if (package.before != package.after || package.size_before != package.size_after) {
      out.packages.push_back(std::move(package));
    }
  }
  std::erase_if(pairs, [](const Pair& pair) { return pair.is_same; });
  join_moved(pairs);
  for (Pair& pair : pairs) out.files.push_back(std::move(pair.differing));
  if (out.is_same()) out.archives_differ = archives_differ(before.path(), after.path());
  return out;
}

}  // namespace bundle::verify
