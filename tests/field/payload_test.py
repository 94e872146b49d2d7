"""Programs that find bytes of their own file, and have to find the same ones by every way, at the prefix and elsewhere."""

from field import ELSEWHERE, PREFIX, FieldCase, bundle, in_root, main

# Says, for each way to one's own file, what its last 8 bytes are, and whether readlink and its system call agree.
READER = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
static void say(const char* how, int fd) {
  char b[9] = {0};
  struct stat s;
  if (fd < 0 || fstat(fd, &s) || pread(fd, b, 8, s.st_size - 8) != 8) strcpy(b, "nothing");
  printf("%s %s\n", how, b);
}
int main(int argc, char** argv) {
  char link[PATH_MAX] = {0}, raw[PATH_MAX] = {0}, proc[64], real[PATH_MAX];
  struct stat s, t;
  sprintf(proc, "/proc/%d/exe", getpid());
  FILE* f = fopen("/proc/self/exe", "rb");
  say("fopen", fileno(f));
  say("open", open("/proc/self/exe", O_RDONLY));
  say("pid", open(proc, O_RDONLY));
  say("openat", syscall(SYS_openat, AT_FDCWD, "/proc/self/exe", O_RDONLY));
#ifdef SYS_open
  say("open by number", syscall(SYS_open, "/proc/self/exe", O_RDONLY));
#else
  say("open by number", open("/proc/self/exe", O_RDONLY));
#endif
  say("argv[0]", open(argv[0], O_RDONLY));
  say("execfn", open((char*)getauxval(AT_EXECFN), O_RDONLY));
  if (readlink("/proc/self/exe", link, sizeof link - 1) < 0) return 1;
  say("readlink", open(link, O_RDONLY));
  if (syscall(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", raw, sizeof raw - 1) < 0) return 1;
  printf("link %s\n", strcmp(link, raw) ? raw : "same");
#ifdef SYS_readlink
  memset(raw, 0, sizeof raw);
  if (syscall(SYS_readlink, "/proc/self/exe", raw, sizeof raw - 1) < 0) return 1;
#endif
  printf("link %s\n", strcmp(link, raw) ? raw : "same");
  if (!realpath("/proc/self/exe", real) || strcmp(real, link)) printf("realpath %s\n", real);
  if (stat("/proc/self/exe", &s) || stat(argv[0], &t)) return 1;
  printf("size %s\n", s.st_size == t.st_size ? "same" : "another");
  printf("executable %d\n", access(argv[0], X_OK));
  return 0;
}
"""
WAYS = ["fopen", "open", "pid", "openat", "open by number", "argv[0]", "execfn", "readlink"]
ALL = "".join(f"{way} PAYLOAD!\n" for way in WAYS) + "link same\nlink same\nsize same\nexecutable 0"

# As PyInstaller's bootloader looks for its archive: backwards through all of the file for what the archive ends in.
SEARCHER = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(int argc, char** argv) {
  const char* ways[] = {"/proc/self/exe", argv[0]};
  for (int i = 0; i < 2; ++i) {
    FILE* f = fopen(ways[i], "rb");
    fseek(f, 0, SEEK_END);
    long n = ftell(f);
    char* b = malloc(n);
    rewind(f);
    if (fread(b, 1, n, f) != (size_t)n) return 1;
    char cookie[] = {'C', '0', '0', 'K', '!', 0};
    long at = n - 6;
    while (at >= 0 && (memcmp(b + at, cookie, 5) || b[at + 5] != 'x')) --at;
    puts(at < 0 ? "nothing" : "found");
  }
  return 0;
}
"""

# Never asks libc: what Go and Zig programs do.
RAW = r"""
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
static long call(long n, long a, long b, long c, long d) {
  long r;
#ifdef __x86_64__
  register long r10 __asm__("r10") = d;
  __asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
#else
  register long x8 __asm__("x8") = n, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c, x3 __asm__("x3") = d;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
  r = x0;
#endif
  return r;
}
int main() {
  char b[9] = {0};
  long fd = call(SYS_openat, AT_FDCWD, (long)"/proc/self/exe", O_RDONLY, 0);
  long end = call(SYS_lseek, fd, -8, SEEK_END, 0);
  call(SYS_read, fd, (long)b, 8, 0);
  puts(b);
  if (end < 0) return 1;
  return 0;
}
"""

LINKERS = {
    "gcc, GNU ld": ("gcc", []),
    "gcc, GNU ld, -no-pie": ("gcc", ["-no-pie"]),
    "gcc, gold": ("gcc", ["-fuse-ld=gold"]),
    "gcc, gold, -no-pie": ("gcc", ["-fuse-ld=gold", "-no-pie"]),
    "clang, lld": ("clang", ["-fuse-ld=lld"]),
    "clang, lld, -no-pie": ("clang", ["-fuse-ld=lld", "-no-pie"]),
    "clang, lld, -z rodynamic": ("clang", ["-fuse-ld=lld", "-Wl,-z,rodynamic"]),
    "gcc, mold": ("gcc", ["-fuse-ld=mold"]),
    "gcc, mold, -no-pie": ("gcc", ["-fuse-ld=mold", "-no-pie"]),
    "musl": ("musl-gcc", []),
    "musl, -no-pie": ("musl-gcc", ["-no-pie"]),
}


class Payload(FieldCase):
    def carrier(self, name, source, *flags, compiler="gcc", payload=b"12345678PAYLOAD!"):
        path = self.compiled(name, source, *flags, compiler=compiler)
        with open(path, "ab") as file:
            file.write(payload)
        return path

    def test_behind_the_end_by_every_link_editor(self):
        for kind, (compiler, flags) in LINKERS.items():
            with self.subTest(kind):
                name = "".join(c if c.isalnum() else "-" for c in kind)
                program = self.carrier(name, READER, *flags, compiler=compiler)
                self.works(self.folder(program, name=f"layer-{name}"), name, ALL.encode())

    def test_called_by_a_relative_path_and_by_a_link(self):
        program = self.carrier("p", READER, "-fuse-ld=lld", compiler="clang")
        layer = self.folder(program)
        for at in (PREFIX, ELSEWHERE):
            there = in_root(["./p"], layer, at=at, cwd=f"{at}/bin")
            self.assertEqual((there.status, there.out.decode().strip()), (0, ALL), there)
            linked = in_root(["/tmp/p"], layer, at=at, options=["--symlink", f"{at}/bin/p", "/tmp/p"])
            self.assertEqual((linked.status, linked.out.decode().strip()), (0, ALL), linked)

    def test_in_a_section_that_no_segment_maps(self):
        (self.scratch / "pk").write_bytes(b"C00K!xdata")
        for linker in ("bfd", "lld", "mold"):
            for action in ("--add-section=pydata=pk", "--add-section=.archive=pk"):
                with self.subTest(linker=linker, action=action):
                    name = f"s-{linker}-{action[14:20].strip('.=')}"
                    program = self.compiled(name, SEARCHER, f"-fuse-ld={linker}")
                    self.tool("objcopy", action, program)
                    self.works(self.folder(program, name=f"layer-{name}"), name, b"found\nfound")

    def test_by_system_calls_of_its_own(self):
        for kind, (compiler, flags) in LINKERS.items():
            with self.subTest(kind):
                name = "raw-" + "".join(c if c.isalnum() else "-" for c in kind)
                program = self.carrier(name, RAW, *flags, compiler=compiler)
                self.works(self.folder(program, name=f"layer-{name}"), name, b"PAYLOAD!")

    def test_the_file_is_left_as_it_was_where_it_has_no_room(self):
        program = self.carrier("p", READER, "-fuse-ld=lld", compiler="clang")
        layer = self.folder(program)
        self.assertEqual((layer / "lib/p/root/usr/bin/p").read_bytes(), program.read_bytes())
        self.assertIn("left as it was", self.printed)

    def test_what_the_launcher_cannot_mend_is_refused(self):
        # A library asked for by a path, which has to be renamed, in a file that has no room for another name.
        library = self.compiled("deep/down/libx.so", "int x(void) { return 7; }", "-shared", "-fPIC")
        program = self.carrier("p", "int x(void); int main() { return x(); }", library, "-fuse-ld=lld", compiler="clang")
        out = self.scratch / "refused"
        done = bundle(program, "-o", f"{out}/")
        self.assertEqual(done.status, 1, done)
        self.assertIn("GNU ld", done.text)
        self.assertFalse(out.exists(), "half an output")


if __name__ == "__main__":
    main()
