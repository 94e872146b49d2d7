"""A package database that was cut short or made by hand: a list line without a leading slash, and discovery never ended."""

import random
import time

from field import BUNDLE, FieldCase, bundle, main, run

STANZA = "Package: {name}\nStatus: install ok installed\nArchitecture: all\nVersion: 1\nSection: utils\nSource: {source}\n{more}\n"


class PackageLists(FieldCase):
    """The machine's own database is covered by one that is made here."""

    def database(self, packages, diversions=""):
        """name -> (extra fields, lines of the list)"""
        folder = self.scratch / "dpkg"
        (folder / "info").mkdir(parents=True, exist_ok=True)
        status = ""
        for name, (more, lines) in packages.items():
            status += STANZA.format(name=name, source="odd", more=more)
            (folder / "info" / f"{name.replace('/', '_')}.list").write_bytes(lines)
        (folder / "status").write_text(status)
        (folder / "diversions").write_text(diversions)
        return folder

    def discovered(self, program, folder, *arguments, limit=60):
        began = time.monotonic()
        done = run(["bwrap", "--dev-bind", "/", "/", "--bind", folder, "/var/lib/dpkg", "timeout", str(limit), BUNDLE, program, "--dry-run", "-v",
                    *arguments], timeout=limit + 10)
        self.assertIn(done.status, (0, 1), f"{time.monotonic() - began:.0f} s: {done}")
        return done

    def installed_program(self, names):
        """A program of /usr/local, which a made-up package owns, that names these paths and calls dlopen."""
        lines = "".join(f'"{name}",' for name in names)
        return self.compiled("oddprogram", f"#include <dlfcn.h>\nconst char* const names[] = {{{lines} 0}};\n"
                             "int main(int n, char** v) { return dlopen(names[n], 1) != 0; }\n")

    def test_a_line_without_a_slash(self):
        program = self.installed_program(["/usr/share/misc/magic", "/usr/share/odd"])
        lists = f"usr/share/misc/magic\nusr/share\nx\n.\n\n{program}\nusr/bin/perl\nbin/sh\n".encode()
        folder = self.database({"odd": ("Depends: other", lists), "other": ("", b"usr/lib/x\n/usr/share/odd\n\0\n")})
        self.discovered(program, folder)

    def test_lists_of_all_kinds_of_wrong(self):
        program = self.installed_program(["/usr/share/misc/magic", "/usr/share/odd", "/usr/share/perl5"])
        good = f"/.\n/usr\n/usr/share\n/usr/share/misc\n/usr/share/misc/magic\n/usr/share/odd\n/usr/share/perl5\n{program}\n/usr/bin/perl\n".encode()
        roll = random.Random(11)
        for turn in range(12):
            wrong = bytearray(good)
            for _ in range(roll.randrange(1, 20)):
                at = roll.randrange(len(wrong))
                wrong[at:at + roll.randrange(0, 3)] = roll.choice([b"/", b"", b"\n", b"..", b"\0", b"\xff", b"//", b"/../", b"%s", b"x" * 5000])
            with self.subTest(turn=turn):
                more = roll.choice(["Depends: odd, other | odd", "Depends: " + "a|" * 500, "Recommends: ,,,|(", "Conffiles:\n /etc/x\n\n"])
                folder = self.database({"odd": (more, bytes(wrong)), "other": ("Depends: odd", bytes(wrong[::-1]))},
                                       diversions="x\ny\nz\n/usr/bin/perl\nrelative\n:\n")
                self.discovered(program, folder)

    def test_a_package_of_no_name(self):
        """Names go into paths of the database and into what is printed."""
        program = self.installed_program(["/usr/share/misc/magic"])
        folder = self.database({"../../../etc/odd": ("", b"/usr/share/misc/magic\n"), "x;id>pwned": ("", f"{program}\n".encode())})
        done = self.discovered(program, folder)
        self.assertNotIn("pwned", done.text)

    def test_three_thousand_names(self):
        """Each is looked up among all lines of all lists: an index, or 14 seconds."""
        program = self.installed_program([f"lib{n}odd.so.{n}" for n in range(3000)])
        lists = "".join(f"/usr/share/odd/{n}/{m}\n" for n in range(400) for m in range(500))
        folder = self.database({"odd": ("", f"{program}\n{lists}".encode())})
        began = time.monotonic()
        self.discovered(program, folder)
        self.assertLess(time.monotonic() - began, 30, "a scan for each name takes minutes here")

    def test_a_link_from_var_to_settings(self):
        """A folder in /var with a link into /etc, which the program names: the walk up from one to the other has an end."""
        where = self.scratch / "var-lib-odd"
        where.mkdir()
        (where / "conf").symlink_to("/etc/hostname")
        program = self.installed_program(["/var/lib/odd"])
        folder = self.database({"odd": ("", f"{program}\n/var/lib/odd\n".encode())})
        done = run(["bwrap", "--dev-bind", "/", "/", "--tmpfs", "/var", "--bind", folder, "/var/lib/dpkg", "--bind", where, "/var/lib/odd",
                    "timeout", "60", BUNDLE, program, "--dry-run"], timeout=70)
        self.assertEqual(done.status, 0, done)

    def test_a_whole_database_that_is_something_else(self):
        program = self.installed_program([])
        folder = self.scratch / "dpkg"
        (folder / "info").mkdir(parents=True)
        for content in (b"", b"\0" * 100_000, b"Package: x\n" * 10_000, b":\n" * 10_000, b" \n\n" * 10_000, b"Package: a\n x\n" * 9_999):
            (folder / "status").write_bytes(content)
            self.discovered(program, folder)


if __name__ == "__main__":
    main()
