// See process.h.
#include "process.h"

#include <elf.h>

#include "system.h"

Process::Process(uint64_t* initial_stack) : stack(initial_stack), argc(initial_stack[0]) {
  argv = reinterpret_cast<char**>(stack + 1);
  environment = argv + argc + 1;
  while (environment[environment_count] != nullptr) ++environment_count;
  auxv = reinterpret_cast<uint64_t*>(environment + environment_count + 1);
  uint64_t* at = auxv;
  while (at[0] != AT_NULL) at += 2;
  words = static_cast<uint64_t>(at + 2 - stack);
}

uint64_t* Process::auxiliary(uint64_t type) {
  for (uint64_t* at = auxv; at[0] != AT_NULL; at += 2) {
    if (at[0] == type) return at + 1;
  }
  return nullptr;
}

char** Process::variable_slot(const char* key) const {
  for (uint64_t i = 0; i < environment_count; ++i) {
    const char* entry = environment[i];
    const char* name = key;
    while (*name != 0 && *name != '=' && *entry == *name) ++entry, ++name;
    if ((*name == 0 || *name == '=') && *entry == '=') return environment + i;
  }
  return nullptr;
}

const char* Process::variable(const char* key) const {
  char** const slot = variable_slot(key);
  if (slot == nullptr) return nullptr;
  const char* value = *slot;
  while (*value++ != '=') {
  }
  return value;
}

namespace {

/// root/a:root/b:/c of "a:b:/c", or $ORIGIN/../a:$ORIGIN/../b:/c. The target's own folders stand as they are.
void put_folders(text::Writer& out, const Additions& additions, bool origin) {
  const char* at = additions.libraries;
  for (;;) {
    if (*at != '/') {
      out.put(origin ? "$ORIGIN" : additions.root);
      for (unsigned i = 0; origin && i < additions.depth; ++i) out.put("/..");
      out.put('/');
    }
    while (*at != 0 && *at != ':') out.put(*at++);
    if (*at == 0) return;
    out.put(*at++);
  }
}

/// "KEY=VALUE" with each @root@ replaced.
void put_default(text::Writer& out, const char* entry, const char* root) {
  while (*entry != 0) {
    if (text::begins(entry, "@root@")) {
      out.put(root);
      entry += 6;
    } else {
      out.put(*entry++);
    }
  }
}

/// All strings one behind the other. With `process`, the pointers to the new variables go to `slots`.
Added put_strings(text::Writer& out, const Process& process, const Additions& additions, char** slots) {
  Added added;
  if (additions.program != nullptr) {
    added.program = out.out + out.used;
    out.put(additions.root);
    out.put('/');
    out.put(additions.program);
    out.put('\0');
  }
  if (additions.libraries != nullptr) {
    added.run_path = out.out + out.used;
    put_folders(out, additions, additions.origin);
    out.put('\0');
    if (additions.hide_library_path) {
      added.library_path = out.out + out.used;
      out.put("LD_LIBRARY_PATH=");
      put_folders(out, additions, false);
      out.put('\0');
    }
  }
  if (additions.first_needed != nullptr && *additions.first_needed != 0) {
    added.first_needed = out.out + out.used;
    out.put(additions.first_needed);
    out.put('\0');
  }
  const char* entry = additions.defaults;
  for (uint64_t i = 0; i < additions.defaults_count; ++i, entry += text::length(entry) + 1) {
    if (process.variable(entry) != nullptr) continue;
    if (slots != nullptr) *slots++ = out.out + out.used;
    put_default(out, entry, additions.root);
    out.put('\0');
  }
  return added;
}

/// How many of the defaults are not set.
uint64_t missing_defaults(const Process& process, const Additions& additions) {
  uint64_t count = 0;
  const char* entry = additions.defaults;
  for (uint64_t i = 0; i < additions.defaults_count; ++i, entry += text::length(entry) + 1) {
    if (process.variable(entry) == nullptr) ++count;
  }
  return count;
}

}  // namespace

void execute(const Process& process, const Additions& additions, const char* path) {
  const uint64_t new_variables = missing_defaults(process, additions);
  if (new_variables == 0) {
    sys::execute(path, process.argv, process.environment);
    return;
  }
  text::Writer counter(nullptr, SIZE_MAX);
  put_strings(counter, process, additions, nullptr);
  const uint64_t count = process.environment_count;
  const uint64_t size = 8 * (count + new_variables + 1) + counter.used;
  const long at = sys::map(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (sys::failed(at)) return;
  auto** const environment = reinterpret_cast<char**>(at);  // of zeros, so its end is marked
  for (uint64_t i = 0; i < count; ++i) environment[i] = process.environment[i];
  text::Writer writer(reinterpret_cast<char*>(environment + count + new_variables + 1), SIZE_MAX);
  put_strings(writer, process, additions, environment + count);
  sys::execute(path, process.argv, environment);
  sys::unmap(static_cast<uint64_t>(at), size);
}

Added add_to_stack(Process& process, const Additions& additions) {
  const uint64_t new_variables = missing_defaults(process, additions);
  text::Writer counter(nullptr, SIZE_MAX);
  put_strings(counter, process, additions, nullptr);

  // psABI: the stack pointer is a multiple of 16 at the program's entry.
  const uint64_t put_back_words = additions.hide_library_path ? sizeof(PutBack) / 8 : 0;
  const uint64_t distance = (counter.used + 8 * (new_variables + put_back_words) + 15) / 16 * 2;
  uint64_t* const target = process.stack - distance;
  const uint64_t ahead = 1 + process.argc + 1 + process.environment_count;
  const uint64_t behind = process.words - ahead;
  // Ascending and one by one: the ranges overlap, and each word is read before it is overwritten. Only the
  // words of the new variables' slots come between; they are filled when all has moved.
  for (uint64_t i = 0; i < ahead; ++i) target[i] = process.stack[i];
  for (uint64_t i = 0; i < behind; ++i) target[ahead + new_variables + i] = process.stack[ahead + i];

  text::Writer writer(reinterpret_cast<char*>(target + process.words + new_variables + put_back_words), SIZE_MAX);
  auto* const slots = reinterpret_cast<char**>(target + ahead);
  // `process` no longer has a block; its environment array, for the question which defaults are set, moved
  // with it.
  process.environment = reinterpret_cast<char**>(target + 1 + process.argc + 1);
  const Added added = put_strings(writer, process, additions, slots);
  process = Process(target);
  return added;
}
