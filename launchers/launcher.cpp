// Starts the program of a bundle as if it had been installed where the bundle lies.
//
// Freestanding: no libc, no relocations, a stack of its own. It is linked as a static PIE, which the kernel
// maps where it maps shared objects, so it is never in the way of a program that is linked for fixed
// addresses.
//
// At the prefix that the bundle was made for it execs the program, which the kernel starts through its
// rewritten interpreter. Anywhere else, and where exec is refused, it maps program and loader into its own
// process as the kernel would and jumps to the loader. Neither way adds a variable, an argument or a
// descriptor of the launcher's own. One that is made for a script starts its interpreter, with the arguments that
// the kernel would give it.
#include <elf.h>
#include <linux/prctl.h>

#include "abi.h"
#include "load.h"
#include "process.h"
#include "root.h"
#include "system.h"
#include "text.h"

#pragma GCC visibility push(hidden)
extern "C" {

// In .data: the file's own bytes.
alignas(16) __attribute__((used, section(".data.config"))) launcher_abi::Config launcher_config = {
    "bundle-launcher", launcher_abi::version, sizeof(launcher_abi::Config), 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, {}};

// _start points the stack pointer at launcher_stack[launcher_stack_size].
alignas(16) __attribute__((used)) char launcher_stack[16384];

[[noreturn]] void leave_launcher(uint64_t entry, uint64_t* stack, uint64_t from, uint64_t size);
void resume_program();
uint64_t put_back(uint64_t* stack);

// Made by the linker.
extern const char __ehdr_start[];
extern const char _end[];
}
#pragma GCC visibility pop

/// Part of what stays behind, so it calls nothing: gives the caller's environment back (PutBack) and tells
/// where the program begins.
__attribute__((section("leave"), used)) uint64_t put_back(uint64_t* stack) {
  uint64_t* at = stack + 1 + *stack + 1;
  while (*at++ != 0) {
  }
  while (*at != AT_NULL) at += 2;
  const auto* const record = reinterpret_cast<const PutBack*>(at + 2);
  *record->slot = record->value;
  *record->entry_slot = record->entry;
  return record->entry;
}

namespace {

/// The configuration as it lies in the file, out of sight of the optimiser, which knows only the empty one.
const launcher_abi::Config& configuration() {
  const launcher_abi::Config* config = &launcher_config;
  asm("" : "+r"(config));
  return *config;
}

uint64_t address_of(const void* pointer) { return reinterpret_cast<uint64_t>(pointer); }

bool contains(const char* string, char byte) {
  while (*string != 0 && *string != byte) ++string;
  return *string != 0;
}

/// Whether glibc could take a part of it for $ORIGIN, $LIB or $PLATFORM, bare or in braces.
bool may_hold_token(const char* string) {
  for (; *string != 0; ++string) {
    const char next = string[1];
    if (*string == '$' && (next == 'O' || next == 'L' || next == 'P' || next == '{')) return true;
  }
  return false;
}

/// One place where the bundle may lie.
struct Place {
  const char* root = nullptr;  // nullptr: not known
  bool own = false;            // $ORIGIN leads to it: found by /proc/self/exe, as the loaders find theirs
};

struct Launcher {
  const launcher_abi::Config& config = configuration();
  Process process;
  bool has_proc = false;
  const char* first_variable = nullptr;  // of the caller's
  const char* last_variable = nullptr;
  const char* text_at(uint16_t offset) const { return config.text + offset; }
  const char* program() const { return text_at(config.program); }
  const char* loader() const { return text_at(config.loader); }
  bool has(uint32_t flag) const { return (config.flags & flag) != 0; }
};

const char* join(const char* folder, const char* name) {
  const char* const path = text::join(folder, name);
  if (path == nullptr) fail(folder, "cannot be opened", -ENAMETOOLONG);
  return path;
}

/// What the program is told it is called; empty: what the caller says. Who starts it once more by the launcher, under
/// another name of its own (busybox's shell does), means that name.
const char* name_to_tell(const Launcher& launcher) {
  const char* const instead_of = launcher.text_at(launcher.config.instead_of);
  const char* const said = launcher.process.argc > 0 ? launcher.process.argv[0] : "";
  const bool is_meant = *instead_of == 0 || text::equal(text::base_name(said), instead_of);
  return launcher.text_at(is_meant ? launcher.config.argv0 : 0);
}

Additions additions_for(const Launcher& launcher, const char* root) {
  Additions additions;
  additions.root = root;
  additions.defaults = launcher.text_at(launcher.config.environment);
  additions.defaults_count = launcher.config.environment_count;
  additions.argv0 = name_to_tell(launcher);
  additions.arguments = launcher.text_at(launcher.config.arguments);
  additions.arguments_count = launcher.config.arguments_count;
  return additions;
}

/// execs the program if the kernel would start it from this place as it should be. Returns when it would not.
void try_exec(Launcher& launcher, const Place& place) {
  if (launcher.has(launcher_abi::flag_never_exec)) return;
  const bool is_static = *launcher.loader() == 0;
  if (!is_static) {
    if (!text::equal(place.root, launcher.text_at(launcher.config.prefix))) return;
    // The run path begins with $ORIGIN, which the loaders take from /proc/self/exe.
    if (!launcher.has_proc) return;
    const bool beats_run_path = launcher.has(launcher_abi::flag_musl);
    if (beats_run_path && launcher.process.variable("LD_LIBRARY_PATH") != nullptr) return;
  }
  // Where it fails, the next place is tried, with defaults that name that one.
  execute(launcher.process, additions_for(launcher, place.root), join(place.root, launcher.program()));
}

/// Tells the kernel what the process now consists of, so that /proc/PID/auxv, /proc/PID/stat and core files
/// (and with them gdb) speak of the program and not of the launcher. prctl(2), PR_SET_MM_MAP needs no
/// privilege but is not in every kernel; nothing depends on it.
void tell_kernel(Process& process, const Loaded& program, const Launcher& launcher) {
  if (process.argc == 0 || process.argv[0] == nullptr) return;
  prctl_mm_map map = {};
  const char* const last_argument = process.argv[process.argc - 1];
  map.arg_start = address_of(process.argv[0]);
  map.arg_end = address_of(last_argument) + text::length(last_argument) + 1;
  map.env_start = map.env_end = map.arg_end;
  if (launcher.first_variable != nullptr) {
    map.env_start = address_of(launcher.first_variable);
    map.env_end = address_of(launcher.last_variable) + text::length(launcher.last_variable) + 1;
  }
  map.start_code = program.code_start;
  map.end_code = program.code_end;
  map.start_data = program.data_start;
  map.end_data = program.data_end;
  map.start_brk = map.brk = static_cast<uint64_t>(arch::syscall(__NR_brk, 0));
  map.start_stack = address_of(process.stack);
  map.auxv = reinterpret_cast<__u64*>(process.auxv);
  map.auxv_size = static_cast<uint32_t>(8 * (process.words - static_cast<uint64_t>(process.auxv - process.stack)));
  map.exe_fd = UINT32_MAX;
  arch::syscall(__NR_prctl, PR_SET_MM, PR_SET_MM_MAP, sys::address(&map), sizeof map, 0);
}

void set_auxiliary(Process& process, uint64_t type, uint64_t value) {
  uint64_t* const slot = process.auxiliary(type);
  if (slot != nullptr) *slot = value;
}

/// The folders of the run path as the loader can read them (ld.so(8); musl ldso/dynlink.c, path_open and
/// fixup_rpath).
bool can_write_run_path(const Launcher& launcher, const Place& place, Additions& additions) {
  const bool is_musl = launcher.has(launcher_abi::flag_musl);
  const bool splits = contains(place.root, ':') || (is_musl && contains(place.root, '\n'));
  const bool has_token = is_musl ? contains(place.root, '$') : may_hold_token(place.root);
  additions.origin = (splits || has_token) && place.own;
  // glibc splits at ':' first and expands $ORIGIN then, musl the other way round; its LD_LIBRARY_PATH has no
  // $ORIGIN, and any other '$' voids its run path.
  if (splits) return !is_musl && place.own;
  return !has_token || place.own;
}

[[noreturn]] void start_in_process(Launcher& launcher, const Place& place, long descriptor, const char* path) {
  Process& process = launcher.process;
  const uint64_t* const page_slot = process.auxiliary(AT_PAGESZ);
  const uint64_t page = page_slot != nullptr ? *page_slot : 4096;
  const bool is_static = *launcher.loader() == 0;
  const bool is_musl = launcher.has(launcher_abi::flag_musl);

  Additions additions = additions_for(launcher, place.root);
  additions.program = launcher.program();
  if (!is_static) {
    additions.libraries = launcher.text_at(launcher.config.libraries);
    additions.first_needed = launcher.text_at(launcher.config.first_needed);
    additions.depth = launcher.config.depth;
    additions.hide_library_path = is_musl && process.variable("LD_LIBRARY_PATH") != nullptr;
    if (!can_write_run_path(launcher, place, additions)) {
      fail(place.root, "its loader cannot search a folder with such a name", 0, ": unpack the bundle elsewhere");
    }
  }

  const Loaded program = load(descriptor, path, page);
  sys::close(descriptor);
  Loaded interpreter;
  if (!is_static) {
    const char* const loader_path = join(place.root, launcher.loader());
    const long loader_file = sys::open_for_reading(loader_path);
    if (sys::failed(loader_file)) fail(loader_path, "cannot be opened", loader_file);
    interpreter = load(loader_file, loader_path, page);
    sys::close(loader_file);
  }

  const Added added = add_to_stack(process, additions, path);
  set_auxiliary(process, AT_PHDR, program.headers);
  set_auxiliary(process, AT_PHNUM, program.header_count);
  set_auxiliary(process, AT_ENTRY, program.entry);
  set_auxiliary(process, AT_BASE, interpreter.bias);
  set_auxiliary(process, AT_EXECFN, address_of(added.program));
  tell_kernel(process, program, launcher);
  if (!is_static && *additions.libraries != 0) {
    const bool keep_runpath = launcher.has(launcher_abi::flag_runpath);
    if (*additions.first_needed != 0) {
      // The kernel goes on naming the file's own table, by which debuggers know the file.
      set_auxiliary(process, AT_PHDR, replace_dynamic(program, path, added.run_path, added.first_needed, keep_runpath));
    } else {
      set_run_path(program, added.run_path, keep_runpath, page);
    }
  }
  if (additions.hide_library_path) {
    auto* const record = reinterpret_cast<PutBack*>(process.stack + process.words);
    record->slot = reinterpret_cast<uint64_t*>(process.variable_slot("LD_LIBRARY_PATH"));
    record->value = *record->slot;
    record->entry_slot = process.auxiliary(AT_ENTRY);
    record->entry = program.entry;
    *record->slot = address_of(added.library_path);
    *record->entry_slot = reinterpret_cast<uint64_t>(&resume_program);
  }
  if (program.executable_stack) {
    sys::protect(address_of(process.stack) & ~(page - 1), page, PROT_READ | PROT_WRITE | PROT_EXEC | PROT_GROWSDOWN);
  }

  // The first page, which holds the way out, stays; all else of the launcher goes.
  const uint64_t from = (address_of(__ehdr_start) & ~(page - 1)) + page;
  const uint64_t end = (address_of(_end) + page - 1) & ~(page - 1);
  leave_launcher(is_static ? program.entry : interpreter.entry, process.stack, from, end > from ? end - from : 0);
}

/// Starts the program from `place` if it is there; the result of opening it otherwise.
long try_place(Launcher& launcher, const Place& place) {
  if (place.root == nullptr) return -ENOENT;
  try_exec(launcher, place);
  const char* const path = join(place.root, launcher.program());
  const long descriptor = sys::open_for_reading(path);
  if (!sys::failed(descriptor)) start_in_process(launcher, place, descriptor, path);
  return descriptor;
}

}  // namespace

extern "C" [[noreturn]] __attribute__((used)) void launcher_main(uint64_t* stack) {
  Launcher launcher{configuration(), Process(stack)};
  Process& process = launcher.process;
  const char* name = process.argc > 0 ? process.argv[0] : nullptr;
  set_speaker(name != nullptr && *name != 0 ? text::base_name(name) : text::base_name(launcher.program()));
  if (*launcher.program() == 0) fail("launcher", "names no program: it was not made by bundle", 0);

  // The user's word first, then the launcher's own place, then the place that the bundle was made for: a
  // launcher that was copied to /usr/local/bin finds it there.
  Place asked, own, made_for;
  if (process.environment_count > 0) {
    launcher.first_variable = process.environment[0];
    launcher.last_variable = process.environment[process.environment_count - 1];
  }
  own.root = own_root(process, launcher.config.depth, launcher.has_proc);
  own.own = launcher.has_proc;
  const uint64_t* const secure = process.auxiliary(AT_SECURE);
  const bool trusted = secure == nullptr || *secure == 0;  // a launcher with a set-user-ID bit obeys no variable
  const char* const wish = trusted ? process.variable("BUNDLE_ROOT") : nullptr;
  if (wish != nullptr && *wish != 0) asked.root = absolute_folder(wish);
  const long asked_error = try_place(launcher, asked);
  const long own_error = try_place(launcher, own);
  made_for.root = launcher.text_at(launcher.config.prefix);
  try_place(launcher, made_for);

  const bool was_asked = asked.root != nullptr;
  const char* const blamed = was_asked ? asked.root : own.root != nullptr ? own.root : made_for.root;
  fail(join(blamed, launcher.program()), "cannot be opened", was_asked ? asked_error : own_error,
       " (keep the launcher in the bundle, or name the bundle's folder in BUNDLE_ROOT)");
}
