// The block that the kernel leaves on the stack of a new process: argc, argv, environment, auxiliary vector.
//
// System V psABI, "Process Initialization"; Linux fs/binfmt_elf.c, create_elf_tables(). The block is changed
// in one step, at the end: it moves down a little, which makes room behind it for new variables and for the
// strings that have to outlive the launcher. The caller's strings stay where they are, so /proc/PID/cmdline
// and environ stay true. An interpreter's arguments are not the caller's: they lie in memory of their own, one
// behind the other, for cmdline is what lies between the first and the last.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "abi.h"
#include "text.h"

struct Process {
  uint64_t* stack = nullptr;  // the initial stack pointer: argc lies there
  uint64_t argc = 0;
  char** argv = nullptr;
  char** environment = nullptr;
  uint64_t environment_count = 0;
  uint64_t* auxv = nullptr;  // pairs, AT_NULL last
  uint64_t words = 0;        // of the block, auxv's AT_NULL included

  explicit Process(uint64_t* initial_stack);

  /// The value of an auxiliary entry, nullptr when there is none.
  uint64_t* auxiliary(uint64_t type);
  /// The value of KEY, or nullptr. `key` may go on with "=…": only what precedes counts.
  const char* variable(const char* key) const;
  /// Its pointer in the environment, or nullptr.
  char** variable_slot(const char* key) const;
};

/// What has to lie on the stack when the program starts.
struct Additions {
  const char* root = nullptr;          // set by who makes one: a pointer here would want a relocation
  const char* program = nullptr;       // relative to root; its path becomes AT_EXECFN
  const char* libraries = nullptr;     // ':'-separated, relative to root or the target's; becomes the run path
  const char* first_needed = nullptr;  // a library's name for the loader
  unsigned depth = 1;                  // folders between root and the launcher
  bool origin = false;                 // the run path is relative to the launcher: $ORIGIN/.., one .. a folder
  const char* defaults = nullptr;      // Config::environment
  uint64_t defaults_count = 0;
  const char* argv0 = nullptr;      // what stands in the place of the caller's; empty: nothing does
  const char* arguments = nullptr;  // Config::arguments
  uint64_t arguments_count = 0;
  bool hide_library_path = false;  // see PutBack
};

/// Where the strings came to lie.
struct Added {
  const char* program = nullptr;
  const char* run_path = nullptr;
  const char* first_needed = nullptr;
  const char* library_path = nullptr;  // "LD_LIBRARY_PATH=…", when it is to be hidden
};

/// What changes back when the loader has done its work and jumps to the program's entry. It lies behind auxv.
///
/// musl's loader searches LD_LIBRARY_PATH ahead of every run path and reads it from the environment on the
/// stack, once. So the loader finds the bundle's folders there, and the program (whose constructors musl runs
/// after the entry) the caller's value. AT_ENTRY, too, is true again by then.
struct PutBack {
  uint64_t* slot;  // the variable's pointer
  uint64_t value;
  uint64_t* entry_slot;  // AT_ENTRY's value
  uint64_t entry;
};

/// Moves the block down and adds to it. `process` is then that of the new block. Ends the process with a message, which
/// names `path`, when there is no memory for arguments.
Added add_to_stack(Process& process, const Additions& additions, const char* path);

/// Executes the file at `path` with the defaults of `additions`. Returns when that fails; the process is then as it
/// was.
void execute(const Process& process, const Additions& additions, const char* path);
