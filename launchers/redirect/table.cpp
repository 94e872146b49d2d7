// See table.h.
#include "table.h"

namespace redirect {

using namespace redirect_abi;

namespace {

bool is_string(const char* data, size_t size, uint32_t offset) {
  for (size_t i = offset; i < size; ++i) {
    if (data[i] == 0) return true;
  }
  return false;
}

bool same_magic(const char* data) {
  for (size_t i = 0; i < sizeof magic; ++i) {
    if (data[i] != magic[i]) return false;
  }
  return true;
}

/// Whether `path` has an empty part, "." or "..".
bool is_untidy(const char* path) {
  for (; *path != 0; ++path) {
    if (path[0] == '/' && (path[1] == '/' || path[1] == '.')) return true;
  }
  return false;
}

}  // namespace

bool Table::attach(const void* data, size_t size) {
  const auto* bytes = static_cast<const char*>(data);
  const auto* header = static_cast<const Header*>(data);
  if (size < sizeof(Header) || !same_magic(bytes) || header->abi_version != version || header->size != size)
    return false;
  if (header->entry_count > (size - sizeof(Header)) / sizeof(Entry)) return false;
  if (bytes[size - 1] != 0) return false;  // with that, every offset below size is a string
  if (header->common >= size || header->common_length > size - header->common - 1) return false;
  if (header->common_length > 0 && bytes[header->common] != '/') return false;
  for (uint32_t i = 0; i < header->common_length; ++i) {
    if (bytes[header->common + i] == 0) return false;  // may_hold() would walk past a path's end with it
  }
  if (header->home >= size || header->environment >= size) return false;
  const auto* entries = reinterpret_cast<const Entry*>(bytes + sizeof(Header));
  for (uint32_t i = 0; i < header->entry_count; ++i) {
    const Entry& entry = entries[i];
    if (entry.path >= size || entry.length > size - entry.path - 1 || entry.start >= size) return false;
    if (entry.parent != no_entry && entry.parent >= i) return false;  // ahead of it, so a walk up ends
  }
  uint32_t at = header->environment;
  for (uint32_t i = 0; i < header->environment_count; ++i) {
    if (at >= size || !is_string(bytes, size, at)) return false;
    while (bytes[at++] != 0) {
    }
  }
  if (header->launchers % alignof(Launcher) != 0 || header->launchers > size ||
      header->launcher_count > (size - header->launchers) / sizeof(Launcher)) {
    return false;
  }
  const auto* launchers = reinterpret_cast<const Launcher*>(bytes + header->launchers);
  for (uint32_t i = 0; i < header->launcher_count; ++i) {
    const Launcher& launcher = launchers[i];
    if (launcher.path >= size || launcher.length > size - launcher.path - 1 || launcher.program >= size) return false;
  }
  header_ = header;
  launchers_ = launchers;
  entries_ = entries;
  common_ = bytes + header->common;
  common_length_ = header->common_length;
  return true;
}

bool Table::may_hold(const char* path) const {
  if (path == nullptr || *path != '/' || common_length_ == 0) return false;
  size_t i = 0;
  while (i < common_length_ && path[i] == common_[i]) ++i;
  if (i == common_length_ || (path[i] == 0 && common_[i] == '/')) return true;
  // From here on only a detour can lead to an entry: "/usr//share", "/etc/../usr". `i` is at least 1.
  return is_untidy(path + i - 1);
}

bool Table::has_aliases() const {
  const uint32_t count = header_ == nullptr ? 0 : header_->entry_count;
  for (uint32_t i = 0; i < count; ++i) {
    if (stored(entries_[i]) != nullptr) return true;
  }
  return false;
}

/// The first entry that is greater than `path`, by compare().
uint32_t Table::first_behind(const char* path, size_t length) const {
  uint32_t low = 0, high = header_ == nullptr ? 0 : header_->entry_count;
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    const Entry& entry = entries_[middle];
    if (compare(string(entry.path), entry.length, path, length) > 0) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

const Entry* Table::first_below(const char* path, size_t length) const {
  // What is below a folder follows it directly.
  const uint32_t at = first_behind(path, length);
  if (header_ == nullptr || at == header_->entry_count) return nullptr;
  const Entry& entry = entries_[at];
  const bool is_below = entry.length > length && string(entry.path)[length] == '/' &&
                        compare(string(entry.path), length, path, length) == 0;
  return is_below ? &entry : nullptr;
}

const Entry* Table::find(const char* path, size_t length) const {
  const uint32_t low = first_behind(path, length);
  if (low == 0) return nullptr;
  const Entry* entry = &entries_[low - 1];
  if (compare(string(entry->path), entry->length, path, length) == 0) return entry;
  for (;;) {
    if (entry->kind == kind_folder && entry->length < length && path[entry->length] == '/' &&
        compare(string(entry->path), entry->length, path, entry->length) == 0) {
      return entry;
    }
    if (entry->parent == no_entry) return nullptr;
    entry = &entries_[entry->parent];
  }
}

const Launcher* Table::find_launcher(const char* path, size_t length) const {
  uint32_t low = 0, high = header_ == nullptr ? 0 : header_->launcher_count;
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    const Launcher& launcher = launchers_[middle];
    const int order = compare(string(launcher.path), launcher.length, path, length);
    if (order == 0) return &launcher;
    if (order > 0) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return nullptr;
}

const Launcher* Table::launcher_of(const char* program) const {
  const uint32_t count = header_ == nullptr ? 0 : header_->launcher_count;
  for (uint32_t i = 0; i < count; ++i) {
    const char* at = string(launchers_[i].program);
    size_t same = 0;
    while (at[same] != 0 && at[same] == program[same]) ++same;
    if (at[same] == program[same]) return &launchers_[i];
  }
  return nullptr;
}

size_t tidy(const char* path, char* out, size_t room) {
  size_t used = 0;
  while (*path != 0) {
    while (*path == '/') ++path;
    size_t length = 0;
    while (path[length] != 0 && path[length] != '/') ++length;
    if (length == 0 || (length == 1 && path[0] == '.')) {
      if (path[length] == 0 && (used == 0 || out[used - 1] != '/')) {  // "/a/" and "/a/." name a folder
        if (used + 1 >= room) return 0;
        out[used++] = '/';
      }
    } else if (length == 2 && path[0] == '.' && path[1] == '.') {
      while (used > 0 && out[--used] != '/') {
      }
      if (path[length] == 0 && used == 0) {
        if (room < 2) return 0;
        out[used++] = '/';
      }
    } else {
      if (used + 1 + length >= room) return 0;
      out[used++] = '/';
      for (size_t i = 0; i < length; ++i) out[used++] = path[i];
    }
    path += length;
  }
  if (used == 0 || used >= room) return 0;
  out[used] = 0;
  return used;
}

}  // namespace redirect
