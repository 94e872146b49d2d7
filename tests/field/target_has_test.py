"""A library that the target has (a driver's): the bundle fails for want of it here, or carries a copy that cannot work there."""

import json

from field import ELSEWHERE, FieldCase, bundle, in_root, main

CUDA = "int cuInit(int flags) { return 7 + flags; }\n"
USER = '#include <stdio.h>\nint cuInit(int);\nint main(void) { printf("%d\\n", cuInit(0)); return 0; }\n'
OPENER = """#include <dlfcn.h>
#include <stdio.h>
int main(void) {
  void* cuda = dlopen("libcuda.so.1", RTLD_NOW);
  int (*init)(int) = cuda ? (int (*)(int))dlsym(cuda, "cuInit") : 0;
  printf("%d\\n", init ? init(0) : -1);
  return 0;
}
"""


class TargetHas(FieldCase):
    def library(self, folder, soname="libcuda.so.1", source=CUDA, *flags):
        made = self.compiled(f"{folder}/{soname}", source, "-shared", "-fPIC", f"-Wl,-soname,{soname}", *flags)
        link = made.parent / (soname.split(".so")[0] + ".so")
        link.unlink(missing_ok=True)
        link.symlink_to(soname)
        return made.parent

    def lies_not_in(self, layer, name):
        self.assertEqual([path for path in layer.rglob("*") if name in path.name], [])

    def manifest(self, layer):
        return json.loads(next(layer.glob("lib/*/manifest.json")).read_text())

    def works_with(self, layer, program, want, folder, places=("/lib64", "/usr/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib/wsl/lib")):
        for place in places:
            for env in (None, {}):
                with self.subTest(place=place, env=env):
                    self.works(layer, program, want, binds=[(folder, place)], env=env)

    def test_a_driver_that_is_not_on_this_machine(self):
        """Unasked, for a driver; found wherever distributions have it, with Lambda's environment and with none."""
        folder = self.library("driver")
        program = self.compiled("m", USER, f"-L{folder}", "-lcuda")
        layer = self.folder(program)
        self.lies_not_in(layer, "libcuda")
        self.assertIn("left to the target: libcuda.so.1, needed by m", self.printed)
        self.assertNotIn("apt-get", self.printed)
        self.assertEqual(self.manifest(layer)["left_to_target"], {"libcuda.so.1": ["m"]})
        self.works_with(layer, "m", b"7", folder)
        there = in_root(["/opt/bin/m"], layer)
        self.assertIn(b"libcuda.so.1: cannot open shared object file", there.err)

    def test_one_that_is_here_is_not_copied(self):
        folder = self.library("driver")
        program = self.compiled("m", USER, f"-L{folder}", "-lcuda")
        layer = self.folder(program, "-L", folder)
        self.lies_not_in(layer, "libcuda")
        self.works_with(layer, "m", b"7", folder, ["/usr/local/nvidia/lib64"])

    def test_one_that_is_opened_by_name(self):
        """From a program of the user's own, and by a dlopen note; the closure's folders serve what it opens, too."""
        folder = self.library("driver")
        program = self.compiled("m", OPENER)
        layer = self.folder(program, "-L", folder)
        self.lies_not_in(layer, "libcuda")
        self.assertIn("left to the target: libcuda.so.1, opened by m", self.printed)
        self.works_with(layer, "m", b"7", folder)
        self.works(layer, "m", b"-1")

    def test_its_own_needs_lead_to_the_bundles_libc(self):
        """A driver links parts of libc that the program does not. A target's own, of another glibc, would not fit."""
        source = "#include <math.h>\n#include <dlfcn.h>\n#include <time.h>\nint cuInit(int x) { timer_t t; void* p = dlopen(0, RTLD_NOW); " \
                 "return p != 0 && timer_create(CLOCK_REALTIME, 0, &t) < 1 ? (int)floor(cos(x) * 7) : 0; }\n"
        folder = self.library("driver", "libcuda.so.1", source, "-Wl,--no-as-needed", "-lm", "-ldl", "-lrt", "-lpthread")
        program = self.compiled("m", USER, f"-L{folder}", "-lcuda", "-Wl,--allow-shlib-undefined")
        self.works_with(self.folder(program), "m", b"7", folder, ["/lib64"])

    def test_by_globs_several_and_by_soname(self):
        for index, options in enumerate((["--target-has", "libone.so.1,libtwo*"], ["--target-has", "libone.so.?", "--target-has", "libtwo.so.1"])):
            with self.subTest(options=options):
                folder = self.library(f"a{index}", "libone.so.1", "int one(void) { return 1; }\n")
                self.library(f"a{index}", "libtwo.so.1", "int two(void) { return 2; }\n")
                program = self.compiled(f"m{index}", '#include <stdio.h>\nint one(void), two(void);\nint main(void) { printf("%d\\n", one() + two()); }\n',
                                        f"-L{folder}", "-lone", "-ltwo")
                layer = self.folder(program, *options, name=f"layer{index}")
                self.works_with(layer, f"m{index}", b"3", folder, ["/lib64"])

    def test_a_library_of_the_bundle_needs_it(self):
        """And has a run path of its own; what both have is the bundle's."""
        driver = self.library("driver")
        between = self.library("between", "libbetween.so.1", "int cuInit(int); int twice(void) { return 2 * cuInit(0); }\n",
                               f"-L{driver}", "-lcuda", "-Wl,-rpath,/nowhere")
        program = self.compiled("m", '#include <stdio.h>\nint twice(void);\nint main(void) { printf("%d\\n", twice()); }\n',
                                f"-L{between}", "-lbetween", f"-Wl,-rpath-link,{driver}")
        decoys = self.library("driver", "libbetween.so.1", "int twice(void) { return 666; }\n")
        for number, options in enumerate(([], ["--runpath"])):
            layer = self.folder(program, "-L", between, *options, name=f"layer{number}")
            self.works(layer, "m", b"14", binds=[(decoys, "/usr/local/nvidia/lib64")], env={})
        self.assertEqual(list(self.manifest(layer)["left_to_target"].values()), [["libbetween.so.1"]])

    def test_none_bundles_it(self):
        folder = self.library("driver")
        program = self.compiled("m", USER, f"-L{folder}", "-lcuda")
        layer = self.folder(program, "-L", folder, "--target-has", "none")
        self.works(layer, "m", b"7")
        self.assertNotIn("left_to_target", self.manifest(layer))
        missing = bundle(program, "--target-has", "none", "--dry-run")
        self.assertEqual(missing.status, 1)
        self.assertNotIn("apt-get", missing.text)
        self.assertIn("driver", missing.text)
        self.lies_not_in(self.folder(program, name="plain"), "libcuda")

    def test_by_the_users_word_it_goes_in(self):
        folder = self.library("driver")
        program = self.compiled("m", OPENER)
        self.works(self.folder(program, "--plugin", folder / "libcuda.so.1"), "m", b"7")

    def test_what_a_trace_saw_of_a_driver_stays_out(self):
        folder = self.library("driver")
        program = self.compiled("m", OPENER)
        log = self.scratch / "log"
        log.write_text(f'execve("{program}", ["m"], 0x0) = 0\nopenat(AT_FDCWD, "{folder}/libcuda.so.1", O_RDONLY|O_CLOEXEC) = 3\n')
        self.lies_not_in(self.folder(program, "--trace-input", log), "libcuda")

    def test_libc_and_nothing_cannot_be_left(self):
        program = self.compiled("m", "int main(void) { return 0; }\n")
        for given in ("libc.so.6", "lib*", "libm.so.6", "", "a,,b", "/lib/libx.so"):
            with self.subTest(given=given):
                self.assertEqual(bundle(program, "--target-has", given, "--dry-run").status, 2)

    def test_inspect_says_what_is_a_drivers(self):
        folder = self.library("driver")
        program = self.compiled("m", USER, f"-L{folder}", "-lcuda")
        done = bundle("inspect", program)
        self.assertEqual(done.status, 1)
        self.assertIn("a bundle leaves it to the target", done.text)
        self.assertTrue(json.loads(bundle("inspect", "--json", program).out)["missing"][0]["driver"])

    def test_mesa_is_bundled_as_any_other(self):
        folder = self.library("gl", "libGL.so.1", "int glNothing(void) { return 5; }\n")
        program = self.compiled("m", '#include <stdio.h>\nint glNothing(void);\nint main(void) { printf("%d\\n", glNothing()); }\n', f"-L{folder}", "-lGL")
        self.works(self.folder(program, "-L", folder), "m", b"5")
        layer = self.folder(program, "--target-has", "libGL.so.1", name="left")
        self.works(layer, "m", b"5", binds=[(folder, "/usr/lib64")])


if __name__ == "__main__":
    main()
