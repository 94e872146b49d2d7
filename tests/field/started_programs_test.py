#!/usr/bin/python3
"""What programs and scripts start: the program behind a wrapper, scripts that programs start with what those run, and
helpers of other packages that a program names."""

from field import ELSEWHERE, PREFIX, FieldCase, bundle, in_root, main


class StartedPrograms(FieldCase):
    def begins_as_here(self, layer, program, *arguments):
        """The first line is that of this machine's."""
        here = self.tool(program, *arguments).out.strip().split(b"\n")[0]
        for at in (PREFIX, ELSEWHERE):
            there = in_root([f"{at}/bin/{program.rsplit('/', 1)[-1]}", *arguments], layer, at=at)
            self.assertEqual((there.status, there.out.strip().split(b"\n")[0]), (0, here), there)

    def test_a_wrapper_of_one_line(self):
        """Its program is no found data: no limit for that keeps it out."""
        self.begins_as_here(self.folder("/usr/bin/7z", "--data-limit", "3MB"), "/usr/bin/7z", "i")
        said = bundle("/usr/bin/7z", "-n", "--data-limit", "1kB")
        self.assertEqual(said.status, 3, "its package's other files are")
        self.assertIn("--data-limit 3MB takes it", said.text)

    def test_a_wrapper_that_picks_a_version(self):
        self.begins_as_here(self.folder("/usr/bin/psql"), "/usr/bin/psql", "--version")

    def test_a_program_that_execs_a_script(self):
        self.works(self.folder("/usr/bin/Rscript"), "Rscript", b"[1] 3", "-e", "print(1 + 2)")

    def test_helpers_of_other_packages(self):
        layer = self.folder("/usr/bin/tar")
        for option in ("-J", "-z", "--zstd"):
            for at in (PREFIX, ELSEWHERE):
                with self.subTest(option=option, at=at):
                    there = in_root([f"{at}/bin/tar", "-C", at, option, "-cf", "/tmp/x.tar", "bin"], layer, at=at)
                    self.assertEqual((there.status, there.err), (0, b""), there)


if __name__ == "__main__":
    main()
