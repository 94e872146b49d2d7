"""What is bundled and what is then done with it: the tables of everyday_test.py, tools_test.py and languages_test.py, which
bench/lean.py measures too.

In arguments {in} stands for the folder of the inputs, which is the working folder, and {out} for one to write to. Who runs a
job says where they are, here and in the root, and puts them in with `placed`: texts of programs hold braces of their own.
"""

import io
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple


class Run(NamedTuple):
    """One start of the program: its arguments, its stdin, and what it has in the environment beside the job's."""
    arguments: list
    stdin: bytes = b""
    env: dict = {}


class Job(NamedTuple):
    """What is done with a program: runs, bundle's flags where it takes some, and commands here that make inputs."""
    runs: list
    flags: list = []
    env: dict = {}
    before: list = []


def placed(parts, inputs, out="{out}"):
    """Command-line parts with the folders put in."""
    return [str(part).replace("{in}", str(inputs)).replace("{out}", str(out)) for part in parts]


def png(width, height, dark):
    """A grey PNG; `dark(x, y)` says where it is black."""
    rows = b"".join(b"\0" + bytes(0 if dark(x, y) else 255 for x in range(width)) for y in range(height))

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


# 5 by 7 letters, for tesseract to read.
LETTERS = {"T": "11111 00100 00100 00100 00100 00100 00100", "E": "11111 10000 10000 11110 10000 10000 11111",
           "H": "10001 10001 10001 11111 10001 10001 10001", "L": "10000 10000 10000 10000 10000 10000 11111",
           "O": "01110 10001 10001 10001 10001 10001 01110"}


def written(word, scale=8):
    """The word as a PNG in large letters."""
    def dark(x, y):
        column, row = x // scale - 3, y // scale - 3
        letter, inside = divmod(column, 7) if column >= 0 else (-1, 0)
        if not (0 <= letter < len(word) and inside < 5 and 0 <= row < 7):
            return False
        return LETTERS[word[letter]].split()[row][inside] == "1"
    return png((len(word) * 7 + 4) * scale, 13 * scale, dark)


def zipped(name, content):
    """A zip of one file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


def tarred(name, content):
    """A tar of one file."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


# The inputs of all jobs. No job sees which of them are another's.
INPUTS = {
    "small.png": png(3, 2, lambda x, y: x == y),
    "word.png": written("HELLO"),
    "page.ps": b"%!PS\n/Helvetica findfont 24 scalefont setfont 72 700 moveto (Grusse) show\n"
               b"/Times-Italic findfont 24 scalefont setfont 72 600 moveto (again) show showpage\n",
    "text.txt": "Grüße aus Zürich, 3 €.\n".encode(),
    "words.txt": b"hello wordl this is a tset\n",
    "module.cmake": b"include(CMakePrintHelpers)\nset(a 1 2)\ncmake_print_variables(a)\n"
                    b"include(FetchContent)\nfind_program(nothing no-such-program)\nmessage(STATUS \"${nothing}\")\n",
    "graph.dot": b"digraph { a -> b; a -> c; b -> d }\n",
    "text.md": b"# Title\n\nSome *text* and `code`.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
    "text.ms": b".TL\nA title\n.PP\nSome text.\n",
    "zone.tcl": b"puts [clock format 0 -timezone :Europe/Paris -locale de]\npackage require http\nputs [lsort [encoding names]]\n",
    "Hello.java": b"class Hello { public static void main(String[] a) { System.out.println(\"hi \" + "
                  b"java.time.ZoneId.of(\"Europe/Paris\") + String.format(\" %,d\", 1234567)); } }\n",
    "picture.svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="200" height="80"><rect width="100" height="50" fill="green"/>'
                   b'<text x="10" y="40" font-family="sans" font-size="20">Hello</text></svg>',
    "scanner.l": b"%%\nab  return 1;\n%%\n",
    "words.zip": zipped("words.txt", b"hello wordl\n"),
    "words.tar": tarred("words.txt", b"hello wordl\n"),
    "match.scm": b"(use-modules (ice-9 match) (ice-9 format) (srfi srfi-1) (rnrs bytevectors))\n"
                 b"(format #t \"~a ~5,2f~%\" (match '(1 2) ((a b) (+ a b))) 3.14159)\n",
    "adder.v": b"module adder(input [3:0] a, b, output [3:0] c); assign c = a + b; endmodule\n",
    "hello.c": b"#include <math.h>\n#include <stdio.h>\n#include <stdlib.h>\n"
               b"int main(int argc, char **argv) { printf(\"hello %.3f\\n\", sqrt(atof(argv[1]))); return argc - 2; }\n",
    "hello.cpp": b"#include <iostream>\n#include <thread>\n#include <vector>\n"
                 b"int main() { std::vector<int> v{1}; std::thread t([&] { v.push_back(2); }); t.join();\n"
                 b"  std::cout << v.size() << std::endl; }\n",
}

# Programs with data and plugins, as they are.
EVERYDAY = {
    "python3.11": Job([Run(["-c", "import json, ssl, sqlite3, ctypes, zoneinfo, decimal, lzma, encodings.idna\n"
                                  "print(ssl.OPENSSL_VERSION, sqlite3.sqlite_version, ctypes.sizeof(ctypes.c_long))\n"
                                  "print(len(ssl.create_default_context().get_ca_certs()) > 100)"])]),
    "perl": Job([Run(["-MPOSIX", "-MList::Util=sum", "-MJSON::PP", "-MEncode", "-e",
                      "print floor(3.7), sum(1..4), encode_json([1,{a=>2}]), length(encode('UTF-16', 'x')), \"\\n\""])]),
    "ruby": Job([Run(["-rjson", "-ropenssl", "-rset", "-e", "puts JSON.dump({a: [1, 2.5, nil]}), RUBY_VERSION"])]),
    "java": Job([Run(["-version"]), Run(["-cp", "{in}", "Hello"])], before=[["javac", "-d", "{in}", "{in}/Hello.java"]]),
    "file": Job([Run(["-b", "{in}/small.png", "{in}/page.ps", "{in}/text.txt"])]),
    "tesseract": Job([Run(["{in}/word.png", "-", "--psm", "7"])]),
    "gs": Job([Run(["-q", "-dNOPAUSE", "-dBATCH", "-sDEVICE=pbmraw", "-r50", "-sOutputFile=-", "{in}/page.ps"])]),
    "iconv": Job([Run(["-f", "UTF-8", "-t", "UTF-16", "{in}/text.txt"]),
                  Run(["-f", "UTF-8", "-t", "EUC-JP//TRANSLIT", "{in}/words.txt"])]),
    "gdb": Job([Run(["-batch", "-nx", "-ex", "python import json; print(json.dumps([1]), gdb.VERSION)"])]),
    "cmake": Job([Run(["-P", "{in}/module.cmake"])]),
    "date": Job([Run(["-d", "@1700000000"], env={"TZ": "Europe/Paris"}), Run(["-d", "@1700000000"], env={"TZ": "America/New_York"})]),
    "tput": Job([Run(["-T", "xterm", "setaf", "3"]), Run(["-T", "xterm-256color", "colors"])]),
    "node": Job([Run(["-p", "new Date(0).toLocaleString('de', {timeZone: 'Europe/Paris'}) + process.execPath.endsWith('node')"])]),
    "dot": Job([Run(["-Tplain", "{in}/graph.dot"]), Run(["-Tsvg", "{in}/graph.dot"])]),
    "/usr/bin/convert": Job([Run(["{in}/small.png", "-resize", "200%", "pgm:-"]), Run(["{in}/small.png", "txt:-"])]),
    "php": Job([Run(["-r", "echo json_encode(['a' => 1.5]), PHP_VERSION, date('T', 0), PHP_EOL;"])], env={"TZ": "Europe/Paris"}),
    "gawk": Job([Run(["@load \"filefuncs\"; @include \"join\"; BEGIN { split(\"a b\", p); print join(p, 1, 2, \"-\") }"])]),
    "hunspell": Job([Run(["-d", "en_US", "-l", "{in}/words.txt"])]),
    "units": Job([Run(["-q", "-t", "1 mile", "km"])]),
    "figlet": Job([Run(["-f", "slant", "hi"])]),
    "fortune": Job([Run(["-f"])]),
    "pandoc": Job([Run(["-f", "markdown", "-t", "html", "-s", "--metadata", "title=x", "{in}/text.md"])], env={"HOME": "/tmp"}),
    "groff": Job([Run(["-ms", "-Tutf8", "{in}/text.ms"]),
                  Run(["-ms", "-Tps", "{in}/text.ms"], env={"SOURCE_DATE_EPOCH": "1700000000"})]),
    "tclsh8.6": Job([Run(["{in}/zone.tcl"])]),
    "espeak-ng": Job([Run(["-q", "--ipa", "hello"])]),
}

# Each of its runs is a process of its own, helpers and hooks' templates and all.
GIT = Job([Run(["init", "-q", "-b", "main", "{out}/one"]), Run(["-C", "{out}/one", "commit", "-q", "--allow-empty", "-m", "first"]),
           Run(["clone", "-q", "{out}/one", "{out}/two"]), Run(["-C", "{out}/two", "log", "--format=%H %s"]),
           Run(["-C", "{out}/two", "stash", "list"]), Run(["-C", "{out}/one", "gc", "-q"]), Run(["-C", "{out}/two", "fsck"])],
          env={"HOME": "/tmp", "GIT_AUTHOR_DATE": "1700000000 +0000", "GIT_COMMITTER_DATE": "1700000000 +0000",
               "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"})
RIG = Job([Run(["-c", "1"])])  # draws at random

ERTS = next(Path("/usr/lib/erlang").glob("erts-*/bin"), Path("/usr/lib/erlang"))

# Tools, media and documents, as they are or with the flag that a hint named. A row stands for a way to find things.
TOOLS = {
    # fontconfig's settings and a font, for a library of the closure and for one of a plugin.
    "rsvg-convert": Job([Run(["picture.svg"])]),
    "dot": Job([Run(["-Tpng", "graph.dot"])]),
    # A folder that is left out for everybody but the program that it is named after; modules by a path of its own.
    "zsh": Job([Run(["-fc", "zmodload zsh/datetime zsh/pcre; autoload -Uz zmv add-zsh-hook; zmv -h; add-zsh-hook -h; "
                            "echo $+EPOCHSECONDS"])]),
    # A plugin that is looked for beside argv[0], which is the launcher.
    "/usr/lib/p7zip/7z": Job([Run(["x", "-so", "words.zip"])]),
    # m4, a program of a package that its own depends on.
    "flex": Job([Run(["-t", "scanner.l"])]),
    # Dictionaries of a recommended package beside its own tables, which lead to what their installation wrote in /var.
    "aspell": Job([Run(["-l", "en", "list"], b"hello wordl\n"), Run(["dump", "dicts"])]),
    # Data of a package that its own depends on, and that is not of the same source: nqp's.
    "rakudo": Job([Run(["-e", "say 1 + 2; say 'a b c'.words.elems"])]),
    # A program beside it whose name is put together (beam.smp), data in a folder of its package's called bin. The
    # environment is what the shell script of its name says.
    f"{ERTS}/erlexec": Job([Run(["-noshell", "-eval", 'io:format("~p~n", [lists:sum([1, 2, 3])]), halt().'])],
                           ["--add", f"{ERTS}/inet_gethost"],
                           {"ROOTDIR": "/usr/lib/erlang", "BINDIR": str(ERTS), "EMU": "beam", "PROGNAME": "erl"}),
}
UNAR = Job([Run(["-o", "/tmp", "words.tar"])])
CERTUTIL = Job([Run(["-N", "-d", "sql:/tmp", "--empty-password"])])

# Languages, and modules of other packages that --add names.
LANGUAGES = {
    "guile": Job([Run(["--no-auto-compile", "{in}/match.scm"])]),
    # An empty root has no /usr; the folders above what is bundled are there all the same.
    "python3.11": Job([Run(["-c", "import os; print(os.path.isdir('/usr'), os.path.isdir('/usr/lib'), os.path.exists('/usr/x'))"])]),
    # libc starts the shell of the bundle; a module of another package comes by --add, with what it links.
    "lua5.4": Job([Run(["-e", "print(os.execute('exit 3')); local p = io.popen('read x; echo hi', 'r'); "
                              "print(p:read('a'), p:close())\nprint(require('cjson').encode({1, 2.5, {a = 'b'}}))"])],
                  ["--add", "/usr/lib/x86_64-linux-gnu/lua/5.4"]),
    # A script, as the message about scripts says to bundle it: with its package, and the modules that that one depends on.
    "perl": Job([Run(["/usr/games/cowsay", "-f", "tux", "moo"])], ["--add", "/usr/games/cowsay"]),
    # A tool of a package that it depends on, started through the shell.
    "yosys": Job([Run(["-q", "-Q", "-T", "-p", "read_verilog {in}/adder.v; synth; tee -o /dev/stdout stat"])]),
}

# Compilers. Each run makes {out}/made, to be started with an argument.
COMPILERS = {
    "gcc": Job([Run(["{in}/hello.c", "-o", "{out}/made", "-O2", "-lm"]),
                Run(["{in}/hello.c", "-o", "{out}/made", "-g", "-static", "-lm"]),
                Run(["{in}/hello.c", "-o", "{out}/made", "-flto", "-fsanitize=undefined", "-lm"])]),
    "g++": Job([Run(["{in}/hello.cpp", "-o", "{out}/made", "-pthread"])]),
    "tcc": Job([Run(["{in}/hello.c", "-o", "{out}/made", "-lm"])]),
    "clang": Job([Run(["{in}/hello.c", "-o", "{out}/made", "-lm"])]),
}
