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

/// A string of the configuration with each @root@ replaced, and its NUL.
void put_expanded(text::Writer& out, const char* entry, const char* root) {
  while (*entry != 0) {
    if (text::begins(entry, "@root@")) {
      out.put(root);
      entry += 6;
    } else {
      out.put(*entry++);
    }
  }
  out.put('\0');
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
    put_expanded(out, entry, additions.root);
  }
  return added;
}

/// What the program gets for argv: the caller's, or pointers and strings in a mapping of `size` bytes.
struct Arguments {
  char** strings = nullptr;
  uint64_t count = 0;
  uint64_t size = 0;
  long error = 0;  // there is no memory
};

/// All arguments one behind the other, as Linux has them for a script (fs/binfmt_script.c): the interpreter's name,
/// what follows it, and the caller's but the first. Their pointers go to `slots`; the result is how many there are.
uint64_t put_arguments(text::Writer& out, const Process& process, const Additions& additions, char** slots) {
  uint64_t count = 0;
  const auto begin = [&] {
    if (slots != nullptr) slots[count] = out.out + out.used;
    ++count;
  };
  const auto put = [&](const char* argument) {
    begin();
    out.put(argument);
    out.put('\0');
  };
  put(*additions.argv0 != 0 ? additions.argv0 : process.argc > 0 ? process.argv[0] : "");
  const char* entry = additions.arguments;
  for (uint64_t i = 0; i < additions.arguments_count; ++i, entry += text::length(entry) + 1) {
    begin();
    put_expanded(out, entry, additions.root);
  }
  for (uint64_t i = 1; i < process.argc; ++i) put(process.argv[i]);
  return count;
}

Arguments make_arguments(const Process& process, const Additions& additions) {
  Arguments made;
  made.strings = process.argv;
  made.count = process.argc;
  if (additions.arguments_count == 0 && *additions.argv0 == 0) return made;
  text::Writer counter(nullptr, SIZE_MAX);
  made.count = put_arguments(counter, process, additions, nullptr);
  made.size = 8 * (made.count + 1) + counter.used;
  const long at = sys::map(0, made.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (sys::failed(at)) {
    made.error = at;
    return made;
  }
  made.strings = reinterpret_cast<char**>(at);  // of zeros, so its end is marked
  text::Writer writer(reinterpret_cast<char*>(made.strings + made.count + 1), SIZE_MAX);
  put_arguments(writer, process, additions, made.strings);
  return made;
}

void drop(const Arguments& arguments) {
  if (arguments.size != 0) sys::unmap(reinterpret_cast<uint64_t>(arguments.strings), arguments.size);
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
  const Arguments arguments = make_arguments(process, additions);
  if (arguments.error != 0) return;
  const uint64_t new_variables = missing_defaults(process, additions);
  if (new_variables == 0) {
    sys::execute(path, arguments.strings, process.environment);
    return drop(arguments);
  }
  text::Writer counter(nullptr, SIZE_MAX);
  put_strings(counter, process, additions, nullptr);
  const uint64_t count = process.environment_count;
  const uint64_t size = 8 * (count + new_variables + 1) + counter.used;
  const long at = sys::map(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (sys::failed(at)) return drop(arguments);
  auto** const environment = reinterpret_cast<char**>(at);  // of zeros, so its end is marked
  for (uint64_t i = 0; i < count; ++i) environment[i] = process.environment[i];
  text::Writer writer(reinterpret_cast<char*>(environment + count + new_variables + 1), SIZE_MAX);
  put_strings(writer, process, additions, environment + count);
  sys::execute(path, arguments.strings, environment);
  sys::unmap(static_cast<uint64_t>(at), size);
  drop(arguments);
}

Added add_to_stack(Process& process, const Additions& additions, const char* path) {
  const Arguments arguments = make_arguments(process, additions);
  if (arguments.error != 0) fail(path, "cannot be started: no memory for its arguments", arguments.error);
  const uint64_t new_arguments = arguments.count - process.argc;
  const uint64_t new_variables = missing_defaults(process, additions);
  text::Writer counter(nullptr, SIZE_MAX);
  put_strings(counter, process, additions, nullptr);

  // psABI: the stack pointer is a multiple of 16 at the program's entry.
  const uint64_t put_back_words = additions.hide_library_path ? sizeof(PutBack) / 8 : 0;
  const uint64_t new_words = new_arguments + new_variables;
  const uint64_t distance = (counter.used + 8 * (new_words + put_back_words) + 15) / 16 * 2;
  uint64_t* const target = process.stack - distance;
  const uint64_t argv_words = 1 + process.argc;  // argc itself among them
  const uint64_t ahead = argv_words + 1 + process.environment_count;
  // Ascending and one by one: the ranges overlap, and each word is read before it is overwritten, for none goes up.
  // Only the words of new arguments' and variables' slots come between; they are filled when all has moved.
  for (uint64_t i = 0; i < argv_words; ++i) target[i] = process.stack[i];
  for (uint64_t i = argv_words; i < ahead; ++i) target[new_arguments + i] = process.stack[i];
  for (uint64_t i = ahead; i < process.words; ++i) target[new_words + i] = process.stack[i];
  if (arguments.size != 0) {
    target[0] = arguments.count;
    for (uint64_t i = 0; i < arguments.count; ++i) target[1 + i] = reinterpret_cast<uint64_t>(arguments.strings[i]);
  }

  text::Writer writer(reinterpret_cast<char*>(target + process.words + new_words + put_back_words), SIZE_MAX);
  auto* const slots = reinterpret_cast<char**>(target + new_arguments + ahead);
  // `process` no longer has a block; its environment array, for the question which defaults are set, moved
  // with it.
  process.environment = reinterpret_cast<char**>(target + 1 + arguments.count + 1);
  const Added added = put_strings(writer, process, additions, slots);
  process = Process(target);
  return added;
}
