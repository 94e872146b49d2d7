// Where this process's bundle is, and what a path of the program means in it.
//
// Invariant: nothing here allocates, takes a lock or touches errno; what is looked up is read only from the moment
// that anyone can see it, so it holds in signal handlers, in any number of threads and between vfork and exec.
#pragma once

#include <stddef.h>

#include "room.h"
#include "table.h"

namespace redirect {

/// All of it zero: nothing is redirected.
struct Place {
  bool at_home = false;        // where the table says: programs start by themselves
  bool in_process = false;     // a launcher mapped the program: /proc/self/exe is the launcher
  bool lost_run_bits = false;  // on the way here: the kernel would not start what lies in the bundle
  size_t home_length = 0;
  size_t root_length = 0;
  size_t top_length = 0;
  size_t beside_length = 0;
  size_t named_length = 0;
  size_t own_name_length = 0;
  bool has_launchers = false;
  bool has_aliases = false;       // files and folders of several names, stored once
  char home[path_room] = {};      // the folder of this library
  char root[path_room] = {};      // home/root
  char top[path_room] = {};       // the bundle's own root, some folders above home; "" for /
  char beside[path_room] = {};    // the folder of this program's launcher, with its slash; "" when it has none
  char named[path_room] = {};     // the folder of the launchers that users call, with its slash; "" when there is none
  char program[path_room] = {};   // the true path of a program of the bundle
  char launcher[path_room] = {};  // in process: what /proc/self/exe says
  char starter[path_room] = {};   // in process: what starts this program once more; a script's launcher does not
  char own_launcher[path_room] = {};  // of this program; "" when it has none
  const char* own_name = "";          // its last part
  Table table;
};

extern Place nowhere;             // never written to; not const, which would put its zeros into the file
extern const Place* known_place;  // &nowhere until it is known

inline const Place& place() { return *__atomic_load_n(&known_place, __ATOMIC_ACQUIRE); }

void initialise();
/// Calls may come before our own constructor, from those of other libraries and from threads that they start.
inline void prepare() {
  if (&place() == &nowhere) [[unlikely]]
    initialise();
}

/// Whether `path` is written as one below the bundle's own root, where launchers may be. Most paths differ in
/// their first letters.
inline bool may_be_launcher(const char* path) {
  const Place& here = place();
  if (!here.has_launchers || path == nullptr) return false;
  size_t i = 0;
  while (i < here.top_length && path[i] == here.top[i]) ++i;
  return i == here.top_length && path[i] == '/';
}

/// Whether `path` is longer than `folder` and begins with it.
inline bool is_in_folder(const char* path, const char* folder, size_t length) {
  if (length == 0) return false;
  size_t i = 0;
  while (i < length && path[i] == folder[i]) ++i;
  return i == length && path[i] != 0;
}

/// Whether `path` is written as one beside this program's launcher: where a program looks for what lies
/// beside itself when it goes by argv[0]. Or beside those that users call: a shell is told to start what lies
/// beside the program that started it.
inline bool may_be_beside(const char* path) {
  const Place& here = place();
  if (!here.has_launchers || path == nullptr) return false;
  return is_in_folder(path, here.beside, here.beside_length) || is_in_folder(path, here.named, here.named_length);
}

/// Whether `path` is written as one of the bundle's root folder, where a program that goes by its own place looks,
/// and may have another name there.
inline bool may_be_alias(const char* path) {
  const Place& here = place();
  return here.has_aliases && path != nullptr && is_in_folder(path, here.root, here.root_length);
}

/// Whether `path` is called as this program's launcher: its argv[0], say, by which a program may open itself. A bare
/// name is seen from another folder as often as from the working folder.
inline bool may_be_own_launcher(const char* path) {
  const Place& here = place();
  if (here.own_name_length == 0 || path == nullptr) return false;
  size_t length = 0;
  while (path[length] != 0) ++length;
  if (length <= here.own_name_length) return false;
  length -= here.own_name_length;
  if (path[length - 1] != '/') return false;
  size_t i = 0;
  while (i < here.own_name_length && path[length + i] == here.own_name[i]) ++i;
  return i == here.own_name_length;
}

/// Whether `path` needs a closer look. False is final.
inline bool may_be_ours(const char* path) {
  prepare();
  if (place().in_process && path != nullptr && path[0] == '/' && path[1] == 'p') [[unlikely]]
    return true;
  return place().table.may_hold(path) || may_be_beside(path) || may_be_alias(path) || may_be_own_launcher(path);
}

constexpr int at_symlink_nofollow = 0x100;  // AT_SYMLINK_NOFOLLOW

/// How a symlink at the end of the path is treated by the caller: /proc/self/exe is one. Where run bits got lost only
/// the launcher has one, so who asks what a file is like (described), not what is in it, is told of the launcher then;
/// so is who asks whether it may be executed (executed), which else is asked of what lies there itself.
enum class Last { followed, described, looked_at, executed };

/// `path` itself when it is none of ours, else its place in the bundle, composed in `buffer`. `entry`, if
/// given, gets what answered.
const char* map(const char* path, Buffer& buffer, Last last = Last::followed,
                const redirect_abi::Entry** entry = nullptr);

/// What the table says of a path.
struct Answer {
  const redirect_abi::Entry* entry = nullptr;  // none: not in the bundle
  bool is_own = false;  // the entry is that very path's. Else a folder's above it, and only a look tells what is there
  bool is_moved = false;  // it is stored under another path
};
/// What answers for the path behind place().root in `buffer`, tidy, `length` bytes and without a slash at its end. The
/// buffer then says where it is stored.
Answer find_stored(Buffer& buffer, size_t length);

/// `path` itself when it is absolute, else made so by the working folder, in `buffer`; null when that cannot be done.
const char* absolute(const char* path, Buffer& buffer);

/// The program that the launcher at the absolute, tidy `path` stands for, composed in `buffer`, which may be
/// where `path` is; null when none is there.
const char* behind_launcher(const char* path, Buffer& buffer);

/// The same for any path to an existing file, relative or in need of tidying.
const char* behind_path(const char* path, Buffer& buffer);
/// As readlink(2) gives a link: what fits, without a NUL. The length that was written.
long copy_link(const char* link, char* out, size_t size);

/// Whether the file at `path` would be run if it had the run bit that it got lost: a program, or a script.
bool lacks_run_bit(const char* path);

/// Whether `path` names this process's executable in /proc.
bool names_own_executable(const char* path);

/// What readlink(2) says of /proc/self/exe where the program was started in process; -1 for every other path.
long own_link(const char* path, char* out, size_t size);

/// call(path) with the path that is meant. The common case costs one comparison and no stack; the other one some 300
/// bytes, for it may be a signal handler's stack.
template <class Call>
[[gnu::noinline]] auto call_mapped(const char* path, Last last, const Call& call) {
  Buffer buffer;
  return call(map(path, buffer, last));
}
template <class Call>
auto redirected(const char* path, const Call& call, Last last = Last::followed) {
  if (!may_be_ours(path)) [[likely]]
    return call(path);
  return call_mapped(path, last, call);
}

}  // namespace redirect
