// See diff.h. Words and JSON are made of the same changes, so that neither tells what the other does not.
#include "report/diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/human_size.h"
#include "report/summary.h"

namespace bundle::report {

namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> list_of(const std::optional<std::string>& value) {
  return value ? std::vector{*value} : std::vector<std::string>();
}

std::string package_text(const Package& package) { return package.name + " " + package.version; }

const char* node_text(Node node) {
  switch (node) {
    case Node::file:
      return "file";
    case Node::folder:
      return "folder";
    case Node::link:
      return "symlink";
    case Node::other:
      return "other";
  }
  return "";
}

/// Those of `all` that are not in `others`.
std::vector<std::string> less(const std::vector<std::string>& all, const std::vector<std::string>& others) {
  std::vector<std::string> out;
  for (const std::string& one : all) {
    if (std::find(others.begin(), others.end(), one) == others.end()) out.push_back(one);
  }
  return out;
}

class Changes {
 public:
  void value(const char* what, const std::vector<std::string>& before, const std::vector<std::string>& after) {
    if (before != after) changes_.push_back({what, false, before, after});
  }
  void list(const char* what, const std::vector<std::string>& before, const std::vector<std::string>& after) {
    if (before == after) return;
    const std::vector<std::string> gone = less(before, after), added = less(after, before);
    // The order of what is needed is the order in which symbols are looked for.
    if (gone.empty() && added.empty()) return value(what, before, after);
    changes_.push_back({what, true, gone, added});
  }
  void same_for_both(const char* what) { changes_.push_back({what, false, {}, {}}); }
  std::vector<Change> take() { return std::move(changes_); }

 private:
  std::vector<Change> changes_;
};

/// "soname libz.so.1 -> libz.so.2", "defines +ZLIB_1.2.12 -ZLIB_1.2.3", "content".
std::string words_of(const Change& change) {
  if (change.is_list) {
    std::string out = change.what;
    for (const std::string& one : change.after) out += " +" + one;
    for (const std::string& one : change.before) out += " -" + one;
    return printable(out);
  }
  if (change.before.empty() && change.after.empty()) return change.what;
  const auto text = [](const std::vector<std::string>& values) {
    return values.empty() ? std::string("none") : fmt::format("{}", fmt::join(values, ", "));
  };
  return printable(fmt::format("{} {} -> {}", change.what, text(change.before), text(change.after)));
}

std::string of_package(const Content& file) {
  return file.package.known() ? fmt::format("  [{}]", printable(package_text(file.package))) : std::string();
}

/// "+1.2 MB", "-300 bytes"; nothing where both are one.
std::string growth(uint64_t before, uint64_t after) {
  if (before == after) return "";
  return before < after ? "+" + human_size(after - before) : "-" + human_size(before - after);
}

std::string line_of(const Differing& file) {
  if (!file.before || !file.after) {
    const Content& one = file.before ? *file.before : *file.after;
    const std::string size = one.node == Node::folder ? "an empty folder" : human_size(one.size);
    return fmt::format("{} {}  {}{}\n", file.before ? '-' : '+', printable(one.path), size, of_package(one));
  }
  std::vector<std::string> words;
  if (file.is_moved()) words.push_back(fmt::format("was {}", printable(file.before->path)));
  for (const Change& change : file.changes) words.push_back(words_of(change));
  const std::string grown = growth(file.before->size, file.after->size);
  if (!grown.empty()) words.push_back(grown);
  return fmt::format("{} {}  {}\n", file.is_moved() ? '>' : '~', printable(file.after->path), fmt::join(words, "; "));
}

std::string line_of(const PackageDifference& package) {
  const auto versions = [](const std::vector<std::string>& all) { return fmt::format("{}", fmt::join(all, ", ")); };
  const std::string grown = growth(package.size_before, package.size_after);
  std::string text;
  if (package.before.empty()) {
    text = fmt::format("+ {} {}", package.name, versions(package.after));
  } else if (package.after.empty()) {
    text = fmt::format("- {} {}", package.name, versions(package.before));
  } else if (package.before == package.after) {
    text = fmt::format("~ {} {}", package.name, versions(package.after));
  } else {
    text = fmt::format("~ {} {} -> {}", package.name, versions(package.before), versions(package.after));
  }
  return fmt::format("{}{}{}\n", printable(text), grown.empty() ? "" : "  ", grown);
}

/// Under a heading, at most `most` lines.
template <class Item>
std::string section(const char* heading, const std::vector<Item>& items, size_t most) {
  if (items.empty()) return "";
  std::string out = fmt::format("{}\n", heading);
  const size_t shown = items.size() <= most || items.size() - most == 1 ? items.size() : most;
  for (size_t i = 0; i < shown; ++i) out += "  " + line_of(items[i]);
  if (shown < items.size()) out += fmt::format("  and {} more: -v\n", items.size() - shown);
  return out;
}

struct Counts {
  size_t added = 0, gone = 0, changed = 0, moved = 0;

  explicit Counts(const std::vector<Differing>& files) {
    for (const Differing& file : files) {
      if (!file.before) {
        ++added;
      } else if (!file.after) {
        ++gone;
      } else if (file.is_moved()) {
        ++moved;
      } else {
        ++changed;
      }
    }
  }
};

std::string last_line(const Difference& difference) {
  if (difference.is_same()) {
    return fmt::format("the same {} {}, {}{}\n", grouped(difference.after.files),
                       difference.after.files == 1 ? "file" : "files", human_size(difference.after.size),
                       difference.archives_differ
                           ? "; only the archives differ, in what they say of times, compression or order"
                           : "");
  }
  const Counts counts(difference.files);
  const std::string grown = growth(difference.before.size, difference.after.size);
  return fmt::format("{} added, {} gone, {} changed{}; {} -> {} unpacked, {}\n", grouped(counts.added),
                     grouped(counts.gone), grouped(counts.changed),
                     counts.moved > 0 ? fmt::format(", {} moved", grouped(counts.moved)) : "",
                     human_size(difference.before.size), human_size(difference.after.size),
                     grown.empty() ? "as large as before" : grown);
}

}  // namespace

std::vector<Change> changes_between(const Content& before, const Content& after, bool same_content) {
  Changes changes;
  changes.value("type", {node_text(before.node)}, {node_text(after.node)});
  if (before.mode && after.mode) changes.value("mode", {mode_text(*before.mode)}, {mode_text(*after.mode)});
  if (!same_content && before.elf && after.elf) {
    changes.value("machine", {before.elf->machine}, {after.elf->machine});
    changes.value("soname", list_of(before.elf->soname), list_of(after.elf->soname));
    changes.list("defines", before.elf->defines, after.elf->defines);
    changes.list("needs", before.elf->needed, after.elf->needed);
    changes.value("interpreter", list_of(before.elf->interpreter), list_of(after.elf->interpreter));
    changes.value("rpath", list_of(before.elf->rpath), list_of(after.elf->rpath));
    changes.value("runpath", list_of(before.elf->runpath), list_of(after.elf->runpath));
  }
  if (!same_content) changes.same_for_both("content");
  std::vector<Change> found = changes.take();
  // A package of another version may ship the same file, which then has not changed.
  if (found.empty() || !before.package.known() || !after.package.known()) return found;
  Changes of_package;
  if (before.package.name == after.package.name) {
    of_package.value("version", {before.package.version}, {after.package.version});
  } else {
    of_package.value("package", {package_text(before.package)}, {package_text(after.package)});
  }
  std::vector<Change> all = of_package.take();
  all.insert(all.end(), found.begin(), found.end());
  return all;
}

std::string render_diff(const Difference& difference, size_t most) {
  return section("packages", difference.packages, most) + section("files", difference.files, most) +
         last_line(difference);
}

namespace {

Json json_of(const Content& file) {
  Json out = {{"path", file.path}, {"size", file.size}, {"kind", file.kind}};
  if (file.mode) out["mode"] = mode_text(*file.mode);
  if (file.package.known()) out["package"] = file.package.name, out["version"] = file.package.version;
  if (file.elf && file.elf->soname) out["soname"] = *file.elf->soname;
  return out;
}

/// A value, or null; a list of what is only there.
Json json_of(const Change& change, const std::vector<std::string>& side) {
  if (change.is_list || side.size() > 1) return side;
  return side.empty() ? Json(nullptr) : Json(side.front());
}

Json json_of(const Differing& file) {
  Json out;
  if (!file.before || !file.after) {
    out = json_of(file.before ? *file.before : *file.after);
    out["change"] = file.before ? "gone" : "added";
    return out;
  }
  out["path"] = file.after->path;
  out["change"] = file.is_moved() ? "moved" : "changed";
  out["before"] = json_of(*file.before);
  out["after"] = json_of(*file.after);
  Json& changes = out["changes"] = Json::array();
  for (const Change& change : file.changes) {
    Json entry = {{"what", change.what}};
    if (!change.before.empty() || !change.after.empty()) {
      entry["before"] = json_of(change, change.before);
      entry["after"] = json_of(change, change.after);
    }
    changes.push_back(std::move(entry));
  }
  return out;
}

Json json_of(const Extent& extent) { return {{"count", extent.files}, {"size", extent.size}}; }

}  // namespace

std::string render_diff_json(const Difference& difference) {
  const Counts counts(difference.files);
  Json root = {{"format", 1}, {"same", difference.is_same()}, {"archives_differ", difference.archives_differ}};
  root["before"] = json_of(difference.before);
  root["after"] = json_of(difference.after);
  root["counts"] = {
      {"added", counts.added}, {"gone", counts.gone}, {"changed", counts.changed}, {"moved", counts.moved}};
  Json& packages = root["packages"] = Json::array();
  for (const PackageDifference& package : difference.packages) {
    packages.push_back({{"name", package.name},
                        {"before", package.before},
                        {"after", package.after},
                        {"size_before", package.size_before},
                        {"size_after", package.size_after}});
  }
  Json& files = root["files"] = Json::array();
  for (const Differing& file : difference.files) files.push_back(json_of(file));
  // Names of files are bytes and JSON is UTF-8: what is not well-formed is shown replaced, and never an exception.
  return root.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace bundle::report
