#!/usr/bin/python3
"""What must not get into a bundle does not, whatever names it: a trace, a link, a folder. Each refusal is said by name."""

import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
from sandbox import Case, run, tree  # noqa: E402

SECRET = "AKIAIOSFODNN7EXAMPLE"
READER = """
#include <stdio.h>
#include <stdlib.h>
static void read_all(const char *path) {
  char text[4096];
  FILE *file = fopen(path, "r");
  if (file == NULL) return;
  while (fread(text, 1, sizeof text, file) > 0) {}
  fclose(file);
}
int main(void) {
  char path[4096];
  snprintf(path, sizeof path, "%s/.aws/credentials", getenv("HOME"));
  read_all(path);
  read_all("/etc/shadow");
  read_all("/etc/hostname");
  read_all("/usr/share/rig/fnames.idx");
  return 0;
}
"""


class Secrets(Case):
    def setUp(self):
        super().setUp()
        os.chmod(self.scratch, 0o755)
        self.home = self.scratch / "home"
        (self.home / ".aws").mkdir(parents=True)
        (self.home / ".aws" / "credentials").write_text(SECRET)
        (self.scratch / "reader.c").write_text(READER)
        done = run(["cc", "-o", self.scratch / "reader", self.scratch / "reader.c"], env={"PATH": "/usr/bin:/bin"})
        self.assertEqual(done.status, 0, done)
        self.environment = {**os.environ, "HOME": str(self.home)}

    def assert_no_secret(self, folder):
        for path in Path(folder).rglob("*"):
            if path.is_file():
                self.assertNotIn(SECRET.encode(), path.read_bytes(), path)
                self.assertNotIn(path.name, ("shadow", "credentials", "hostname"))

    def test_a_trace_adds_data_and_refuses_secrets_by_name(self):
        out = self.scratch / "out"
        done = self.made(self.scratch / "reader", "-o", f"{out}/", "--trace", env=self.environment)
        self.assert_no_secret(out)
        for secret in [f"{self.home}/.aws/credentials", "/etc/shadow", "/etc/hostname"]:
            self.assertIn(secret, done.text, "refused, and named")
        self.assertTrue(any(name.endswith("root/usr/share/rig/fnames.idx") for name in tree(out)), "what is no secret is in")

    def test_a_strace_log_is_held_to_the_same_rules(self):
        log = self.scratch / "log"
        log.write_text(f'1 openat(AT_FDCWD, "{self.home}/.aws/credentials", O_RDONLY) = 3\n'
                       '1 openat(AT_FDCWD, "/etc/shadow", O_RDONLY) = 3\n'
                       '1 openat(AT_FDCWD, "/usr/share/rig/fnames.idx", O_RDONLY) = 3\n')
        out = self.scratch / "out"
        done = self.made(self.scratch / "reader", "-o", f"{out}/", "--trace-input", log)
        self.assert_no_secret(out)
        self.assertIn("/etc/shadow", done.text)
        self.assertTrue(any(name.endswith("root/usr/share/rig/fnames.idx") for name in tree(out)))

    def test_a_folder_that_is_added_leaves_its_secrets_behind(self):
        data = self.scratch / "data"
        (data / ".ssh").mkdir(parents=True)
        (data / "words").write_text("words")
        (data / ".env").write_text(SECRET)
        (data / ".ssh" / "id_rsa").write_text(SECRET)
        (data / "server.key").write_text("-----BEGIN PRIVATE KEY-----\n" + SECRET)
        (data / "mine").write_text(SECRET)
        (data / "mine").chmod(0o600)
        (data / "link").symlink_to("/etc/hostname")
        out = self.scratch / "out"
        done = self.made(self.scratch / "reader", "-o", f"{out}/", "--add", data)
        self.assert_no_secret(out)
        names = tree(out)
        self.assertTrue(any(name.endswith("data/words") for name in names))
        self.assertFalse(any(name.endswith("data/link") for name in names))
        for name in [".env", ".ssh/id_rsa", "server.key", "mine", "link"]:
            self.assertIn(f"{data}/{name}", done.text)

    def test_a_single_file_that_is_named_in_full_is_the_users_choice(self):
        settings = self.home / ".netrc"
        settings.write_text("machine example.org")
        out = self.scratch / "out"
        self.made(self.scratch / "reader", "-o", f"{out}/", "--add", settings)
        self.assertTrue(any(name.endswith("/.netrc") for name in tree(out)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
