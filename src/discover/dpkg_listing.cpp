#include "discover/dpkg_listing.h"

#include <bit>
#include <functional>

#include "base/interrupt.h"
#include "base/parallel.h"

namespace bundle::discover {

namespace {

/// "d41d8…  usr/bin/rig" -> "/usr/bin/rig", a line each.
std::string paths_of_md5sums(std::string_view text) {
  std::string out;
  for (const std::string& line : split(text, "\n")) {
    const size_t gap = line.find("  ");
    if (gap != std::string::npos) out.append("/").append(line, gap + 2).append("\n");
  }
  return out;
}

}  // namespace

DpkgDatabase::Listing::Listing(const std::vector<std::string>& lists, bool md5sums,
                               const std::vector<std::string>& merged)
    : merged_(merged) {
  std::vector<std::string> texts(lists.size());
  parallel_for(lists.size(), default_jobs(), [&](size_t i) {
    texts[i] = read_file(lists[i]).value_or("");
    if (md5sums) texts[i] = paths_of_md5sums(texts[i]);
  });
  uint64_t size = 0;
  for (const std::string& text : texts) size += text.size() + 1;
  text_.reserve(size);
  for (const std::string& text : texts) {
    text_ += text;
    if (!text_.empty() && text_.back() != '\n') text_ += '\n';
    ends_.push_back(text_.size());
  }
  index();
}

size_t DpkgDatabase::Listing::slot_of(std::string_view canonical_path) const {
  size_t slot = std::hash<std::string_view>{}(canonical_path) & (slots_.size() - 1);
  while (slots_[slot] != no_line && canonical_view(line(lines_[slots_[slot]]), merged_) != canonical_path) {
    slot = (slot + 1) & (slots_.size() - 1);
  }
  return slot;
}

void DpkgDatabase::Listing::index() {
  lines_.reserve(text_.size() / 48);
  uint64_t at = 0;
  for (PackageId id = 0; id < ends_.size(); ++id) {
    check_interrupted();
    first_line_.push_back(lines_.size());
    while (at < ends_[id]) {
      const size_t end = text_.find('\n', at);
      if (end > at) lines_.push_back({at, static_cast<uint32_t>(end - at), id, no_line});
      at = end + 1;
    }
  }
  first_line_.push_back(lines_.size());
  slots_.assign(std::bit_ceil(lines_.size() * 2 + 1), no_line);
  for (uint32_t i = 0; i < lines_.size(); ++i) {
    uint32_t& head = slots_[slot_of(canonical_view(line(lines_[i]), merged_))];
    lines_[i].next = head;
    head = i;
  }
}

std::vector<PackageId> DpkgDatabase::Listing::owners(std::string_view canonical_path) const {
  std::vector<PackageId> ids;
  for (uint32_t i = slots_[slot_of(canonical_path)]; i != no_line; i = lines_[i].next) {
    ids.push_back(lines_[i].package);
  }
  return ids;
}

std::vector<std::string> DpkgDatabase::Listing::files(PackageId id) const {
  std::vector<std::string> out;
  for (uint64_t i = first_line_.at(id); i < first_line_.at(id + 1); ++i) {
    if (line(lines_[i]) != "/.") out.emplace_back(line(lines_[i]));
  }
  return out;
}

std::vector<std::pair<PackageId, std::string>> DpkgDatabase::Listing::by_base_name(std::string_view name) const {
  std::vector<std::pair<PackageId, std::string>> out;
  for (const Line& candidate : lines_) {
    if (base_name(line(candidate)) == name) out.emplace_back(candidate.package, line(candidate));
  }
  return out;
}

}  // namespace bundle::discover
