// A library that must never be loaded. It says POISON and ends the process with status 66 by raw system calls, from two
// places: an ifunc resolver, which a loader calls while it relocates this library (before a missing symbol of a library
// that this one stands in for can stop it with another message), and a constructor.
static void poison(void) {
  static const char text[] = "POISON\n";
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "0"(1L), "D"(1L), "S"(text), "d"(sizeof text - 1) : "rcx", "r11", "memory");
  __asm__ volatile("syscall" : : "a"(231L), "D"(66L) : "rcx", "r11", "memory");
}

static void (*resolve(void))(void) {
  poison();
  return poison;
}

static void resolved(void) __attribute__((ifunc("resolve")));
__attribute__((used)) static void (*const volatile keep)(void) = resolved;

__attribute__((constructor)) static void construct(void) { poison(); }
