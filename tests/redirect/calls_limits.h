// The part of calls.c that looks for ceilings: small stacks, and more of a kind than anyone thought of. Included by
// calls.c alone, which has the headers.
#pragma once
#include <sys/mman.h>

struct kernel_statx {  // musl's headers have none
  char before[28];
  unsigned short mode;
  char behind[226];
};

// What a handler may call, on the file, program and folder in the bundle. By the short path and by one of 2,000 bytes.
#define DETOUR "/./././././././././././././././././././././././././././././././././././././././././././././././."
static char small_file[2][PATH_MAX], small_program[2][PATH_MAX], small_script[2][PATH_MAX];
static const char* volatile small_step = "none";
static volatile int small_failures;
static char** small_environment;

static void small_check(const char* what, int good) {
  if (good) return;
  small_step = what;
  ++small_failures;
}
static int small_wait(pid_t child, int want) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) && WEXITSTATUS(status) == want;
}
#define SMALL_EXEC(what, call) \
  do { \
    const pid_t child = vfork(); \
    if (child == 0) { \
      call; \
      _exit(99); \
    } \
    small_check(what, small_wait(child, program_status)); \
  } while (0)

static void small_handler(int number) {
  (void)number;
  static struct stat s;  // static: what the handler itself needs is not what is measured
  static struct kernel_statx x;
  static char link[64];
  static char* argv[] = {"called", "argument", NULL};
  for (int i = 0; i < 2; ++i) {
    small_check("open", read_and_close(open(small_file[i], O_RDONLY)));
    small_check("openat", read_and_close(openat(AT_FDCWD, small_file[i], O_RDONLY)));
    small_check("stat", stat(small_file[i], &s) == 0 && is_content(&s));
    small_check("lstat", lstat(small_file[i], &s) == 0 && is_content(&s));
    small_check("fstatat", fstatat(AT_FDCWD, small_file[i], &s, 0) == 0 && is_content(&s));
    small_check("access", access(small_file[i], R_OK) == 0);
    small_check("readlink", readlink(small_file[i], link, sizeof link) < 0 && errno == EINVAL);
    small_check("statx by number", syscall(SYS_statx, AT_FDCWD, small_file[i], 0, 0x200, &x) == 0);
    SMALL_EXEC("execve", execve(small_program[i], argv, small_environment));
    SMALL_EXEC("execv", execv(small_program[i], argv));
    SMALL_EXEC("execl", execl(small_program[i], "called", "argument", (char*)NULL));
    SMALL_EXEC("execle", execle(small_program[i], "called", "argument", (char*)NULL, small_environment));
    SMALL_EXEC("execvp", execvp(small_program[i], argv));
    SMALL_EXEC("execve of a script", execve(small_script[i], argv, small_environment));
  }
  SMALL_EXEC("execlp of a name", execlp("program", "called", "argument", (char*)NULL));
}

// A signal stack of 8 KiB with a page behind it that nothing may touch.
static int small_stack(const char* inside) {
  static char path[PATH_MAX], folder[2][PATH_MAX];
  snprintf(folder[0], sizeof folder[0], "%s", inside);
  snprintf(folder[1], sizeof folder[1], "%s", inside);
  for (size_t used = strlen(inside); used < 2000; used += sizeof DETOUR - 1) strcat(folder[1], DETOUR);
  for (int i = 0; i < 2; ++i) {
    snprintf(small_file[i], PATH_MAX, "%s/file", folder[i]);
    snprintf(small_program[i], PATH_MAX, "%s/program", folder[i]);
    snprintf(small_script[i], PATH_MAX, "%s/program.sh", folder[i]);
  }
  snprintf(path, sizeof path, "%s", inside);
  setenv("PATH", path, 1);
  small_environment = environ;
  const size_t size = 8192, guard = 65536;
  char* memory = mmap(NULL, guard + size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED || mprotect(memory, guard, PROT_NONE) != 0) return 2;
  const stack_t stack = {.ss_sp = memory + guard, .ss_size = size};
  const struct sigaction action = {.sa_handler = small_handler, .sa_flags = SA_ONSTACK};
  if (sigaltstack(&stack, NULL) != 0 || sigaction(SIGUSR1, &action, NULL) != 0) return 2;
  for (int i = 0; i < 20; ++i) raise(SIGUSR1);
  size_t untouched = 0;
  while (untouched < size && memory[guard + untouched] == 0) ++untouched;
  printf("%d failures, the last of %s\n", small_failures, small_step);
  fprintf(stderr, "%zu bytes of the stack were used\n", size - untouched);
  return small_failures != 0;
}

// INSIDE/many holds `count` plugins, p0.so and on; 200 threads open all of them, each beginning elsewhere.
static const char* many_inside;
static int many_count;
static void* many_main(void* number) {
  long wrong = 0;
  char path[PATH_MAX];
  for (int i = 0; i < many_count; ++i) {
    snprintf(path, sizeof path, "%s/many/p%d.so", many_inside, (int)((i + (long)number * 7) % many_count));
    wrong += !plugin_dlopen(path);
  }
  return (void*)wrong;
}
static int many_plugins(const char* inside, int count, int thread_count) {
  static pthread_t threads[200];
  many_inside = inside, many_count = count;
  long wrong = (long)many_main(NULL);
  many_count = count / 50;
  for (long i = 0; i < thread_count; ++i)
    if (pthread_create(&threads[i], NULL, many_main, (void*)i) != 0) return 2;
  for (int i = 0; i < thread_count; ++i) {
    void* result = NULL;
    pthread_join(threads[i], &result);
    wrong += (long)result;
  }
  printf("%ld failures\n", wrong);
  return wrong != 0;
}

// More paths, arguments and streams than there were ever room for.
static int many_of_all(const char* inside, const char* outside) {
  char file[PATH_MAX], script[PATH_MAX];
  snprintf(file, sizeof file, "%s/file", inside);
  snprintf(script, sizeof script, "%s/program.sh", inside);
#ifdef __GLIBC__
  static char* paths[501];
  for (int i = 0; i < 500; ++i) paths[i] = file;
  int visits = 0;
  FTS* walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
  for (FTSENT* entry; walk && (entry = fts_read(walk));) visits += entry->fts_info == FTS_F;
  if (walk) fts_close(walk);
  printf("fts %d\n", visits);
#endif
  static char* arguments[10001];
  for (int i = 0; i < 10000; ++i) arguments[i] = "x";
  fflush(stdout);
  const pid_t child = vfork();
  if (child == 0) {
    execv(script, arguments);
    _exit(99);
  }
  printf("script %d\n", small_wait(child, program_status));
  static FILE* streams[600];
  int opened = 0, closed = 0;
  for (int i = 0; i < 600; ++i) opened += (streams[i] = popen("c", "r")) != NULL;
  for (int i = 0; i < 600; ++i) closed += streams[i] != NULL && WEXITSTATUS(pclose(streams[i])) == program_status;
  printf("popen %d %d\n", opened, closed);
  (void)outside;
  return 0;
}

// /proc/self/exe is a link for who does not follow it, by whatever function or number, and the program for who does.
static int own_link_by_number(void) {
  struct stat s;
  struct kernel_statx x;
  const char* exe = "/proc/self/exe";
  const int by_function = fstatat(AT_FDCWD, exe, &s, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(s.st_mode);
  const int by_number = syscall(SYS_newfstatat, AT_FDCWD, exe, &s, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(s.st_mode);
  const int by_statx = syscall(SYS_statx, AT_FDCWD, exe, AT_SYMLINK_NOFOLLOW, 0x3, &x) == 0 && S_ISLNK(x.mode);
  const int opened = open(exe, O_RDONLY | O_NOFOLLOW) < 0 && errno == ELOOP;
  const int opened_by_number = syscall(SYS_openat, AT_FDCWD, exe, O_RDONLY | O_NOFOLLOW) < 0 && errno == ELOOP;
  const int followed = syscall(SYS_newfstatat, AT_FDCWD, exe, &s, 0) == 0 && S_ISREG(s.st_mode);
  printf("%d %d %d %d %d %d\n", by_function, by_number, by_statx, opened, opened_by_number, followed);
  return 0;
}
