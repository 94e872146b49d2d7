// Reading the lists side by side, and their two indexes. See dpkg_listing.h.
#include "packages/dpkg_listing.h"

#include <algorithm>
#include <bit>
#include <functional>

#include "base/interrupt.h"
#include "base/parallel.h"

namespace bundle::packages {

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

bool is_listed_path(std::string_view line) {
  constexpr size_t longest = 4096;  // PATH_MAX
  if (!line.starts_with('/') || line.size() >= longest || line.find('\0') != std::string_view::npos) return false;
  for (size_t at = 0; at < line.size();) {
    const size_t end = std::min(line.find('/', at + 1), line.size());
    const std::string_view part = line.substr(at + 1, end - at - 1);
    if (part.empty() || part == "." || part == "..") return false;
    at = end;
  }
  return true;
}

DpkgDatabase::Listing::Listing(const machine::Root& root, const std::vector<std::string>& lists, bool md5sums,
                               const std::vector<std::string>& merged)
    : merged_(merged) {
  std::vector<std::string> texts(lists.size());
  parallel_for(lists.size(), default_jobs(), [&](size_t i) {
    texts[i] = root.read_source(lists[i]).value_or("");
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
      if (is_listed_path(std::string_view(text_).substr(at, end - at))) {
        lines_.push_back({at, static_cast<uint32_t>(end - at), id, no_line});
      }
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
    out.emplace_back(line(lines_[i]));
  }
  return out;
}

size_t DpkgDatabase::Listing::chain_of(std::string_view base_name) const {
  return std::hash<std::string_view>{}(base_name) & (chains_.size() - 1);
}

/// Backwards, so that each chain ascends.
void DpkgDatabase::Listing::index_base_names() const {
  chains_.assign(std::bit_ceil(lines_.size() + 1), no_line);
  next_in_chain_.assign(lines_.size(), no_line);
  for (auto i = static_cast<uint32_t>(lines_.size()); i-- > 0;) {
    uint32_t& head = chains_[chain_of(base_name(line(lines_[i])))];
    next_in_chain_[i] = head;
    head = i;
  }
}

std::vector<std::pair<PackageId, std::string>> DpkgDatabase::Listing::by_base_name(std::string_view name) const {
  std::call_once(chained_, [&] { index_base_names(); });
  std::vector<std::pair<PackageId, std::string>> out;
  for (uint32_t i = chains_[chain_of(name)]; i != no_line; i = next_in_chain_[i]) {
    if (base_name(line(lines_[i])) == name) out.emplace_back(lines_[i].package, line(lines_[i]));
  }
  return out;
}

}  // namespace bundle::packages
