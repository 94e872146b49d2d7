#!/usr/bin/python3
"""Scripts that no package owns bring what was installed with them: the modules that npm put in a node_modules, the interpreter
that lies beside them, a virtual environment's modules."""

import json

from field import main
from own_trees import START, TreeCase


class Scripts(TreeCase):
    def module(self, name, files, **package):
        self.data(f"{name}/package.json", json.dumps({"name": name.rsplit("node_modules/", 1)[1], "version": "1.0.0", **package}))
        for path, text in files.items():
            self.data(f"{name}/{path}", text)

    def script(self, path, text):
        file = self.data(path, text)
        file.chmod(0o755)
        return file

    def test_a_tool_in_a_projects_node_modules(self):
        """Its dependencies lie beside it, theirs too, one in a scope, one of another version within; node finds them by package.json."""
        modules = "p/node_modules"
        self.module(f"{modules}/tool", {"src/main.js": "exports.run = () => console.log(require('left')(), require('@s/right'), "
                                                      "require('./words.json')[0])", "src/words.json": '["words"]'},
                    bin={"tool": "cli.js"}, dependencies={"left": "^1", "@s/right": "^1"})
        self.module(f"{modules}/left", {"index.js": "module.exports = () => 'left ' + require('deep')"}, dependencies={"deep": "^2"})
        self.module(f"{modules}/left/node_modules/deep", {"index.js": "module.exports = 'deep 2 ' + require('flat')"},
                    dependencies={"flat": "^1"})
        self.module(f"{modules}/flat", {"index.js": "module.exports = 'flat'"})
        self.module(f"{modules}/deep", {"index.js": "module.exports = 'deep 1'"})
        self.module(f"{modules}/@s/right", {"lib/r.js": "module.exports = 'right'"}, main="lib/r.js")
        self.module(f"{modules}/unasked", {"index.js": "0"})
        self.data("p/.env", "KEY=1")
        self.data("p/src/mine.js", "0")
        self.script(f"{modules}/tool/cli.js", "#!/usr/bin/env node\nrequire('./src/main').run()\n")
        link = self.scratch / modules / ".bin/tool"
        link.parent.mkdir()
        link.symlink_to("../tool/cli.js")
        layer = self.folder(link)
        self.works(layer, "tool", b"left deep 2 flat right words")
        self.no_private_path(layer)
        for name in ("unasked", "mine.js", ".env"):
            self.assertFalse(list(layer.rglob(name)), name)
        self.assertNotIn("deep 1", [path.read_text() for path in layer.rglob("deep/index.js")])

    def test_the_interpreter_that_lies_beside_it(self):
        """As npm beside its node: what env would find elsewhere is another one."""
        self.compiled("p/bin/speak", '#include <stdio.h>\nint main(int n, char** a) { printf("beside %d\\n", n); return a == 0; }')
        self.module("p/lib/node_modules/talk", {})
        self.script("p/lib/node_modules/talk/bin/talk.js", "#!/usr/bin/env speak\n")
        (self.scratch / "p/bin/talk").symlink_to("../lib/node_modules/talk/bin/talk.js")
        layer = self.folder(self.scratch / "p/bin/talk")
        self.works(layer, "talk", b"beside 2")
        self.no_private_path(layer)

    def test_the_interpreter_has_a_tree_of_its_own(self):
        """Neither is taken for the other's: pyenv's python below a virtual environment's script."""
        self.data("speak/share/speak/x.txt", "of the interpreter")
        self.data("d/share/tool/y.txt", "of the script")
        self.compiled("speak/bin/speak", START + """
            int main(int count, char** words) {
              char path[8192], line[8192] = "";
              beside("%s/../share/speak/x.txt");
              FILE* script = fopen(words[count - 1], "r");
              while (script != NULL && fgets(line, sizeof line, script) != NULL) if (strncmp(line, "show ", 5) == 0) {
                *strchr(line, '\\n') = 0; *strrchr(words[count - 1], '/') = 0;
                snprintf(path, sizeof path, "%s/%s", words[count - 1], line + 5); show(path); return 0; }
              return 1; }""")
        script = self.script("d/bin/tool", f"#!{self.scratch}/speak/bin/speak\nshow ../share/tool/y.txt\n")
        layer = self.folder(script)
        self.works(layer, "tool", b"of the interpreter\nof the script")

    def test_a_virtual_environments_script(self):
        """Its interpreter is a link to the system's; its modules lie in the environment."""
        self.tool("/usr/bin/python3", "-m", "venv", "--without-pip", "env")
        self.data("env/lib/python3.11/site-packages/talk/__init__.py",
                  "import json, os, sys\ndef main():\n    words = open(os.path.join(os.path.dirname(__file__), 'words.txt')).read().strip()\n"
                  "    print(words, json.dumps(sys.argv[1:]))\n")
        self.data("env/lib/python3.11/site-packages/talk/words.txt", "words")
        script = self.script("env/bin/talk", f"#!{self.scratch}/env/bin/python3\nfrom talk import main\nmain()\n")
        layer = self.folder(script)
        self.works(layer, "talk", b'words ["x"]', "x")

    def test_all_of_a_scripts_tree(self):
        self.data("d/share/odd/greeting.txt", "hello\n")
        script = self.script("d/bin/tool", "#!/bin/sh\ncd \"${0%/*}/..\"\nfor word in sh*/o*/gr*; do read -r line < \"$word\"; echo \"$line\"; done\n")
        self.works(self.folder(script, "--tree"), "tool", b"hello")


if __name__ == "__main__":
    main()
