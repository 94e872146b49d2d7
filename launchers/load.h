// Mapping an ELF file as the kernel does (Linux fs/binfmt_elf.c, load_elf_binary and elf_map).
//
// Segments with exactly the protection that they ask for, the rest of the last file page of a writable
// segment zeroed, anonymous memory behind it; ET_DYN at an address of the kernel's choice (so ASLR stays),
// ET_EXEC at its own or not at all. Files are read and mapped, never executed.
#pragma once

#include <stdint.h>

struct Loaded {
  uint64_t bias = 0;  // what is added to the file's addresses
  uint64_t start = 0, end = 0;
  uint64_t entry = 0;
  uint64_t headers = 0;  // the program headers in memory, 0 when no segment maps them (only a loader minds)
  uint64_t header_count = 0;
  uint64_t code_start = 0, code_end = 0, data_start = 0, data_end = 0;  // as /proc/PID/stat has them
  bool executable_stack = false;
  uint64_t dynamic = 0, dynamic_size = 0;  // PT_DYNAMIC in memory
  long dynamic_protection = 0;             // as mprotect(2) takes it
};

/// Maps the open file; `path` is for messages. Ends the process with a message when that fails.
Loaded load(long descriptor, const char* path, uint64_t page_size);

/// Makes `run_path`, which must stay, the program's DT_RPATH; its other run paths go away. With
/// `keep_runpath` a DT_RUNPATH keeps its tag. Must come before the loader runs: it reads DT_STRTAB as it is
/// in the file.
void set_run_path(const Loaded& program, const char* run_path, bool keep_runpath, uint64_t page_size);

/// For a program whose file says nothing of the bundle: a dynamic section of its own for the loader, with
/// `first_needed` ahead of the other DT_NEEDEDs and `run_path` (a DT_RUNPATH if asked), and program headers that lead
/// to it, whose address is the result: it has to become AT_PHDR. Both strings must stay. The program's file is read
/// by others as it is, by way of /proc/self/exe or a path, so nothing of it is changed, in memory either.
uint64_t replace_dynamic(const Loaded& program, const char* path, const char* run_path, const char* first_needed,
                         bool as_runpath);
