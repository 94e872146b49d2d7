// See root.h.
#include "root.h"

#include <elf.h>

#include "system.h"
#include "text.h"

namespace {

constexpr size_t path_room = 8192;  // more than PATH_MAX, so that the kernel is the one to say "File name too long"
char work[path_room];

/// Drops the last component and the slashes around it: "/a/bin//x" -> "/a/bin". False when there is none.
bool drop_last(char (&path)[path_room]) {
  size_t size = text::length(path);
  while (size > 0 && path[size - 1] == '/') --size;
  if (size == 0) return false;
  while (size > 0 && path[size - 1] != '/') --size;
  while (size > 0 && path[size - 1] == '/') --size;
  path[size] = 0;
  return true;
}

bool set(char (&path)[path_room], const char* folder, const char* name) {
  text::Writer out(path, path_room - 1);
  if (*name != '/') {
    out.put(folder);
    out.put('/');
  }
  out.put(name);
  if (!out.complete()) return false;
  path[out.used] = 0;
  return true;
}

/// Follows `path` while it is a symlink itself; those on the way to it lead to the same place without our
/// help.
bool resolve_last(char (&path)[path_room]) {
  static char target[path_room];
  static char folder[path_room];
  for (int links = 0; links < 40; ++links) {  // the kernel's own limit
    const long size = sys::read_link(path, target, path_room - 1);
    if (sys::failed(size)) return true;  // no symlink
    target[size] = 0;
    memcpy(folder, path, path_room);
    if (!drop_last(folder) || !set(path, folder, target)) return false;
  }
  return false;
}

/// The parent of a folder: unlike drop_last it steps out of where a symlink leads to, and keeps "." and ".."
/// at the end, with one ".." more.
bool drop_folder(char (&path)[path_room]) {
  if (!resolve_last(path)) return false;
  const char* last = text::base_name(path);
  if (text::equal(last, ".") || text::equal(last, "..")) {
    const size_t size = text::length(path);
    if (size + 4 > path_room) return false;
    memcpy(path + size, "/..", 4);
    return true;
  }
  return drop_last(path);
}

}  // namespace

namespace {

/// `name`, made absolute, in `work`.
bool make_absolute(const char* name) {
  static char here[path_room];
  if (*name != '/') {
    // getcwd(2) gives "(unreachable)…" for a folder outside the process's root.
    if (sys::failed(sys::working_folder(here, path_room)) || here[0] != '/') return false;
    if (here[1] == 0) here[0] = 0;
  }
  return set(work, here, name);
}

const char* kept_work(bool good) { return good ? text::keep(work, text::length(work)) : nullptr; }

}  // namespace

const char* absolute_folder(const char* folder) {
  if (!make_absolute(folder)) return nullptr;
  size_t size = text::length(work);
  while (size > 0 && work[size - 1] == '/') work[--size] = 0;
  return kept_work(true);
}

const char* own_root(Process& process, unsigned depth, bool& by_proc) {
  // A " (deleted)" at its end is part of the name that is dropped.
  const long size = sys::read_link("/proc/self/exe", work, path_room - 1);
  by_proc = !sys::failed(size) && work[0] == '/';
  if (by_proc) {
    work[size] = 0;
    bool good = drop_last(work);
    for (unsigned i = 0; i < depth; ++i) good = good && drop_last(work);
    return kept_work(good);
  }
  const uint64_t* file_name = process.auxiliary(AT_EXECFN);
  const char* name = file_name != nullptr ? reinterpret_cast<const char*>(*file_name) : nullptr;
  if (name == nullptr || *name == 0) name = process.argc > 0 ? process.argv[0] : nullptr;
  if (name == nullptr || *name == 0) return nullptr;
  bool good = make_absolute(name) && resolve_last(work) && drop_last(work);
  for (unsigned i = 0; i < depth; ++i) good = good && drop_folder(work);
  return kept_work(good);
}
