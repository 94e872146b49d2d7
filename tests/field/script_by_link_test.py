#!/usr/bin/python3
"""A script that is named by a link, of which a bundle has none: it lies and starts where it finds what it looks for, beside
the file behind the link where it or its interpreter follows that, else beside the name that it was called by."""

import os

from field import FieldCase, main

PLACE = "/usr/lib/bundle-field-link"


class ScriptsByLink(FieldCase):
    def linked(self, name, text, **beside):
        """A script below /usr/lib, which /usr/bin/bundle-field-link leads to."""
        os.makedirs(f"{PLACE}/bin", exist_ok=True)
        self.addCleanup(self.tool, "rm", "-rf", PLACE, "/usr/bin/bundle-field-link")
        for file, content in {name: text, **beside}.items():
            path = f"{PLACE}/bin/{file.replace('_', '.')}"
            with open(path, "w") as out:
                out.write(content)
            os.chmod(path, 0o755)
        os.symlink(f"../lib/bundle-field-link/bin/{name}", "/usr/bin/bundle-field-link")
        return "/usr/bin/bundle-field-link"

    def test_npm(self):
        """node's require() is of the file behind the link."""
        version = self.tool("/usr/bin/npm", "--version").out.strip()
        layer = self.folder("/usr/bin/npm")
        self.works(layer, "npm", version, "--version", env={"HOME": "/tmp"})

    def test_a_shells_script_that_follows_links(self):
        script = self.linked("real", "#!/bin/sh\nhere=$(dirname \"$(readlink -f \"$0\")\")\ncat \"$here/beside_txt\"\n".replace("_", "."),
                             beside_txt="found\n")
        layer = self.folder(script, "--add", f"{PLACE}/bin/beside.txt")
        self.works(layer, "bundle-field-link", b"found")

    def test_one_that_goes_by_its_name(self):
        script = self.linked("real", "#!/bin/sh\necho \"${0##*/}\"\n")
        self.works(self.folder(script), "bundle-field-link", b"bundle-field-link")


if __name__ == "__main__":
    main()
