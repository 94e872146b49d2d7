#!/usr/bin/python3
"""Archives that other tools and people make: what would go wrong with them in Lambda is said, and nothing else.

The programs are built here with stubs of libraries, so that what they ask of libc is known. With SYSTEMS in the environment
(./dev test --systems) a Debian 11 is made in that folder, or the one that was: what verify says of each archive by --root is
then held against what happens when its program is started in there.
"""

import os
import shutil
import stat
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path[1:1] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ("e2e", "systems")]
import roots  # noqa: E402
from sandbox import LAMBDA, WORLD  # noqa: E402
from zips import BUNDLE, run, verify  # noqa: E402

PROGRAM = "/usr/bin/jq"


def libraries(program):
    """What the real loader loads, but the vdso: name -> path."""
    listed = {}
    for line in run(["ldd", program]).out.decode().splitlines():
        words = line.split()
        path = words[2] if "=>" in words else words[0]
        if path.startswith("/"):
            listed[os.path.basename(words[0])] = path
    return listed


class Foreign(unittest.TestCase):
    older_system, held = None, 0

    @classmethod
    def setUpClass(cls):
        if "SYSTEMS" in os.environ:
            cls.older_system = roots.make("bullseye", [], os.environ["SYSTEMS"])
        cls.folder = Path(tempfile.mkdtemp(prefix="bundle-foreign-"))
        cls.libraries = libraries(PROGRAM)
        cls.own = {name: path for name, path in cls.libraries.items() if name.startswith(("libjq", "libonig"))}

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)
        if cls.older_system:
            print(f"\n{cls.held} archives were started in {cls.older_system.name}")

    def edited(self, source, *options):
        path = self.folder / "edited"
        shutil.copy(source, path)
        done = run([BUNDLE, "edit", *options, path])
        self.assertEqual(done.status, 0, done)
        return path.read_bytes()

    def built(self, name, source, *options):
        path = self.folder / name
        done = run(["cc", "-x", "c", "-", "-o", path, *options], stdin=source.encode(), cwd=self.folder)
        self.assertEqual(done.status, 0, done)
        return path

    def archive(self, files):
        """name -> path, bytes, or (mode, either of them)."""
        path = self.folder / "foreign.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                mode, content = content if isinstance(content, tuple) else (0o100755, content)
                info = zipfile.ZipInfo(name)
                info.create_system, info.external_attr, info.compress_type = 3, mode << 16, zipfile.ZIP_DEFLATED
                archive.writestr(info, content if isinstance(content, bytes) else Path(content).read_bytes())
        return path

    def says(self, files, expected, status, starts=None):
        """All of `expected`, (severity, check, words), are said of the archive. `starts`: the command in it, and whether it
        works in the older system."""
        path = self.archive(files)
        done, findings, text = verify(path)
        for severity, check, words in expected:
            self.assertTrue(any(one["severity"] == severity and one["check"] == check and words in f"{one['path']}: {one['what']}"
                                for one in findings), f"{severity} {check} {words!r} in:\n{text}")
        self.assertEqual(done, status, text)
        if not self.older_system or not starts:
            return
        done, _, text = verify(path, "--root", self.older_system)
        layer = self.folder / "layer"
        shutil.rmtree(layer, ignore_errors=True)
        layer.mkdir()
        self.assertEqual(run(["unzip", "-q", path, "-d", layer]).status, 0)
        there = run(["bwrap", *WORLD, "--ro-bind", self.older_system, "/", "--ro-bind", layer, "/opt", "--dev", "/dev", "--tmpfs", "/tmp",
                     "--clearenv", "--setenv", "LD_LIBRARY_PATH", LAMBDA["LD_LIBRARY_PATH"], "--", *starts],
                    stdin=b'{"a":1}')
        Foreign.held += 1
        # An older loader has other words for each; what counts is whether it starts.
        self.assertEqual(there.status == 0, done == 0, f"verify --root says\n{text}\nand there\n{there}")

    def lib(self, folder, libs):
        return {f"{folder}/{name}": path for name, path in libs.items()}

    def test_libraries_beside_the_program(self):
        """bin/ and lib/ of what is not libc's: its libm is the runtime's, which is older."""
        self.says({"bin/jq": PROGRAM, **self.lib("lib", self.own)},
                  [("error", "versions", "lib/libjq.so.1: libm.so.6 would come from the runtime's /lib64 on Amazon Linux 2023: "
                                         "it lacks GLIBC_2.35")], 3, ["/opt/bin/jq", "."])

    def test_all_of_ldds_list(self):
        """With libc, which LD_LIBRARY_PATH's first folders keep from being used."""
        self.says({"bin/jq": PROGRAM, **self.lib("lib", self.libraries)},
                  [("error", "versions", "it lacks GLIBC_2.35"),
                   ("warning", "runtime", "bin/jq: libc.so.6 would come from the runtime's /lib64, and lib/libc.so.6 is not used")],
                  3, ["/opt/bin/jq", "."])

    def test_folder_that_nobody_searches(self):
        self.says({"bin/jq": PROGRAM, **self.lib("libs", self.own)},
                  [("error", "needed", "bin/jq: needs libjq.so.1, and no run path or LD_LIBRARY_PATH leads to the folder"),
                   ("warning", "reach", "libs/libonig.so.5: is loaded for no program")], 3, ["/opt/bin/jq", "."])

    def test_program_alone(self):
        self.says({"bin/jq": PROGRAM}, [("error", "needed", "bin/jq: needs libjq.so.1, which is not in the archive, and Amazon Linux "
                                                            "2023 is not known to have it")], 3, ["/opt/bin/jq", "."])

    def test_patchelf_with_libc(self):
        """$ORIGIN/../lib as DT_RPATH: the archive's libc under the runtime's loader."""
        program = self.edited(PROGRAM, "--force-rpath", "--set-rpath", "$ORIGIN/../lib")
        self.says({"bin/jq": program, **self.lib("lib", self.libraries)},
                  [("error", "runtime", "bin/jq: libc.so.6 would come from the archive, lib/libc.so.6, and its loader from the "
                                        "runtime")], 3, ["/opt/bin/jq", "."])

    def test_patchelf_with_runpath(self):
        """DT_RUNPATH loses to LD_LIBRARY_PATH."""
        source = self.built("z", "#include <stdio.h>\n int main(void){return puts(\"works\") < 0;}", "-Wl,--enable-new-dtags",
                            "-Wl,-rpath,$ORIGIN/../lib")
        self.says({"bin/z": source, **self.lib("lib", {"libc.so.6": self.libraries["libc.so.6"]})},
                  [("warning", "runtime", "bin/z: libc.so.6 would come from the runtime's /lib64, and lib/libc.so.6 is not used"),
                   ("warning", "versions", "on Amazon Linux 2: it lacks GLIBC_2.34")], 0, ["/opt/bin/z"])

    def test_library_that_the_runtime_may_have(self):
        """No public document says that it has expat, nor that it has not."""
        library = self.built("libexpat.so.1", "int expat(void){return 0;}", "-shared", "-fPIC", "-Wl,-soname,libexpat.so.1")
        program = self.built("x", "int expat(void); int main(void){return expat();}", "-Wl,--enable-new-dtags",
                             "-Wl,-rpath,$ORIGIN/../lib", "-L.", "-l:libexpat.so.1")
        self.says({"bin/x": program}, [("warning", "runtime", "bin/x: needs libexpat.so.1, which is not in the archive, and whether "
                                                              "Amazon Linux 2023 has it is not known")], 0, ["/opt/bin/x"])
        self.says({"bin/x": program, "lib/libexpat.so.1": library},
                  [("warning", "runtime", "bin/x: libexpat.so.1 is not used where Amazon Linux 2023 has one of its own")], 0,
                  ["/opt/bin/x"])

    def test_patchelf_with_interpreter(self):
        """The archive's own loader by an absolute path, and DT_RPATH: that is what works."""
        program = self.edited(PROGRAM, "--force-rpath", "--set-rpath", "$ORIGIN/../lib", "--set-interpreter", "/opt/lib/ld.so")
        libs = {("ld.so" if name.startswith("ld-") or "/ld-" in name else name): path for name, path in self.libraries.items()}
        self.says({"bin/jq": program, **self.lib("lib", libs)}, [], 0, ["/opt/bin/jq", "."])

    def test_exodus(self):
        """A script starts the program by the archive's loader: by itself it would not start."""
        home = "bundles/0123/"
        script = (b"#!/bin/sh\nd=$(dirname \"$(readlink -f \"$0\")\")\n"
                  b"exec \"$d/../lib/ld-linux-x86-64.so.2\" --library-path \"$d/../lib\" \"$d/jq-x\" \"$@\"\n")
        libs = {os.path.basename(name): path for name, path in self.libraries.items()}
        files = {home + "bin/jq-x": PROGRAM, home + "bin/jq": script, **self.lib(home + "lib", libs)}
        self.says(files, [("warning", "needed", "unless a launcher starts it by the loader of the archive")], 0,
                  ["/opt/bundles/0123/bin/jq", "."])
        files["bin/jq"] = (stat.S_IFLNK | 0o777, b"../bundles/0123/bin/jq")
        self.says(files, [("warning", "links", "bin/jq: is a symlink to ../bundles/0123/bin/jq")], 0, ["/opt/bin/jq", "."])

    def node_module(self):
        # The version is that of a newer zlib's function, as sharp's libvips has it.
        library = self.built("libvips-cpp.so.42", "int inflateGetDictionary(void*,void*,void*);\n const void* z_crc; extern int "
                             "gzgetc_(void*); int adler32_z(void); int x(void){return adler32_z();}", "-shared", "-fPIC",
                             "-Wl,-soname,libvips-cpp.so.42", "-l:libz.so.1")
        module = self.built("sharp.node", "int x(void); int napi_register_module_v1(void){return x();}", "-shared", "-fPIC",
                            "-Wl,-rpath,$ORIGIN/../../../libvips/lib", "-L.", "-l:libvips-cpp.so.42")
        return {"nodejs/node_modules/sharp/build/Release/sharp.node": module}, \
            {"nodejs/node_modules/libvips/lib/libvips-cpp.so.42": library}

    def test_sharp(self):
        module, library = self.node_module()
        self.says({**module, **library}, [("warning", "versions", "libz.so.1 would come from the runtime's /lib64 on Amazon Linux 2: "
                                                                  "it lacks ZLIB_1.2.9")], 0)

    def test_sharp_without_its_library(self):
        module, _ = self.node_module()
        self.says(module, [("error", "needed", "sharp.node: needs libvips-cpp.so.42")], 3)

    def test_made_on_windows(self):
        """No modes, and backslashes."""
        path = self.archive({"bin/jq": PROGRAM})
        data = bytearray(path.read_bytes())
        at = data.rindex(b"PK\1\2")
        data[at + 5] = 0
        path.write_bytes(bytes(data).replace(b"bin/jq", b"bin\\jq"))
        done, findings, text = verify(path)
        self.assertEqual(done, 3)
        self.assertIn("backslash", text)
        self.assertIn("has no mode", text)

    def test_streamed(self):
        """Written into a pipe, its sizes stand behind each file; that is no more than a risk."""
        done = run(["sh", "-c", f"cd {self.folder} && mkdir -p streamed/bin && cp /bin/true streamed/bin/tool && cd streamed && "
                                f"zip -q -r - . | cat > ../streamed.zip"])
        self.assertEqual(done.status, 0, done)
        done, findings, text = verify(self.folder / "streamed.zip")
        self.assertIn("data descriptor", text)
        self.assertEqual({one["severity"] for one in findings if one["check"] == "zip"}, {"warning"}, text)

    def test_static_program(self):
        """Nothing that it could lack."""
        source = self.built("static", "int main(void){return 0;}", "-static")
        self.says({"bin/static": source}, [], 0, ["/opt/bin/static"])


if __name__ == "__main__":
    unittest.main(verbosity=1)
