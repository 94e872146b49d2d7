// See second_names.h. What a name leads to is itself stored: no name leads to one that leads elsewhere.
#include "plan/second_names.h"

#include <algorithm>

#include "base/file.h"

namespace bundle::plan {

namespace {

constexpr uint64_t large = 1'000'000;

/// What libc opens by itself is not asked of the redirect library.
bool can_be_elsewhere(const Found& file) {
  return file.kind == Kind::data && !file.is_beside && !file.destination.starts_with("/usr/lib/locale/");
}

}  // namespace

SecondNames::SecondNames(const std::vector<Found>& files, const std::vector<FolderName>& folders) : folders_(folders) {
  for (const Found& file : files) {
    if (can_be_elsewhere(file)) sources_.emplace(file.destination, file.source);
  }
  for (const Found& file : files) {
    if (can_be_elsewhere(file) && by_folder(file) == nullptr) first_.emplace(file.source, file.destination);
  }
}

bool SecondNames::is_in_named_folder(const std::string& path) const {
  return std::any_of(folders_.begin(), folders_.end(), [&](const FolderName& folder) {
    return path != folder.path && is_at_or_below(path, folder.path);
  });
}

/// The destination of the same file under the name that its folder is stored under.
const std::string* SecondNames::by_folder(const Found& file) const {
  const std::string& path = file.destination;
  for (const FolderName& folder : folders_) {
    if (path == folder.path || !is_at_or_below(path, folder.path)) continue;
    const auto stored = sources_.find(folder.stored + path.substr(folder.path.size()));
    if (stored == sources_.end() || stored->second != file.source) continue;
    if (!is_in_named_folder(stored->first)) return &stored->first;  // else that may lie elsewhere in turn
  }
  return nullptr;
}

const std::string* SecondNames::stored_as(const Found& file) const {
  if (!can_be_elsewhere(file)) return nullptr;
  const std::string* const stored = by_folder(file);
  if (file.size < large) return stored;
  const std::string& first = first_.at(file.source);
  return first == file.destination ? nullptr : &first;
}

}  // namespace bundle::plan
