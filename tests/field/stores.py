"""A store of Nix's made by Nix itself: small programs built by nix-build into a root of their own, with the database that it
keeps of them.

The builds are /bin/sh and this machine's gcc, in a world that has nothing else: what they name in their files is what nix
finds to be their references. The loader and libc are Debian's, in a package of the store."""

import shutil
import subprocess
from pathlib import Path

STORE = r"""
let
  build = name: more: script: derivation ({ inherit name; system = "x86_64-linux"; builder = "/bin/sh";
    PATH = "/usr/bin:/bin"; args = [ "-euc" script ]; } // more);
  text = name: content: build name { inherit content; } "printf '%s' \"$content\" > $out";
in rec {
  glibc = build "glibc-2.36-8" {} ''
    mkdir -p $out/lib $out/share/locale
    cp -L /lib64/ld-linux-x86-64.so.2 /lib/x86_64-linux-gnu/libc.so.6 /lib/x86_64-linux-gnu/libm.so.6 $out/lib
    mkdir $out/lib/gconv; cp -r /usr/lib/x86_64-linux-gnu/gconv/gconv-modules* /usr/lib/x86_64-linux-gnu/gconv/UTF-16.so $out/lib/gconv'';
  # Debian's own libgcc, tinfo and bash, made to stand in a store.
  ncurses = build "ncurses-6.4" {} "mkdir -p $out/lib; cp -L /lib/x86_64-linux-gnu/libtinfo.so.6 $out/lib";
  bash = build "bash-5.2-p15" {} ''
    mkdir -p $out/bin
    cp /usr/bin/bash $out/bin/bash
    patchelf --set-interpreter ${glibc}/lib/ld-linux-x86-64.so.2 --set-rpath ${glibc}/lib:${ncurses}/lib $out/bin/bash'';
  tzdata = build "tzdata-2024b" {} ''
    mkdir -p $out/share/zoneinfo/Europe
    cp -L /usr/share/zoneinfo/Europe/Berlin /usr/share/zoneinfo/Europe/Paris $out/share/zoneinfo/Europe'';
  cacert = build "nss-cacert-3.101" {} ''
    mkdir -p $out/etc/ssl/certs
    cp /etc/ssl/certs/ca-certificates.crt $out/etc/ssl/certs/ca-bundle.crt'';
  words = build "greet-words-1.0" {} ''
    mkdir -p $out/share/greet $out/share/doc
    echo guten tag > $out/share/greet/words
    echo nobody reads this > $out/share/doc/README'';
  settings = text "greet.conf" "loud";
  flags = "-Wl,-dynamic-linker,${glibc}/lib/ld-linux-x86-64.so.2 -Wl,-rpath,${glibc}/lib -Wl,--enable-new-dtags";
  greet = build "greet-1.0-lib" { inherit flags; src = ./greet.c; } ''
    mkdir -p $out/lib $out/lib/greet $out/lib/pkgconfig
    gcc -shared -fPIC -DWORDS=\"${words}/share/greet/words\" -DSETTINGS=\"${settings}\" $src \
      -o $out/lib/libgreet.so.1 -Wl,-soname,libgreet.so.1 $flags
    ln -s libgreet.so.1 $out/lib/libgreet.so
    echo Cflags > $out/lib/pkgconfig/greet.pc'';
  # Opened by its whole path, as nixpkgs patches dlopen's names.
  voice = build "voice-2.0" { inherit flags; src = ./voice.c; } ''
    mkdir -p $out/lib $out/share/voice
    echo "in a voice" > $out/share/voice/tone
    gcc -shared -fPIC -DTONE=\"$out/share/voice/tone\" $src -o $out/lib/libvoice.so.2 -Wl,-soname,libvoice.so.2 $flags'';
  tool = build "tool-0.9" { inherit flags; src = ./tool.c; } ''
    mkdir -p $out/bin $out/share/tool
    echo tooled > $out/share/tool/data
    gcc -DDATA=\"$out/share/tool/data\" $src -o $out/bin/tool $flags'';
  # Started by its name, by the path that wrappers set.
  helper = build "helper-0.3" { inherit flags; src = ./helper.c; } ''
    mkdir -p $out/bin
    gcc $src -o $out/bin/nixhelper $flags'';
  app = build "app-1.0" { inherit flags; src = ./app.c; } ''
    mkdir -p $out/bin $out/share/app $out/share/man/man1 $out/nix-support
    echo "message of the day" > $out/share/app/motd
    echo .TH > $out/share/man/man1/app.1
    echo ${greet} > $out/nix-support/propagated-build-inputs
    gcc -DOUT=\"$out\" -DZONE=\"${tzdata}/share/zoneinfo/Europe/Berlin\" -DTOOL=\"${tool}/bin/tool\" \
      -DVOICE=\"${voice}/lib/libvoice.so.2\" $src -o $out/bin/.app-wrapped ${greet}/lib/libgreet.so.1 $flags -Wl,-rpath,${greet}/lib
    printf '#! ${bash}/bin/bash -e\nexport APP_MODE=%s\nPATH=${helper}/bin''${PATH:+:}$PATH\nexport PATH\nexec -a "$0" "%s/bin/.app-wrapped" "$@"\n' "'by shell'" $out > $out/bin/app
    chmod +x $out/bin/app'';
  # What makeBinaryWrapper makes: a program that sets variables and starts another by its path.
  wrapped = build "wrapped-1.0" { inherit flags; src = ./wrapper.c; } ''
    mkdir -p $out/bin
    gcc -DPROGRAM=\"${app}/bin/.app-wrapped\" -DHELPERS=\"${helper}/bin\" $src -o $out/bin/wrapped $flags'';
  scripted = build "scripted-1.0" { inherit flags; src = ./wrapper.c; } ''
    mkdir -p $out/bin
    printf '#!${bash}/bin/bash\necho scripted "$APP_MODE" "$@"\n' > $out/bin/.scripted-wrapped
    chmod +x $out/bin/.scripted-wrapped
    gcc -DPROGRAM=\"$out/bin/.scripted-wrapped\" -DHELPERS=\"${helper}/bin\" $src -o $out/bin/scripted $flags'';
  lonely = build "lonely-1.0" {} "mkdir -p $out/share; echo ${words} > $out/share/lonely";
  profile = build "system-path" {} "mkdir -p $out/bin; ln -s ${app}/bin/app ${wrapped}/bin/wrapped $out/bin; ln -s ${cacert}/etc $out/etc";
  all = build "all" { inherit profile lonely scripted; } "echo $profile $lonely $scripted > $out";
}
"""

SOURCES = {
    "greet.c": r"""
#include <stdio.h>
static void show(const char* path) {
  char line[100] = "";
  FILE* file = fopen(path, "r");
  if (!file || !fgets(line, sizeof line, file)) { perror(path); return; }
  for (char* c = line; *c; ++c) if (*c != '\n') putchar(*c);
  putchar(' ');
}
void greet(void) { show(WORDS); show(SETTINGS); }
""",
    "voice.c": r"""
#include <stdio.h>
void speak(void) {
  char line[100] = "";
  FILE* file = fopen(TONE, "r");
  if (!file || !fgets(line, sizeof line, file)) perror(TONE);
  for (char* c = line; *c; ++c) if (*c != '\n') putchar(*c);
  putchar(' ');
}
""",
    "tool.c": r"""
#include <stdio.h>
int main(void) {
  char line[100] = "";
  FILE* file = fopen(DATA, "r");
  if (!file || !fgets(line, sizeof line, file)) perror(DATA);
  return fputs(line, stdout) < 0;
}
""",
    "helper.c": r"""
#include <stdio.h>
int main(void) { return puts("helped") < 0; }
""",
    "app.c": r"""
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
void greet(void);
static void show(const char* path) {
  char line[100] = "";
  FILE* file = fopen(path, "r");
  if (!file || !fgets(line, sizeof line, file)) perror(path);
  line[strcspn(line, "\n")] = 0;
  printf("%s ", line);
}
int main(int argc, char** argv) {
  const char* mode = getenv("APP_MODE");
  printf("%s ", mode ? mode : "plain");
  greet();
  show(OUT "/share/app/motd");
  FILE* zone = fopen(ZONE, "r");
  char magic[5] = "";
  if (!zone || !fread(magic, 1, 4, zone)) perror(ZONE);
  printf("%s ", magic);
  void* voice = dlopen(VOICE, RTLD_NOW);
  void (*speak)(void) = voice ? (void (*)(void))dlsym(voice, "speak") : 0;
  if (speak) speak(); else fprintf(stderr, "%s\n", dlerror());
  fflush(stdout);
  if (fork() == 0) { execl(TOOL, TOOL, (char*)0); perror(TOOL); _exit(1); }
  wait(0);
  if (fork() == 0) { execlp("nixhelper", "nixhelper", (char*)0); _exit(1); }
  wait(0);
  return argc > 1 ? atoi(argv[1]) : 0;
}
""",
    "wrapper.c": r"""
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(int argc, char** argv) {
  (void)argc;
  setenv("APP_MODE", "by wrapper", 1);
  setenv("PATH", HELPERS, 1);
  execv(PROGRAM, argv);
  perror(PROGRAM);
  return 1;
}
""",
}


class NixRoot:
    """A root with nothing in it but a store, what a profile leads to, and nix's database."""

    def __init__(self, folder):
        self.root = Path(folder) / "root"
        (self.root / "nix/store").mkdir(parents=True)
        sources = Path(folder) / "sources"
        sources.mkdir()
        for name, source in {**SOURCES, "store.nix": STORE}.items():
            (sources / name).write_text(source)
        self.world = ["bwrap", "--unshare-user", "--die-with-parent", "--dev", "/dev", "--bind", "/proc", "/proc", "--tmpfs", "/tmp", "--ro-bind", "/usr", "/usr",
                      "--ro-bind", "/etc", "/etc", "--bind", self.root / "nix", "/nix", "--ro-bind", sources, "/sources", "--setenv", "HOME", "/tmp"]
        for link in ("bin", "lib", "lib64"):
            self.world += ["--symlink", f"usr/{link}", f"/{link}"]
        self.nix("nix-build", "--option", "sandbox", "false", "--option", "substitute", "false", "--option", "build-users-group", "", "--max-jobs", "2",
                 "--no-out-link", "/sources/store.nix", "-A", "all")
        # The path of each package by the name behind its hash.
        self.path = {path.name[33:]: f"/nix/store/{path.name}" for path in (self.root / "nix/store").iterdir()
                     if not path.name.endswith((".drv", ".lock", ".links"))}
        (self.root / "run/current-system").mkdir(parents=True)
        (self.root / "run/current-system/sw").symlink_to(self.path["system-path"])

    def nix(self, *command):
        done = subprocess.run([str(part) for part in [*self.world, *command]], capture_output=True, text=True, errors="replace", timeout=300)
        assert done.returncode == 0, f"{command}: {done.stderr[-3000:]}"
        return done.stdout.split()

    def references(self, name):
        """The other packages that nix knows it to refer to, by their names."""
        return sorted(path[44:] for path in self.nix("nix-store", "-q", "--references", self.path[name]) if path != self.path[name])

    def without_database(self, folder):
        """A copy of it as a container's image has it: the store alone."""
        copy = Path(folder) / "copied"
        shutil.copytree(self.root, copy, symlinks=True, ignore=lambda path, names: ["var"] if path == str(self.root / "nix") else [])
        return copy
