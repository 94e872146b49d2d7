"""Programs that write copies of themselves with more in them: what they make after an edit starts as before it."""

import os
import shutil
import struct

from field import TOOLS, FieldCase, bundle, main, run
from sandbox import E2E_BUILD

SELF = r"""
#include <stdio.h>
char zeros[3000];
int main() {
  FILE* f = fopen("/proc/self/exe", "rb");
  for (int i = 0; i < 3000; ++i) if (zeros[i]) return 1;
  puts(f ? "hello" : "nothing");
  return 0;
}
"""


def grown(path, out, extra=4096):
    """As bun does it: the first writable PT_LOAD gets `extra` bytes behind all memory, zeros where .bss was, and what stands
    behind that segment in the file slips. Only section headers are told."""
    data = bytearray(path.read_bytes())
    phoff, shoff = struct.unpack_from("<QQ", data, 32)
    phnum, shnum = struct.unpack_from("<H", data, 56)[0], struct.unpack_from("<H", data, 60)[0]
    loads = [at for at in range(phoff, phoff + 56 * phnum, 56) if struct.unpack_from("<I", data, at)[0] == 1]
    end = max(struct.unpack_from("<Q", data, at + 16)[0] + struct.unpack_from("<Q", data, at + 40)[0] for at in loads)
    writable = next(at for at in loads if struct.unpack_from("<I", data, at + 4)[0] & 2)
    offset, address = struct.unpack_from("<QQ", data, writable + 8)
    filesz, = struct.unpack_from("<Q", data, writable + 32)
    new_address = (end + 4095) // 4096 * 4096
    size = new_address - address + extra
    start, new_end = offset + filesz, offset + size
    tail = data[start:]
    out.write_bytes(bytes(data[:start]) + bytes(new_end - start) + bytes(tail))
    shift = new_end - start
    with open(out, "r+b") as file:
        file.seek(writable + 32)
        file.write(struct.pack("<QQ", size, size))
        file.seek(40)
        file.write(struct.pack("<Q", shoff + shift))
        for at in range(shoff + shift, shoff + shift + 64 * shnum, 64):
            file.seek(at + 4)
            kind, = struct.unpack("<I", file.read(4))
            file.seek(at + 24)
            where, = struct.unpack("<Q", file.read(8))
            if kind != 8 and where >= start:
                file.seek(at + 24)
                file.write(struct.pack("<Q", where + shift))
    out.chmod(0o755)
    return out


def bun():
    """npm's bun, installed once."""
    home = E2E_BUILD / "npm"
    if not (home / "node_modules/bun").exists():
        home.mkdir(parents=True, exist_ok=True)
        # The user's own settings for npm, a proxy's among them; node trusts the system's certificates only when it is told to.
        env = {"NODE_EXTRA_CA_CERTS": "/etc/ssl/certs/ca-certificates.crt", **os.environ, "HOME": str(home)}
        done = run(["npm", "install", "--prefix", home, "--no-audit", "--no-fund", "bun@1"], env=env, timeout=600)
        assert done.status == 0, f"npm install bun: {done} (is npm installed?)"
    found = [path for path in (*home.glob("node_modules/@oven/bun-linux-x64/bin/bun"), home / "node_modules/bun/bin/bun.exe")
             if path.exists() and path.stat().st_size > 1_000_000]
    assert found, f"no bun below {home}"
    return found[0]


class Template(FieldCase):
    def edited(self, program, *options):
        out = program.with_name(f"{program.name}-edited")
        done = bundle("edit", program, *options, "-o", out)
        self.assertEqual(done.status, 0, done)
        return out

    def test_a_copy_with_a_longer_data_segment(self):
        longer = "/a/folder/of/a/name/that/is/" + "long/" * 30
        # lld puts what is read-only after relocation into a writable segment of its own, which no template can have.
        for kind, compiler, flags in (("ld", "gcc", []), ("ld-no-pie", "gcc", ["-no-pie"]), ("lld", "clang", ["-fuse-ld=lld", "-Wl,-z,norelro"]),
                                      ("lld-no-pie", "clang", ["-fuse-ld=lld", "-no-pie", "-Wl,-z,norelro"])):
            with self.subTest(kind):
                program = self.compiled(kind, SELF, *flags, compiler=compiler)
                self.assertEqual(self.tool(grown(program, self.scratch / f"{kind}-copy")).out, b"hello\n")
                edited = self.edited(program, "--set-rpath", longer)
                for twice in (edited, self.edited(edited, "--set-rpath", longer + longer, "--add-needed", "libm.so.6")):
                    self.assertEqual(self.tool(twice).out, b"hello\n")
                    self.assertEqual(self.tool(grown(twice, self.scratch / f"{twice.name}-copy")).out, b"hello\n")
                    self.assertEqual(self.lint(twice), self.lint(program))
                    shutil.copy(twice, self.scratch / "stripped")
                    self.tool("strip", self.scratch / "stripped")
                    self.assertEqual(self.tool(self.scratch / "stripped").out, b"hello\n")

    def lint(self, program):
        return run(["eu-elflint", "--gnu-ld", program], env=TOOLS).out.strip()

    def test_bun(self):
        shutil.copy(bun(), self.scratch / "bun")
        (self.scratch / "hello.ts").write_text('const name: string = "bun"; console.log("hello", name, process.argv.length);\n')
        edited = self.edited(self.scratch / "bun", "--set-rpath", "/opt/lib/" + "long/" * 30)
        self.tool(edited, "build", "--compile", "hello.ts", "--outfile", "hello")
        self.assertEqual(self.tool(self.scratch / "hello").out, b"hello bun 2\n")
        self.works(self.folder(self.scratch / "hello"), "hello", b"hello bun 2")


if __name__ == "__main__":
    main()
