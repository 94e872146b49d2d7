// See place.h.
#include "place.h"

#include <asm/stat.h>
#include <elf.h>

#include "../system.h"
#include "../text.h"
#include "functions.h"
#include "symbols.h"

namespace redirect {

constinit Place nowhere;
constinit const Place* known_place = &nowhere;

namespace {

constexpr char own_executable[] = "/proc/self/exe";

bool exists(const char* path) {
  constexpr long f_ok = 0;
  return arch::syscall(__NR_faccessat, AT_FDCWD, sys::address(path), f_ok) == 0;
}

bool executable(const char* path) {
  constexpr long x_ok = 1;
  return arch::syscall(__NR_faccessat, AT_FDCWD, sys::address(path), x_ok) == 0;
}

size_t append(char* to, size_t used, const char* text) {
  while (*text != 0 && used + 1 < path_room) to[used++] = *text++;
  to[used] = 0;
  return used;
}

/// The folder of this library, tidy and absolute. False when the loader does not tell.
bool find_home(Place& made) {
  const char* file = own_path();
  if (file == nullptr || *file == 0) return false;
  Buffer buffer;
  file = absolute(file, buffer);  // ld.so --library-path with a relative one
  if (file == nullptr) return false;
  size_t length = tidy(file, made.home, path_room);
  while (length > 0 && made.home[length - 1] != '/') --length;
  while (length > 0 && made.home[length - 1] == '/') --length;
  made.home[length] = 0;
  made.home_length = length;
  made.root_length =
      append(made.root, append(made.root, append(made.root, 0, made.home), "/"), redirect_abi::root_name);
  return made.root_length + 1 < path_room;
}

void open_table(Place& made) {
  Buffer path;
  if (!path.reserve(made.home_length + 1 + sizeof redirect_abi::table_name)) return;
  append(path.text, append(path.text, append(path.text, 0, made.home), "/"), redirect_abi::table_name);
  const long descriptor = sys::open_for_reading(path.text);
  if (sys::failed(descriptor)) return;
  constexpr long seek_end = 2;
  const long size = arch::syscall(__NR_lseek, descriptor, 0, seek_end);
  if (size > 0) {
    const long at = sys::map(0, static_cast<uint64_t>(size), PROT_READ, MAP_PRIVATE | MAP_POPULATE, descriptor, 0);
    if (!sys::failed(at) && !made.table.attach(reinterpret_cast<const void*>(at), static_cast<size_t>(size))) {
      sys::unmap(static_cast<uint64_t>(at), static_cast<uint64_t>(size));
    }
  }
  sys::close(descriptor);
}

bool in_root(const Place& made, const char* path) {
  return text::begins(path, made.root) && path[made.root_length] == '/';
}

/// The bundle's own root, where its launchers are seen from.
void find_top(Place& made) {
  if (!made.table.has_launchers()) return;
  made.top_length = append(made.top, 0, made.home);
  for (uint32_t level = made.table.header()->levels; level > 0 && made.top_length > 0; --level) {
    while (made.top[--made.top_length] != '/') {
    }
  }
  made.top[made.top_length] = 0;
  made.has_launchers = true;
}

/// Writes the folder, with its slash, of the launcher at `path` seen from the bundle's own root; its length.
size_t folder_of(const Place& made, const char* path, char* out) {
  size_t length = append(out, append(out, append(out, 0, made.top), "/"), path);
  while (length > 0 && out[length - 1] != '/') --length;
  out[length] = 0;
  return length;
}

/// The table's entry for the launcher that /proc/self/exe names; null when it is not the bundle's.
const redirect_abi::Launcher* started_by(const Place& made) {
  if (!text::begins(made.launcher, made.top) || made.launcher[made.top_length] != '/') return nullptr;
  const char* const seen = made.launcher + made.top_length + 1;
  return made.table.find_launcher(seen, text::length(seen));
}

/// Beside which launcher this program takes itself to lie, and where those lie that users call: not in HOME.
void find_beside(Place& made) {
  if (!made.has_launchers || !text::begins(made.home, made.top)) return;
  for (uint32_t i = 0; i < made.table.header()->launcher_count && made.named_length == 0; ++i) {
    const char* const path = made.table.string(made.table.launcher(i).path);
    const char* const home = made.home + made.top_length + 1;
    if (!text::begins(path, home) || path[text::length(home)] != '/')
      made.named_length = folder_of(made, path, made.named);
  }
  if (!in_root(made, made.program)) return;
  const redirect_abi::Launcher* launcher = made.table.launcher_of(made.program + made.top_length + 1);
  if (launcher == nullptr) return;
  const char* const path = made.table.string(launcher->path);
  made.beside_length = folder_of(made, path, made.beside);
  append(made.own_launcher, append(made.own_launcher, append(made.own_launcher, 0, made.top), "/"), path);
  if (made.in_process && made.launcher[0] == '/') {
    // It is known which of several it is. One that is for a script would start that again in the interpreter's place,
    // and of a copy somewhere else nobody knows what it is for. One that lost its run bit is started from memory.
    const redirect_abi::Launcher* const started = started_by(made);
    const bool is_own =
        started != nullptr && text::equal(made.table.string(started->program), made.program + made.top_length + 1);
    if (started != nullptr ? !is_own : exists(made.own_launcher)) append(made.starter, 0, made.own_launcher);
    if (started == nullptr || is_own) append(made.own_launcher, 0, made.launcher);
  }
  made.own_name = text::base_name(made.own_launcher);
  made.own_name_length = text::length(made.own_name);
}

/// Whether `path` leads to this program's launcher, by whatever links.
[[gnu::noinline]] bool leads_to_own_launcher(const char* path) {
  struct stat asked, own;
  constexpr long follow = 0;
  const auto look = [](const char* at, struct stat& out) {
    return !sys::failed(arch::syscall(__NR_newfstatat, AT_FDCWD, sys::address(at), sys::address(&out), follow));
  };
  return look(path, asked) && look(place().own_launcher, own) && asked.st_ino == own.st_ino &&
         asked.st_dev == own.st_dev;
}

/// `name` beside `program`, a path in the bundle's root folder, as it is called on the source machine; its length.
size_t beside(const char* program, const char* name, char* out, size_t room) {
  size_t folder = text::length(program);
  while (folder > 0 && program[folder - 1] != '/') --folder;
  if (folder + text::length(name) >= room) return 0;
  for (size_t i = 0; i < folder; ++i) out[i] = program[i];
  out[folder] = 0;
  return append(out, folder, name);
}

/// `path`, which may_be_beside(), as it is called beside the program on the source machine, in `out`; its
/// length, or 0 when it is there as it stands or is deeper than that folder. Of several programs that users call, this
/// one's folder comes first, and of the others the first that has such a file.
size_t beside_program(const char* path, char* out, size_t room) {
  const bool is_own = is_in_folder(path, place().beside, place().beside_length);
  const bool is_named = is_in_folder(path, place().named, place().named_length);
  const char* const name = path + (is_own ? place().beside_length : place().named_length);
  for (const char* at = name; *at != 0; ++at) {
    if (*at == '/') return 0;
  }
  if (text::equal(name, ".") || text::equal(name, "..") || exists(path)) return 0;
  const size_t own = is_own ? beside(place().program + place().root_length, name, out, room) : 0;
  if (!is_named || (own != 0 && place().table.find(out, own) != nullptr)) return own;
  for (uint32_t i = 0; i < place().table.header()->launcher_count; ++i) {
    const redirect_abi::Launcher& launcher = place().table.launcher(i);
    const char* const seen = place().named + place().top_length + 1;  // "bin/"
    const size_t folder = text::length(seen);
    const char* const program = place().table.string(launcher.program);
    const char* const root = place().root + place().top_length + 1;  // "lib/rig/root"
    const char* const launched = place().table.string(launcher.path);
    if (!text::begins(launched, seen) || !text::begins(program, root)) continue;
    bool is_deeper = false;
    for (const char* at = launched + folder; *at != 0; ++at) is_deeper = is_deeper || *at == '/';
    const size_t length = is_deeper ? 0 : beside(program + text::length(root), name, out, room);
    if (length != 0 && place().table.find(out, length) != nullptr) return length;
  }
  return is_own ? beside(place().program + place().root_length, name, out, room) : 0;
}

/// A launcher that starts a program in its own process sets AT_EXECFN to the program's true path; the kernel
/// would have set it to what was executed, which /proc/self/exe confirms.
void find_program(Place& made) {
  auto* getauxval = reinterpret_cast<unsigned long (*)(unsigned long)>(find_symbol("getauxval"));
  if (getauxval == nullptr) return;
  const auto* executed = reinterpret_cast<const char*>(getauxval(AT_EXECFN));
  if (executed == nullptr || *executed != '/') return;
  if (tidy(executed, made.program, path_room) == 0 || !in_root(made, made.program)) return;
  const long size = sys::read_link("/proc/self/exe", made.launcher, path_room - 1);
  made.launcher[sys::failed(size) ? 0 : size] = 0;
  made.in_process = !text::equal(made.launcher, made.program);
  if (!made.in_process) return;
  // A copy in memory has no path but this one.
  append(made.starter, 0, exists(made.launcher) ? made.launcher : own_executable);
  made.lost_run_bits = !executable(made.program);
}

/// Puts `path` for the first `length` bytes behind root in `buffer`. False when there is no room, and nothing is
/// changed.
bool replace_front(Buffer& buffer, size_t length, const char* path) {
  const size_t root = place().root_length, fresh = text::length(path);
  const size_t rest = text::length(buffer.text + root + length) + 1;
  if (!buffer.reserve(root + fresh + rest)) return false;
  char* const inside = buffer.text + root;
  memmove(inside + fresh, inside + length, rest);
  memcpy(inside, path, fresh);
  return true;
}

/// `path`, which may_be_alias(), or where it is stored.
const char* stored_name(const char* path, Buffer& buffer, const redirect_abi::Entry** found) {
  const size_t root = place().root_length;
  if (!buffer.reserve(root + text::length(path + root) + 2)) return path;
  append(buffer.text, 0, place().root);
  size_t length = tidy(path + root, buffer.text + root, buffer.room - root);
  while (length > 0 && buffer.text[root + length - 1] == '/') buffer.text[root + --length] = 0;
  const Answer answer = length == 0 ? Answer{} : find_stored(buffer, length);
  if (!answer.is_moved || (!answer.is_own && !exists(buffer.text))) return path;
  if (found != nullptr) *found = answer.entry;
  return buffer.text;
}

/// Writes `path` as it lies below root into `buffer`; its length without root and slashes at its end, 0 when that
/// cannot be.
size_t put_inside(const char* path, bool is_beside, Buffer& buffer) {
  const size_t root = place().root_length;
  if (!buffer.reserve(is_beside ? path_room : root + text::length(path) + 2)) return 0;
  for (size_t i = 0; i < root; ++i) buffer.text[i] = place().root[i];
  char* const inside = buffer.text + root;
  const size_t room = buffer.room - root;
  size_t length = is_beside ? beside_program(path, inside, room) : tidy(path, inside, room);
  while (length > 0 && inside[length - 1] == '/') --length;
  return length;
}

/// Who looks for /usr/share/x may look for /usr first, which an empty root has not. `buffer` holds the path behind
/// root, of `length` bytes; what is above a folder that is stored elsewhere is as far above there.
const char* folder_above(const char* path, Buffer& buffer, size_t length) {
  const redirect_abi::Entry* const below = place().table.first_below(buffer.text + place().root_length, length);
  if (below == nullptr || exists(path)) return path;
  const char* const stored = place().table.stored(*below);
  if (stored == nullptr || exists(buffer.text)) return buffer.text;
  const size_t root = place().root_length;
  if (!buffer.reserve(root + text::length(stored) + 1)) return path;
  size_t used = append(buffer.text, root, stored);
  for (const char* at = place().table.string(below->path) + length; *at != 0; ++at) {
    if (*at != '/') continue;
    while (used > root && buffer.text[--used] != '/') {
    }
  }
  buffer.text[used] = 0;
  return buffer.text;
}

[[gnu::constructor]] void construct() { prepare(); }

}  // namespace

/// Each thread that comes before it is known fills in one of its own, and the first that is done has its one made
/// known. None waits: it might for one that waits for the loader, whose lock it may hold itself.
void initialise() {
  find_functions();
  const long at = sys::map(0, sizeof(Place), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (sys::failed(at)) return;
  Place& made = *reinterpret_cast<Place*>(at);
  if (find_home(made)) {
    open_table(made);
    find_program(made);
    made.at_home = made.table.header() != nullptr && text::equal(made.home, made.table.home());
    made.has_aliases = made.table.has_aliases();
    find_top(made);
    find_beside(made);
  }
  const Place* expected = &nowhere;
  if (__atomic_compare_exchange_n(&known_place, &expected, &made, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED)) return;
  if (made.table.header() != nullptr)
    sys::unmap(reinterpret_cast<uint64_t>(made.table.header()), made.table.header()->size);
  sys::unmap(static_cast<uint64_t>(at), sizeof(Place));
}

bool lacks_run_bit(const char* path) {
  constexpr long x_ok = 1;
  if (arch::syscall(__NR_faccessat, AT_FDCWD, sys::address(path), x_ok) != -EACCES) return false;
  char magic[5] = {};
  const long file = sys::open_for_reading(path);
  if (sys::failed(file)) return false;
  const long size = sys::read_at(file, magic, 4, 0);
  sys::close(file);
  return !sys::failed(size) && (text::equal(magic, ELFMAG) || text::begins(magic, "#!"));
}

bool names_own_executable(const char* path) {
  if (!place().in_process || !text::begins(path, "/proc/")) return false;
  path += 6;
  if (text::equal(path, "self/exe") || text::equal(path, "thread-self/exe")) return true;
  long number = 0;
  const char* digit = path;
  for (; *digit >= '0' && *digit <= '9' && number < (1L << 30); ++digit) number = number * 10 + (*digit - '0');
  return digit != path && text::equal(digit, "/exe") && number == arch::syscall(__NR_getpid);
}

const char* map(const char* path, Buffer& buffer, Last last, const redirect_abi::Entry** found) {
  if (last == Last::followed || last == Last::described) {
    if (names_own_executable(path)) return place().program;
    if (may_be_own_launcher(path) && (last == Last::followed || executable(place().program)) &&
        leads_to_own_launcher(path))
      return place().program;
  }
  if (may_be_alias(path) && stored_name(path, buffer, found) == buffer.text) return buffer.text;
  const bool is_beside = may_be_beside(path);
  if (!is_beside && !place().table.may_hold(path)) return path;
  size_t length = put_inside(path, is_beside, buffer);
  if (length == 0) return path;
  Answer answer = find_stored(buffer, length);
  if (answer.entry != nullptr && place().table.prefers_target() && exists(path)) answer.entry = nullptr;
  // An entry of its own is there: the bundle was made so. Below a folder only a look tells.
  if (answer.entry != nullptr && !answer.is_own && !exists(buffer.text)) answer.entry = nullptr;
  if (answer.entry == nullptr) {
    if (answer.is_moved) length = put_inside(path, is_beside, buffer);
    return folder_above(path, buffer, length);
  }
  if (found != nullptr) *found = answer.entry;
  const bool asks_for_run_bit = last == Last::described || last == Last::executed;
  if (asks_for_run_bit && place().lost_run_bits && lacks_run_bit(buffer.text) && buffer.reserve(sizeof own_executable))
    append(buffer.text, 0, own_executable);
  return buffer.text;
}

/// One step and no more, from a folder to where it is stored, so that no table leads in a circle. What is stored there
/// may be known better by its own path: a program, or a file that lies elsewhere once more.
Answer find_stored(Buffer& buffer, size_t length) {
  const Table& table = place().table;
  const size_t root = place().root_length;
  Answer answer;
  answer.entry = table.find(buffer.text + root, length);
  if (answer.entry == nullptr) return answer;
  answer.is_own = length == answer.entry->length;
  const char* const stored = table.stored(*answer.entry);
  if (stored == nullptr) return answer;
  if (!replace_front(buffer, answer.entry->length, stored)) return Answer{};
  answer.is_moved = true;
  if (answer.entry->kind != redirect_abi::kind_folder) return answer;
  length = length - answer.entry->length + text::length(stored);
  const redirect_abi::Entry* const there = table.find(buffer.text + root, length);
  if (there == nullptr) return answer;
  const char* const further = table.stored(*there);
  if (there->kind == redirect_abi::kind_folder && further != nullptr) return answer;
  if (further != nullptr && !replace_front(buffer, length, further)) return Answer{nullptr, false, true};
  answer.entry = there;
  answer.is_own = length == there->length;
  return answer;
}

const char* absolute(const char* path, Buffer& buffer) {
  if (*path == '/') return path;
  long size = sys::working_folder(buffer.text, buffer.room);  // with its NUL
  if (size == -ERANGE && buffer.reserve(path_room)) size = sys::working_folder(buffer.text, buffer.room);
  if (sys::failed(size) || buffer.text[0] != '/') return nullptr;
  const size_t used = static_cast<size_t>(size) - 1;
  if (!buffer.reserve(used + 1 + text::length(path) + 1)) return nullptr;
  append(buffer.text, append(buffer.text, used, "/"), path);
  return buffer.text;
}

const char* behind_launcher(const char* path, Buffer& buffer) {
  if (!may_be_launcher(path)) return nullptr;
  const char* const seen = path + place().top_length + 1;
  const redirect_abi::Launcher* launcher = place().table.find_launcher(seen, text::length(seen));
  if (launcher == nullptr) return nullptr;
  const char* const program = place().table.string(launcher->program);
  if (!buffer.reserve(place().top_length + 1 + text::length(program) + 1)) return nullptr;
  append(buffer.text, append(buffer.text, append(buffer.text, 0, place().top), "/"), program);
  return buffer.text;
}

const char* behind_path(const char* path, Buffer& buffer) {
  Buffer whole;
  path = absolute(path, whole);
  if (path == nullptr) return nullptr;
  if (map(path, buffer, Last::looked_at) == buffer.text) return behind_launcher(buffer.text, buffer);
  if (!buffer.reserve(text::length(path) + 2)) return nullptr;
  return tidy(path, buffer.text, buffer.room) == 0 ? nullptr : behind_launcher(buffer.text, buffer);
}

long copy_link(const char* link, char* out, size_t size) {
  size_t used = 0;
  for (; link[used] != 0 && used < size; ++used) out[used] = link[used];
  return static_cast<long>(used);
}

long own_link(const char* path, char* out, size_t size) {
  if (!may_be_ours(path) || !names_own_executable(path)) return -1;
  return copy_link(place().program, out, size);
}

}  // namespace redirect
