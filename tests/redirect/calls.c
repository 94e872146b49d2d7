// calls INSIDE OUTSIDE MODE…: calls every function that the redirect library answers for, and says what it got.
//
// INSIDE and OUTSIDE are folders of one content: file, folder/, program (exits 42), plugin.so. INSIDE exists in the
// bundle alone, OUTSIDE on disk, and the working folder is OUTSIDE. Each function is called on the file in each, on a
// detour to the inside one, by a relative path, and on neighbours that must not be found. One line a failure; exit 1.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <ftw.h>
#include <glob.h>
#include <iconv.h>
#include <langinfo.h>
#include <libintl.h>
#include <limits.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

extern char** environ;
static const char content[] = "the content\n";
static int program_status = 42;

// Names that headers hide behind newer ones, called as programs built long ago call them.
int __open_2(const char*, int);
int __openat_2(int, const char*, int);
int __xstat(int, const char*, struct stat*);
int __lxstat(int, const char*, struct stat*);
int __fxstatat(int, int, const char*, struct stat*, int);
char* __realpath_chk(const char*, char*, size_t);
ssize_t __readlink_chk(const char*, char*, size_t, size_t);
ssize_t __readlinkat_chk(int, const char*, char*, size_t, size_t);
int euidaccess(const char*, int);
int eaccess(const char*, int);
int open64(const char*, int, ...);
int openat64(int, const char*, int, ...);
int creat64(const char*, mode_t);
FILE* fopen64(const char*, const char*);
FILE* freopen64(const char*, const char*, FILE*);
#ifdef __GLIBC__
int __open64_2(const char*, int);
int __openat64_2(int, const char*, int);
int __open(const char*, int, ...);
int __open64(const char*, int, ...);
int __xstat64(int, const char*, struct stat64*);
int __lxstat64(int, const char*, struct stat64*);
int __fxstatat64(int, int, const char*, struct stat64*, int);
#else  // what musl lacks until 1.2.5, and glibc of old: the library's own, which is the kernel's call
int statx_of_kernel(int, const char*, int, unsigned, void*) __asm__("statx");
int execveat(int, const char*, char* const*, char* const*, int);
#endif
#if defined(__x86_64__) || !defined(__GLIBC__)
#define STAT_VERSION 1
#else
#define STAT_VERSION 0
#endif

static int read_and_close(int descriptor) {
  char buffer[64] = "";
  if (descriptor < 0) return 0;
  const ssize_t size = read(descriptor, buffer, sizeof buffer - 1);
  close(descriptor);
  return size == sizeof content - 1 && strcmp(buffer, content) == 0;
}
static int read_stream(FILE* stream) {
  char buffer[64] = "";
  if (stream == NULL) return 0;
  const int good = fgets(buffer, sizeof buffer, stream) != NULL && strcmp(buffer, content) == 0;
  fclose(stream);
  return good;
}
static int is_content(const struct stat* status) { return S_ISREG(status->st_mode) && status->st_size == sizeof content - 1; }
static int is_content64(const struct stat64* s) { return S_ISREG(s->st_mode) && s->st_size == sizeof content - 1; }

#define FILE_CALL(name, ...) \
  static int file_##name(const char* path) { __VA_ARGS__ }
FILE_CALL(open, return read_and_close(open(path, O_RDONLY));)
FILE_CALL(open_folder, const int d = open(path, O_RDONLY | O_CLOEXEC); return read_and_close(d);)
FILE_CALL(open64, return read_and_close(open64(path, O_RDONLY));)
FILE_CALL(creat, const int d = creat(path, 0600); if (d < 0) return 0; const int n = write(d, content, sizeof content - 1); close(d); return n == sizeof content - 1;)
FILE_CALL(creat64, const int d = creat64(path, 0600); if (d < 0) return 0; const int n = write(d, content, sizeof content - 1); close(d); return n == sizeof content - 1;)
FILE_CALL(openat, return read_and_close(openat(AT_FDCWD, path, O_RDONLY));)
FILE_CALL(openat64, return read_and_close(openat64(AT_FDCWD, path, O_RDONLY));)
FILE_CALL(fopen, return read_stream(fopen(path, "r"));)
FILE_CALL(fopen64, return read_stream(fopen64(path, "r"));)
FILE_CALL(freopen, FILE* f = fopen("/dev/null", "r"); return read_stream(freopen(path, "r", f));)
FILE_CALL(freopen64, FILE* f = fopen("/dev/null", "r"); return read_stream(freopen64(path, "r", f));)
FILE_CALL(stat, struct stat s; return stat(path, &s) == 0 && is_content(&s);)
FILE_CALL(stat64, struct stat64 s; return stat64(path, &s) == 0 && is_content64(&s);)
FILE_CALL(lstat, struct stat s; return lstat(path, &s) == 0 && is_content(&s);)
FILE_CALL(lstat64, struct stat64 s; return lstat64(path, &s) == 0 && is_content64(&s);)
FILE_CALL(fstatat, struct stat s; return fstatat(AT_FDCWD, path, &s, 0) == 0 && is_content(&s);)
FILE_CALL(fstatat_link, struct stat s; return fstatat(AT_FDCWD, path, &s, AT_SYMLINK_NOFOLLOW) == 0 && is_content(&s);)
FILE_CALL(fstatat64, struct stat64 s; return fstatat64(AT_FDCWD, path, &s, 0) == 0 && is_content64(&s);)
FILE_CALL(xstat, struct stat s; return __xstat(STAT_VERSION, path, &s) == 0 && is_content(&s);)
FILE_CALL(lxstat, struct stat s; return __lxstat(STAT_VERSION, path, &s) == 0 && is_content(&s);)
FILE_CALL(fxstatat, struct stat s; return __fxstatat(STAT_VERSION, AT_FDCWD, path, &s, 0) == 0 && is_content(&s);)
FILE_CALL(statfs, struct statfs s; return statfs(path, &s) == 0;)
FILE_CALL(statfs64, struct statfs64 s; return statfs64(path, &s) == 0;)
FILE_CALL(statvfs, struct statvfs s; return statvfs(path, &s) == 0;)
FILE_CALL(statvfs64, struct statvfs64 s; return statvfs64(path, &s) == 0;)
FILE_CALL(access, return access(path, R_OK) == 0;)
FILE_CALL(eaccess, return eaccess(path, R_OK) == 0;)
FILE_CALL(euidaccess, return euidaccess(path, R_OK) == 0;)
FILE_CALL(faccessat, return faccessat(AT_FDCWD, path, R_OK, 0) == 0;)
FILE_CALL(getxattr, char b[8]; return getxattr(path, "user.none", b, 8) >= 0 || errno == ENODATA || errno == EOPNOTSUPP;)
FILE_CALL(lgetxattr, char b[8]; return lgetxattr(path, "user.none", b, 8) >= 0 || errno == ENODATA || errno == EOPNOTSUPP;)
FILE_CALL(listxattr, char b[512]; return listxattr(path, b, 512) >= 0 || errno == EOPNOTSUPP;)
FILE_CALL(llistxattr, char b[512]; return llistxattr(path, b, 512) >= 0 || errno == EOPNOTSUPP;)
FILE_CALL(readlink, char b[64]; return readlink(path, b, 64) < 0 && errno == EINVAL;)  // there, and no link
FILE_CALL(readlinkat, char b[64]; return readlinkat(AT_FDCWD, path, b, 64) < 0 && errno == EINVAL;)
FILE_CALL(realpath, char b[PATH_MAX]; return realpath(path, b) != NULL && read_and_close(open(b, O_RDONLY));)
FILE_CALL(realpath_null, char* b = realpath(path, NULL); const int good = b != NULL && read_and_close(open(b, O_RDONLY)); free(b); return good;)
FILE_CALL(syscall, return read_and_close((int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY));)
FILE_CALL(glob, glob_t g; const int r = glob(path, 0, NULL, &g); const int good = r == 0 && g.gl_pathc == 1 && read_and_close(open(g.gl_pathv[0], O_RDONLY)); if (r == 0) globfree(&g); return good;)
FILE_CALL(fts, char* list[] = {(char*)path, NULL}; FTS* f = fts_open(list, FTS_PHYSICAL, NULL); FTSENT* e = f ? fts_read(f) : NULL; const int good = e != NULL && e->fts_info == FTS_F; if (f) fts_close(f); return good;)
#ifdef __GLIBC__
FILE_CALL(__open, return read_and_close(__open(path, O_RDONLY));)
FILE_CALL(__open64, return read_and_close(__open64(path, O_RDONLY));)
FILE_CALL(open_2, return read_and_close(__open_2(path, O_RDONLY));)
FILE_CALL(open64_2, return read_and_close(__open64_2(path, O_RDONLY));)
FILE_CALL(openat_2, return read_and_close(__openat_2(AT_FDCWD, path, O_RDONLY));)
FILE_CALL(openat64_2, return read_and_close(__openat64_2(AT_FDCWD, path, O_RDONLY));)
FILE_CALL(xstat64, struct stat64 s; return __xstat64(STAT_VERSION, path, &s) == 0 && is_content64(&s);)
FILE_CALL(lxstat64, struct stat64 s; return __lxstat64(STAT_VERSION, path, &s) == 0 && is_content64(&s);)
FILE_CALL(fxstatat64, struct stat64 s; return __fxstatat64(STAT_VERSION, AT_FDCWD, path, &s, 0) == 0 && is_content64(&s);)
FILE_CALL(statx, struct statx s; return statx(AT_FDCWD, path, 0, STATX_SIZE, &s) == 0 && s.stx_size == sizeof content - 1;)
FILE_CALL(realpath_chk, char b[PATH_MAX]; return __realpath_chk(path, b, sizeof b) != NULL && read_and_close(open(b, O_RDONLY));)
FILE_CALL(canonicalize, char* b = canonicalize_file_name(path); const int good = b != NULL && read_and_close(open(b, O_RDONLY)); free(b); return good;)
FILE_CALL(readlink_chk, char b[64]; return __readlink_chk(path, b, 64, 64) < 0 && errno == EINVAL;)
FILE_CALL(readlinkat_chk, char b[64]; return __readlinkat_chk(AT_FDCWD, path, b, 64, 64) < 0 && errno == EINVAL;)
FILE_CALL(glob64, glob64_t g; const int r = glob64(path, 0, NULL, &g); const int good = r == 0 && g.gl_pathc == 1; if (r == 0) globfree64(&g); return good;)
FILE_CALL(syscall_statx, struct statx s; return syscall(SYS_statx, AT_FDCWD, path, 0, STATX_SIZE, &s) == 0 && s.stx_size == sizeof content - 1;)
#else
FILE_CALL(statx_of_kernel, unsigned long s[32]; return statx_of_kernel(AT_FDCWD, path, 0, 0x200, s) == 0 && s[5] == sizeof content - 1;)
#endif

static int visited;
static int visit(const char* path, const struct stat* s, int type) { (void)s; (void)type; visited += strstr(path, "file") != NULL; return 0; }
static int visit4(const char* path, const struct stat* s, int type, struct FTW* f) { (void)f; return visit(path, s, type); }
static int visit64(const char* path, const struct stat64* s, int type) { (void)s; return visit(path, NULL, type); }
static int visit464(const char* path, const struct stat64* s, int type, struct FTW* f) { (void)s; (void)f; return visit(path, NULL, type); }
static int find_file(DIR* folder) {
  int found = 0;
  if (folder == NULL) return 0;
  for (struct dirent* e; (e = readdir(folder)) != NULL;) found += strcmp(e->d_name, "file") == 0;
  closedir(folder);
  return found;
}
static int free_list(struct dirent** list, int count) {
  int found = 0;
  for (int i = 0; i < count; ++i) { found += strcmp(list[i]->d_name, "file") == 0; free(list[i]); }
  if (count >= 0) free(list);
  return found;
}
#define FOLDER_CALL(name, ...) \
  static int folder_##name(const char* path) { __VA_ARGS__ }
FOLDER_CALL(opendir, return find_file(opendir(path));)
FOLDER_CALL(scandir, struct dirent** list; const int n = scandir(path, &list, NULL, alphasort); return free_list(list, n);)
FOLDER_CALL(scandir64, struct dirent64** list; const int n = scandir64(path, &list, NULL, alphasort64); return free_list((struct dirent**)list, n);)
FOLDER_CALL(ftw, visited = 0; return ftw(path, visit, 4) == 0 && visited;)
FOLDER_CALL(ftw64, visited = 0; return ftw64(path, visit64, 4) == 0 && visited;)
FOLDER_CALL(nftw, visited = 0; return nftw(path, visit4, 4, FTW_PHYS) == 0 && visited;)
FOLDER_CALL(nftw64, visited = 0; return nftw64(path, visit464, 4, FTW_PHYS) == 0 && visited;)
FOLDER_CALL(fts, visited = 0; char* list[] = {(char*)path, NULL}; FTS* f = fts_open(list, FTS_PHYSICAL | FTS_NOCHDIR, NULL); for (FTSENT* e; f && (e = fts_read(f));) visited += strcmp(e->fts_name, "file") == 0; if (f) fts_close(f); return visited;)
FOLDER_CALL(glob, char p[PATH_MAX + 8]; snprintf(p, sizeof p, "%s/fil*", path); return file_glob(p);)
FOLDER_CALL(dirfd, const int d = open(path, O_RDONLY | O_DIRECTORY); if (d < 0) return 0; const int good = read_and_close(openat(d, "file", O_RDONLY)); close(d); return good;)
FOLDER_CALL(chdir, const int here = open(".", O_RDONLY); const int r = chdir(path); const int good = r == 0 && read_and_close(open("file", O_RDONLY)); const int back = fchdir(here); close(here); return back == 0 && good;)
#ifdef __GLIBC__
FOLDER_CALL(scandirat, struct dirent** list; const int n = scandirat(AT_FDCWD, path, &list, NULL, alphasort); return free_list(list, n);)
FOLDER_CALL(scandirat64, struct dirent64** list; const int n = scandirat64(AT_FDCWD, path, &list, NULL, alphasort64); return free_list((struct dirent**)list, n);)
FOLDER_CALL(pathconf, return pathconf(path, _PC_NAME_MAX) > 0;)  // musl answers without a look
FOLDER_CALL(bindtextdomain, const char* at = bindtextdomain("none", path); return at != NULL && access(at, R_OK) == 0;)
#endif

static int status_of(pid_t child) {
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == program_status;
}
#define PROGRAM_CALL(name, ...) \
  static int program_##name(const char* path) { char* argv[] = {"called", "argument", NULL}; (void)argv; const pid_t child = fork(); if (child == 0) { __VA_ARGS__; _exit(99); } return status_of(child); }
PROGRAM_CALL(execve, execve(path, argv, environ))
PROGRAM_CALL(execv, execv(path, argv))
PROGRAM_CALL(execvp, execvp(path, argv))
PROGRAM_CALL(execvpe, execvpe(path, argv, environ))
PROGRAM_CALL(execl, execl(path, "called", "argument", (char*)NULL))
PROGRAM_CALL(execlp, execlp(path, "called", "argument", (char*)NULL))
PROGRAM_CALL(execle, execle(path, "called", "argument", (char*)NULL, environ))
PROGRAM_CALL(chdir_execl, char folder[PATH_MAX]; snprintf(folder, sizeof folder, "%s", path); char* slash = strrchr(folder, '/'); if (slash) { *slash = 0; if (chdir(folder) != 0) _exit(98); } char name[PATH_MAX]; snprintf(name, sizeof name, "./%s", slash ? slash + 1 : folder); execl(name, "called", "argument", (char*)NULL))
PROGRAM_CALL(from_path, char folder[PATH_MAX]; snprintf(folder, sizeof folder, "%s", path); char* slash = strrchr(folder, '/'); const char* name = slash ? slash + 1 : folder; if (slash) *slash = 0; char paths[PATH_MAX + 64]; snprintf(paths, sizeof paths, "/none:%s:/none/again", slash ? folder : "."); setenv("PATH", paths, 1); execlp(name, "called", "argument", (char*)NULL))
static int program_vfork(const char* path) { char* argv[] = {"called", "argument", NULL}; const pid_t child = vfork(); if (child == 0) { execve(path, argv, environ); _exit(99); } return status_of(child); }
static int program_posix_spawn(const char* path) { char* argv[] = {"called", "argument", NULL}; pid_t child; return posix_spawn(&child, path, NULL, NULL, argv, environ) == 0 && status_of(child); }
static int program_posix_spawnp(const char* path) { char* argv[] = {"called", "argument", NULL}; pid_t child; return posix_spawnp(&child, path, NULL, NULL, argv, environ) == 0 && status_of(child); }
PROGRAM_CALL(execveat, execveat(AT_FDCWD, path, argv, environ, 0))

static int plugin(void* handle) { int (*answer)(void) = handle ? (int (*)(void))dlsym(handle, "answer") : NULL; const int good = answer != NULL && answer() == 7; if (handle) dlclose(handle); return good; }
static int plugin_dlopen(const char* path) { return plugin(dlopen(path, RTLD_NOW)); }
#ifdef __GLIBC__
static int plugin_dlmopen(const char* path) { return plugin(dlmopen(LM_ID_BASE, path, RTLD_NOW)); }
#endif

struct call { const char* name; const char* leaf; int (*make)(const char*); int writes; };
#define F(name) {#name, "file", file_##name, 0},
#define D(name) {#name " (folder)", "", folder_##name, 0},
#define P(name) {#name " (program)", "program", program_##name, 0},
static const struct call calls[] = {
  F(open) F(open_folder) F(open64) {"creat", "written", file_creat, 1}, {"creat64", "written", file_creat64, 1},
  F(openat) F(openat64) F(fopen) F(fopen64) F(freopen) F(freopen64) F(stat) F(stat64) F(lstat) F(lstat64) F(fstatat)
  F(fstatat_link) F(fstatat64) F(xstat) F(lxstat) F(fxstatat) F(statfs) F(statfs64) F(statvfs) F(statvfs64) F(access)
  F(eaccess) F(euidaccess) F(faccessat) F(getxattr) F(lgetxattr) F(listxattr) F(llistxattr) F(readlink) F(readlinkat)
  F(realpath) F(realpath_null) F(syscall) F(glob) F(fts)
#ifdef __GLIBC__
  F(__open) F(__open64) F(open_2) F(open64_2) F(openat_2) F(openat64_2) F(xstat64) F(lxstat64) F(fxstatat64) F(statx)
  F(realpath_chk) F(canonicalize) F(readlink_chk) F(readlinkat_chk) F(glob64) F(syscall_statx)
  D(scandirat) D(scandirat64) D(bindtextdomain) D(pathconf) {"dlmopen", "plugin.so", plugin_dlmopen, 0},
#else
  F(statx_of_kernel)
#endif
#ifndef __aarch64__  // which runs under qemu-user here, and that has no execveat
  P(execveat)
#endif
  D(opendir) D(scandir) D(scandir64) D(ftw) D(ftw64) D(nftw) D(nftw64) D(fts) D(glob) D(dirfd) D(chdir)
  P(execve) P(execv) P(execvp) P(execvpe) P(execl) P(execlp) P(execle) P(chdir_execl) P(from_path) P(vfork)
  P(posix_spawn) P(posix_spawnp) {"dlopen", "plugin.so", plugin_dlopen, 0},
};

static int failures;
static void expect(const char* what, const char* name, const char* path, int wanted, int got) {
  if (!wanted == !got) return;
  printf("FAIL: %s: %s on %s: wanted %d, got %d (%s)\n", what, name, path, wanted, got, strerror(errno));
  ++failures;
}

static void call_all(const char* inside, const char* outside) {
  int made = 0;
  for (size_t i = 0; i < sizeof calls / sizeof calls[0]; ++i) {
    const struct call* call = &calls[i];
    const struct { const char* what; const char* format; const char* folder; int wanted; } places[] = {
      {"outside", "%s/%s", outside, 1}, {"inside", "%s/%s", inside, 1}, {"relative", "%s/%s", ".", 1},
      {"detour", "/.%s//./folder/../%s", inside, 1}, {"detour from outside", "/proc/..%s/%s", inside, 1},
      {"neighbour", "%sx/%s", inside, 0}, {"above", "%s/../%s", inside, 0}, {"missing", "%s/none/%s", inside, 0},
    };
    for (size_t k = 0; k < sizeof places / sizeof places[0]; ++k) {
      char path[PATH_MAX];
      snprintf(path, sizeof path, places[k].format, places[k].folder, call->leaf);
      // The folder above what is bundled is there, for who looks at it alone; what else lies in it is not.
      const int wanted = places[k].wanted || (strcmp(places[k].what, "above") == 0 && *call->leaf == 0);
      errno = 0;
      expect(places[k].what, call->name, path, wanted, call->make(path));
      ++made;
    }
    // What answers leaves errno alone, inside as outside.
    if (call->writes || strstr(call->name, "xattr") || strstr(call->name, "readlink")) continue;
    for (int k = 0; k < 2; ++k) {
      char path[PATH_MAX];
      snprintf(path, sizeof path, "%s/%s", k ? inside : outside, call->leaf);
      static int outside_errno;
      errno = 77;
      call->make(path);
      if (k == 0) outside_errno = errno;
      if (k == 1 && errno != outside_errno) {
        printf("FAIL: errno: %s leaves %d outside and %d inside\n", call->name, outside_errno, errno);
        ++failures;
      }
    }
  }
  printf("%d calls of %zu functions\n", made, sizeof calls / sizeof calls[0]);
}

static const char *thread_inside, *thread_outside;
static void* thread_main(void* number) {
  char in[PATH_MAX], out[PATH_MAX], buffer[PATH_MAX];
  snprintf(in, sizeof in, "%s/file", thread_inside);
  snprintf(out, sizeof out, "%s/file", thread_outside);
  struct stat s;
  for (int i = 0; i < 300; ++i) {
    if (!read_and_close(open(in, O_RDONLY)) || !read_and_close(open(out, O_RDONLY)) || stat(in, &s) != 0 ||
        realpath(in, buffer) == NULL || access(in, R_OK) != 0 || !file_fopen(in) || (i % 30 == 0 && !folder_opendir(thread_inside)))
      return (char*)number + 1;
    char plugin_path[PATH_MAX];
    snprintf(plugin_path, sizeof plugin_path, "%s/plugin.so", thread_inside);
    if (i % 30 == 0 && !plugin_dlopen(plugin_path)) return (char*)number + 1;
  }
  return NULL;
}

static volatile sig_atomic_t handled, handled_wrong;
static char handler_path[PATH_MAX];
static void handler(int number) {
  (void)number;
  const int before = errno;
  struct stat s;
  char buffer[64];
  const int descriptor = open(handler_path, O_RDONLY);
  if (descriptor < 0 || read(descriptor, buffer, 4) != 4) handled_wrong = 1;
  close(descriptor);
  if (stat(handler_path, &s) != 0 || access(handler_path, R_OK) != 0) handled_wrong = 1;
  if (errno != before) handled_wrong = 1;
  ++handled;
}

#include "calls_environment.h"
#include "calls_locale.h"
#include "calls_limits.h"


int main(int argc, char** argv) {
  if (argc < 4) return 2;
  const char *inside = argv[1], *outside = argv[2], *mode = argv[3];
  if (argc > 4) program_status = atoi(argv[4]);
  if (chdir(outside) != 0) return 2;
  if (strcmp(mode, "calls") == 0) {
    call_all(inside, outside);
    if (open(NULL, O_RDONLY) >= 0 || errno != EFAULT) { puts("FAIL: open(NULL)"); ++failures; }
    if (access("", R_OK) == 0 || errno != ENOENT) { puts("FAIL: access(\"\")"); ++failures; }
    char longest[2 * PATH_MAX];
    snprintf(longest, sizeof longest, "%s/%0*d", inside, PATH_MAX, 0);
    if (open(longest, O_RDONLY) >= 0 || errno != ENAMETOOLONG) { puts("FAIL: a path too long"); ++failures; }
  } else if (strcmp(mode, "threads") == 0) {
    pthread_t threads[64];
    thread_inside = inside, thread_outside = outside;
    for (int i = 0; i < 64; ++i)
      if (pthread_create(&threads[i], NULL, thread_main, NULL) != 0) return 2;
    for (int i = 0; i < 64; ++i) {
      void* result = NULL;
      pthread_join(threads[i], &result);
      failures += result != NULL;
    }
    printf("64 threads, %d of them failed\n", failures);
  } else if (strcmp(mode, "signals") == 0) {
    snprintf(handler_path, sizeof handler_path, "%s/file", inside);
    stack_t stack = {.ss_sp = malloc(16384), .ss_size = 16384};
    sigaltstack(&stack, NULL);
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART | SA_ONSTACK};
    sigaction(SIGALRM, &action, NULL);
    const struct itimerval every = {{0, 500}, {0, 500}};
    setitimer(ITIMER_REAL, &every, NULL);
    for (int i = 0; handled < 500 && i < 1000000; ++i) {
      free(malloc(100 + i % 1000));
      if (!file_fopen(i % 2 ? handler_path : "file")) ++failures;
    }
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 0}}, NULL);
    failures += handled_wrong || handled < 500;
    printf("%d signals, %s\n", (int)handled, handled_wrong ? "WRONG" : "right");
  } else if (strcmp(mode, "print") == 0) {  // the content of INSIDE/file, whichever it is
    char path[PATH_MAX], line[64] = "none\n";
    snprintf(path, sizeof path, "%s/file", inside);
    FILE* f = fopen(path, "r");
    if (f) fgets(line, sizeof line, f);
    printf("%s", line);
  } else if (strcmp(mode, "untouched") == 0) {
    return untouched();
  } else if (strcmp(mode, "zone") == 0) {
    return zone(argv[5]);
  } else if (strcmp(mode, "locale") == 0) {
    const char* name = setlocale(LC_ALL, "");
    wchar_t wide;
    printf("%s %s %d\n", name ? name : "none", nl_langinfo(CODESET), (int)mbrtowc(&wide, "\xe2\x82\xac", 3, &(mbstate_t){0}));
    locale_t locale = newlocale(LC_ALL_MASK, "xx_YY.UTF-8", (locale_t)0);
    return locale == (locale_t)0 || name == NULL;
  } else if (strcmp(mode, "locales") == 0) {
    return locales(argv + 5);
  } else if (strcmp(mode, "locale_threads") == 0) {
    return locale_threads();
  } else if (strcmp(mode, "iconv") == 0) {
    if (strcmp(argv[5], "ccs") == 0) {
      FILE* f = fopen("file", "r,ccs=REDIRECT-TEST");
      if (f == NULL) puts("FAIL: fopen");
    }
    puts(iconv_open("UCS-4LE", "REDIRECT-TEST") != (iconv_t)-1 ? "converts" : "FAIL: iconv_open");
  } else if (strcmp(mode, "exchanges") == 0) {
    exchanges_fork = strcmp(argv[5], "fork") == 0;
    return exchanges();
  } else if (strcmp(mode, "link") == 0) {
    char out[PATH_MAX] = "", line[64] = "none\n";
    char* allocated = realpath(argv[5], NULL);
    printf("%s\n", allocated ? allocated : "(none)");
    free(allocated);
    printf("%s\n", realpath(argv[5], out) ? out : "(none)");
    const ssize_t size = readlink(argv[5], out, sizeof out);
    printf("%.*s\n", size < 0 ? 6 : (int)size, size < 0 ? "(none)" : out);
    FILE* f = fopen(argv[5], "r");
    if (f) fgets(line, sizeof line, f);
    printf("%s", line);
  } else if (strcmp(mode, "small") == 0) {
    return small_stack(inside);
  } else if (strcmp(mode, "many") == 0) {
    return many_plugins(inside, atoi(argv[5]), atoi(argv[6]));
  } else if (strcmp(mode, "all") == 0) {
    return many_of_all(inside, outside);
  } else if (strcmp(mode, "nofollow") == 0) {
    return own_link_by_number();
  } else if (strcmp(mode, "early") == 0) {
    int (*early)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "early_failures");
    return early == NULL || early() != 0;
  } else if (strcmp(mode, "script") == 0) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/program.sh", inside);
    execl(path, "called", "argument", (char*)NULL);
    return 1;
  } else if (strcmp(mode, "shell") == 0) {  // by system() and popen(), several at a time, and what they leave behind
    struct sigaction before, after;
    sigset_t mask, mask_after;
    sigaction(SIGINT, NULL, &before);
    sigprocmask(SIG_BLOCK, NULL, &mask);
    printf("null %d\n", system(NULL) != 0);
    fflush(stdout);
    const int status = system("a b");
    printf("system %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    FILE* streams[3];
    for (int i = 0; i < 3; ++i) streams[i] = popen("c", i == 2 ? "w" : "r");
    for (int i = 0; i < 3; ++i) {
      char line[256] = "";
      if (streams[i] == NULL) return 1;
      if (i < 2) fgets(line, sizeof line, streams[i]);
      const int closed = pclose(streams[i]);
      printf("popen %s%d\n", line, WIFEXITED(closed) ? WEXITSTATUS(closed) : -1);
    }
    printf("mode %d\n", popen("c", "x") == NULL);
    sigaction(SIGINT, NULL, &after);
    sigprocmask(SIG_BLOCK, NULL, &mask_after);
    return before.sa_handler != after.sa_handler || memcmp(&mask, &mask_after, 8) != 0 || wait(NULL) != -1;
  } else if (strcmp(mode, "exe") == 0) {
    char link[PATH_MAX] = "", by_number[PATH_MAX] = "", name[64], real[PATH_MAX] = "";
    snprintf(name, sizeof name, "/proc/%d/exe", (int)getpid());
    if (readlink("/proc/self/exe", link, sizeof link - 1) < 0 || readlink(name, by_number, sizeof by_number - 1) < 0) return 1;
    realpath("/proc/self/exe", real);
    struct stat a, b;
    printf("%s\n%s\n%s\n%d\n", link, by_number, real, stat("/proc/self/exe", &a) == 0 && stat(link, &b) == 0 && a.st_ino == b.st_ino);
    fflush(stdout);
    if (argc > 4 && strcmp(argv[4], "again") == 0) {  // by the path that was told
      execl(link, "again", inside, outside, "exe", (char*)NULL);
      return 1;
    }
    if (argc > 4 && strcmp(argv[4], "proc") == 0) {
      execl("/proc/self/exe", "again", inside, outside, "exe", (char*)NULL);
      return 1;
    }
  } else if (strcmp(mode, "dlopen") == 0) {  // a library that opens one by a bare name along its own run path
    void* handle = dlopen("libcaller.so", RTLD_NOW);
    int (*call)(void) = handle ? (int (*)(void))dlsym(handle, "open_hidden") : NULL;
    if (call == NULL || call() != 7) {
      printf("FAIL: %s\n", dlerror());
      return 1;
    }
  } else {
    return 2;
  }
  return failures != 0;
}
