// Reading the lists side by side, and their two indexes. See file_lists.h.
#include "packages/file_lists.h"

#include <algorithm>
#include <bit>
#include <functional>

#include "base/interrupt.h"
#include "base/parallel.h"

namespace bundle::packages {

namespace {

uint32_t hash_of(std::string_view text) { return static_cast<uint32_t>(std::hash<std::string_view>{}(text)); }

}  // namespace

std::vector<std::string> merged_folders(machine::Root& root) {
  std::vector<std::string> out;
  for (const char* name : {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/libo32"}) {
    const std::optional<std::string> target = root.link_text(name);
    if (target && normal_path("/" + *target) == std::string("/usr") + name) out.push_back(name);
  }
  return out;
}

FileLists::FileLists(size_t count, const std::function<std::string(size_t)>& text_of, std::vector<std::string> merged)
    : merged_(std::move(merged)) {
  texts_.resize(count);
  std::vector<std::vector<Line>> lines(count);
  parallel_for(count, default_jobs(), [&](size_t i) {
    texts_[i] = text_of(i);
    lines[i] = lines_of(static_cast<PackageId>(i));
  });
  size_t all = 0;
  for (const std::vector<Line>& some : lines) all += some.size();
  lines_.reserve(all);
  for (const std::vector<Line>& some : lines) {
    first_line_.push_back(lines_.size());
    lines_.insert(lines_.end(), some.begin(), some.end());
  }
  first_line_.push_back(lines_.size());
  index();
}

std::vector<FileLists::Line> FileLists::lines_of(PackageId id) const {
  const std::string_view text = texts_[id];
  std::vector<Line> out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view path = text.substr(at, end - at);
    if (is_listed_path(path))
      out.push_back({at, static_cast<uint32_t>(path.size()), id, hash_of(canonical_view(path, merged_)), no_line});
    at = end + 1;
  }
  return out;
}

/// Where the first line of a path is, or would be.
size_t FileLists::slot_of(std::string_view canonical_path, uint32_t hash) const {
  size_t slot = hash & (slots_.size() - 1);
  for (; slots_[slot] != no_line; slot = (slot + 1) & (slots_.size() - 1)) {
    const Line& there = lines_[slots_[slot]];
    if (there.hash == hash && canonical_view(line(there), merged_) == canonical_path) break;
  }
  return slot;
}

void FileLists::index() {
  check_interrupted();
  slots_.assign(std::bit_ceil(lines_.size() * 2 + 1), no_line);
  for (uint32_t i = 0; i < lines_.size(); ++i) {
    uint32_t& head = slots_[slot_of(canonical_view(line(lines_[i]), merged_), lines_[i].hash)];
    lines_[i].next = head;
    head = i;
  }
}

std::vector<PackageId> FileLists::owners(std::string_view canonical_path) const {
  std::vector<PackageId> ids;
  for (uint32_t i = slots_[slot_of(canonical_path, hash_of(canonical_path))]; i != no_line; i = lines_[i].next) {
    ids.push_back(lines_[i].package);
  }
  return ids;
}

std::vector<std::string> FileLists::files(PackageId id) const {
  std::vector<std::string> out;
  for (uint64_t i = first_line_.at(id); i < first_line_.at(id + 1); ++i) {
    out.emplace_back(line(lines_[i]));
  }
  return out;
}

size_t FileLists::chain_of(std::string_view base_name) const {
  return std::hash<std::string_view>{}(base_name) & (chains_.size() - 1);
}

/// Backwards, so that each chain ascends.
void FileLists::index_base_names() const {
  chains_.assign(std::bit_ceil(lines_.size() + 1), no_line);
  next_in_chain_.assign(lines_.size(), no_line);
  for (auto i = static_cast<uint32_t>(lines_.size()); i-- > 0;) {
    uint32_t& head = chains_[chain_of(base_name(line(lines_[i])))];
    next_in_chain_[i] = head;
    head = i;
  }
}

std::vector<std::pair<PackageId, std::string>> FileLists::by_base_name(std::string_view name) const {
  std::call_once(chained_, [&] { index_base_names(); });
  std::vector<std::pair<PackageId, std::string>> out;
  for (uint32_t i = chains_[chain_of(name)]; i != no_line; i = next_in_chain_[i]) {
    if (base_name(line(lines_[i])) == name) out.emplace_back(lines_[i].package, line(lines_[i]));
  }
  return out;
}

}  // namespace bundle::packages
