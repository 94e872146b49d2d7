#!/usr/bin/python3
"""A word without a slash means the same file to inspect, edit and bundle; words of the command in what it cannot do; a
version table whose entries lie over each other."""

import json
import shutil
import struct
import time
from pathlib import Path

from field import FieldCase, bundle, main

JQ = Path("/usr/bin/jq")


class NamedFile(FieldCase):
    def three(self, word):
        """(exit code, what it took the word for) of the three commands, run in the scratch folder."""
        here = {"cwd": self.scratch}
        shown = bundle("inspect", "--json", word, **here)
        path = bundle("edit", "--print-rpath", word, **here)
        dry = bundle(word, "--dry-run", "--no-discover", **here)
        return ((shown.status, json.loads(shown.out)["program"] if shown.out else shown.text),
                (path.status, path.out.decode().strip()), dry)

    def test_in_path_only(self):
        shown, path, dry = self.three("jq")
        self.assertEqual((shown, path), ((0, str(JQ)), (0, "")))
        self.assertEqual(dry.status, 0, dry)

    def test_in_this_folder_only(self):
        shutil.copy(JQ, self.scratch / "no-such-command")
        self.assertEqual(bundle("edit", "no-such-command", "--set-rpath", "/marked", cwd=self.scratch).status, 0)
        shown, path, dry = self.three("no-such-command")
        self.assertEqual((shown, path), ((0, str(self.scratch / "no-such-command")), (0, "/marked")))
        self.assertEqual(dry.status, 0, dry)

    def test_in_both_the_one_here_is_taken_and_it_is_said(self):
        shutil.copy(JQ, self.scratch / "jq")
        before = JQ.read_bytes()
        self.assertEqual(bundle("edit", "jq", "--set-rpath", "/marked", cwd=self.scratch).status, 0)
        self.assertEqual(JQ.read_bytes(), before)
        shown, path, dry = self.three("jq")
        self.assertEqual((shown, path), ((0, str(self.scratch / "jq")), (0, "/marked")))
        self.assertIn(str(JQ), dry.text)
        self.assertEqual(dry.status, 0, dry)

    def test_what_is_here_and_no_elf_file_is_in_nobodys_way(self):
        (self.scratch / "jq").mkdir()
        self.assertEqual(self.three("jq")[0], (0, str(JQ)))
        (self.scratch / "jq").rmdir()
        (self.scratch / "jq").write_text("notes on jq\n")
        self.assertEqual(self.three("jq")[0], (0, str(JQ)))

    def test_nowhere(self):
        for arguments in (["inspect", "nowhere-x"], ["edit", "--print", "nowhere-x"], ["nowhere-x", "--dry-run"]):
            done = bundle(*arguments, cwd=self.scratch)
            self.assertEqual(done.status, 1, done)
            self.assertIn("nowhere-x: is neither a file in this folder nor a program in PATH", done.text)

    def test_a_program_of_path_is_not_changed_by_its_bare_name(self):
        tools = self.scratch / "tools"
        tools.mkdir()
        program = Path(shutil.copy(JQ, tools / "a-tool-x"))
        before = program.read_bytes()
        env = {"PATH": f"{tools}:/usr/bin"}
        done = bundle("edit", "a-tool-x", "--set-rpath", "/x", cwd=self.scratch, env=env)
        self.assertEqual((done.status, program.read_bytes()), (2, before), done)
        self.assertIn(str(program), done.text)
        self.assertEqual(bundle("edit", "a-tool-x", "--set-rpath", "/x", "-o", "out", cwd=self.scratch, env=env).status, 0)

    def test_big_endian_in_the_words_of_the_command(self):
        data = bytearray(JQ.read_bytes())
        data[5] = 2
        (self.scratch / "big").write_bytes(data)
        for arguments, word in ((["inspect"], "inspected"), (["edit", "--print"], "edited"), (["--dry-run"], "bundled")):
            done = bundle(*arguments, "./big", cwd=self.scratch)
            self.assertEqual(done.status, 1, done)
            self.assertIn(f"only little-endian files can be {word}", done.text)

    def test_version_tables_whose_entries_lie_over_each_other(self):
        """16 MiB of entries of 65,535 versions each, which run on through all that follows."""
        need = (0xFFFF << 16 | 1, 1, 16, 16)  # vn_version and vn_cnt, vn_file, vn_aux, vn_next; as a version: next is 16
        definition = (1, 0xFFFF << 16 | 1, 0, 20, 32, 1, 32, 0)  # vd_aux 20, vd_next 32; behind it vda_name, vda_next 32
        for tag, count_tag, entry in ((0x6FFFFFFE, 0x6FFFFFFF, need), (0x6FFFFFFC, 0x6FFFFFFD, definition)):
            hostile = self.compiled("hostile", f"""
__asm__(".section .rodata\\n.balign 32\\n.rept {(16 << 20) // len(entry) // 4}\\n"
        ".long {", ".join(map(str, entry))}\\n.endr\\n.previous");
int main(void) {{ return 0; }}
""")
            data = bytearray(hostile.read_bytes())
            table = data.index(struct.pack(f"<{len(entry)}I", *entry) * 4)
            start, count = struct.unpack_from("<Q", data, 32)[0], struct.unpack_from("<H", data, 56)[0]
            headers = [struct.unpack_from("<IIQQQQQQ", data, start + 56 * i) for i in range(count)]
            address = next(table - h[2] + h[3] for h in headers if h[0] == 1 and h[2] <= table < h[2] + h[5])
            dynamic = next(h for h in headers if h[0] == 2)
            slots = {struct.unpack_from("<Q", data, at)[0]: at for at in range(dynamic[2], dynamic[2] + dynamic[5], 16)}
            # Where there is no such entry yet it takes the place of DT_INIT_ARRAY or its size.
            struct.pack_into("<QQ", data, slots.get(tag, slots[25]), tag, address)
            struct.pack_into("<QQ", data, slots.get(count_tag, slots[27]), count_tag, 1 << 19)
            hostile.write_bytes(data)
            for arguments in (["edit", "--set-rpath", "/x"], ["edit", "--rename-needed", "libc.so.6=libd.so.6"], ["inspect"]):
                with self.subTest(tag=hex(tag), arguments=arguments):
                    begun = time.monotonic()
                    done = bundle(*arguments, hostile, timeout=300)
                    self.assertLess(time.monotonic() - begun, 60)
                    self.assertIn(done.status, (0, 1), done)
                    hostile.write_bytes(data)


if __name__ == "__main__":
    main()
