#!/usr/bin/python3
"""What a file lends to who starts it - set-ID bits, capabilities - and what else it has beside its bytes: kept by an edit
in place or said to be gone, never somebody else's; at bundling said to be gone."""

import os
import shutil
import stat
import struct
import unittest

from field import FieldCase, bundle, main

NOBODY = 65534
NET_RAW = struct.pack("<5I", 0x02000001, 1 << 13, 0, 0, 0)  # cap_net_raw=ep, as setcap writes it
TEXT = "cap_net_raw=ep"


def rights(path):
    found = os.stat(path)
    return found.st_uid, found.st_gid, oct(stat.S_IMODE(found.st_mode))


class LentRights(FieldCase):
    def setUp(self):
        super().setUp()
        self.app = self.compiled("app", "int main(void) { return 0; }\n")
        self.scratch.chmod(0o755)

    def edit(self, *arguments, **more):
        done = bundle("edit", "--set-rpath", "/some/where", *arguments, **more)
        self.assertEqual(done.status, 0, done)
        return done.text

    def as_root(self):
        if os.geteuid() != 0:
            raise unittest.SkipTest("only root can make another user's file")

    def test_another_users_file_stays_his(self):
        self.as_root()
        for mode in (0o4755, 0o2755, 0o6711, 0o640):
            with self.subTest(oct(mode)):
                os.chown(self.app, NOBODY, NOBODY)
                self.app.chmod(mode)
                self.assertEqual(self.edit(self.app), "")
                self.assertEqual(rights(self.app), (NOBODY, NOBODY, oct(mode)))
                self.assertEqual(bundle("edit", "--remove-rpath", self.app).status, 0)

    def test_whose_owner_cannot_be_kept_acts_for_nobody(self):
        self.as_root()
        os.chown(self.scratch, NOBODY, NOBODY)
        self.app.chmod(0o6755)
        said = self.edit(self.app, user=NOBODY, group=NOBODY, extra_groups=[])
        self.assertEqual(rights(self.app), (NOBODY, NOBODY, "0o755"))
        for word in ("set-user-ID root", "app"):
            self.assertIn(word, said)

    def test_ones_own_file_stays_set_user_id(self):
        self.app.chmod(0o4755)
        self.assertEqual(self.edit(self.app), "")
        self.assertEqual(rights(self.app)[2], "0o4755")

    def test_a_new_file_acts_for_nobody(self):
        self.app.chmod(0o4755)
        said = self.edit(self.app, "-o", self.scratch / "out")
        self.assertEqual(rights(self.scratch / "out"), (os.geteuid(), os.getegid(), "0o755"))
        self.assertIn("set-user-ID", said)

    def test_capabilities(self):
        self.as_root()
        os.setxattr(self.app, "security.capability", NET_RAW)
        self.assertIn(TEXT, self.edit(self.app))
        self.assertEqual(os.getxattr(self.app, "security.capability"), NET_RAW)
        self.assertIn(f"setcap '{TEXT}'", self.edit(self.app, "-o", self.scratch / "out"))
        self.assertNotIn("security.capability", os.listxattr(self.scratch / "out"))
        os.chown(self.scratch, NOBODY, NOBODY)
        os.chown(self.app, NOBODY, NOBODY)
        os.setxattr(self.app, "security.capability", NET_RAW)
        said = bundle("edit", "--remove-rpath", self.app, user=NOBODY, group=NOBODY, extra_groups=[]).text
        self.assertIn(f"setcap '{TEXT}'", said)
        self.assertNotIn("security.capability", os.listxattr(self.app))

    def test_hard_links_that_part_are_said(self):
        os.link(self.app, self.scratch / "other")
        before = (self.scratch / "other").read_bytes()
        self.assertIn("hard link", self.edit(self.app))
        self.assertEqual((self.scratch / "other").read_bytes(), before)

    def test_a_link_and_a_device_are_not_replaced(self):
        os.symlink("app", self.scratch / "link")
        self.edit(self.scratch / "link")
        self.assertTrue((self.scratch / "link").is_symlink())
        os.mkfifo(self.scratch / "pipe")
        done = bundle("edit", "--set-rpath", "/x", self.app, "-o", self.scratch / "pipe")
        self.assertEqual((done.status, stat.S_ISFIFO(os.stat(self.scratch / "pipe").st_mode)), (2, True), done)

    def test_bundling_says_what_is_gone(self):
        self.app.chmod(0o4755)
        self.folder(self.app)
        self.assertIn("set-user-ID", self.printed)
        self.assertEqual(rights(self.scratch / "layer/bin/app")[2], "0o755")
        if os.geteuid() == 0:
            self.app.chmod(0o755)
            os.setxattr(self.app, "security.capability", NET_RAW)
            self.folder(self.app, name="again")
            self.assertIn(TEXT, self.printed)
            plain = shutil.copy(self.app, self.scratch / "plain")
            self.folder(plain, name="third")
            self.assertNotIn("rights", self.printed)


if __name__ == "__main__":
    main()
