#!/usr/bin/python3
"""Holds the source tree to the floors of the design: includes point downward, stages do not know one another.

    8  main.cpp
    7  cli
    6  verify, run
    5  resolve, discover, rewrite, launch, pack, report
    4  packages
    3  elf, plan
    2  machine, knowledge
    1  base, launchers
"""

import os
import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLOORS = {"main.cpp": 8, "cli": 7, "verify": 6, "run": 6, "resolve": 5, "discover": 5, "rewrite": 5, "launch": 5, "pack": 5,
          "report": 5, "packages": 4, "elf": 3, "plan": 3, "machine": 2, "knowledge": 2, "base": 1, "launchers": 1}
# What writes to standard output or standard error, or names them: base/say.cpp alone may, for all words go through it.
DOORS = re.compile(r"fmt::print|\b(v|d|f)?printf\s*\(|\bf?puts\s*\(|\bfput[cs]\s*\(|\bputc(har)?\s*\(|\bfwrite\s*\(|\bperror\s*\("
                   r"|std::(cout|cerr|clog)\b|STD(OUT|ERR)_FILENO|write\s*\(\s*[12]\s*,|/dev/(stdout|stderr|tty)|[(,]\s*stderr\b")
DOORKEEPER = "src/base/say.cpp"
# Through the door go the commands and main alone: what they call hands back what there is to say.
SPEAKERS = re.compile(r"\bsay(_coloured|_json|_error)?\s*\(")
# Where arguments are taken apart.
ARGUMENTS = re.compile(r"\bCLI::|CLI/CLI\.hpp|cli11\.h")
# What asks a disk. A source machine's may be another system's, or a test's: only machine::Root is asked for its files, by
# methods of the same names (root.read, root_.link_text, this class's own ::open). A run that is watched is this machine's.
DISK = re.compile(
    r"\b(?:MappedFile|OpenFile)::(?:try_)?open\s*\(|\bOpenFile::adopt\s*\("
    r"|(?<![.\w>:])(?:bundle::)?(?:read_file|status_of|link_status_of|link_text|list_folder|walk_folder|real_path|absolute_path"
    r"|make_folders)\s*\("
    r"|(?<![\w>])::(?:stat|lstat|fstatat|statx|statfs|access|faccessat|open|open64|openat|creat|readlink|readlinkat|realpath"
    r"|opendir|fopen|glob|nftw)\s*\("
    r"|(?<![.\w>:])(?:lstat|fstatat|statx|readlink|readlinkat|realpath|opendir|scandir|fopen|nftw)\s*\("
    r"|\bstd::(?:fopen|filebuf)\b|\b[io]?fstream\b|\blive_disk\s*\(|#\s*include\s*<(?:dirent|sys/vfs|glob|ftw)\.h>")
ASKS_ROOT = ("resolve", "discover", "packages")
WATCHES = re.compile(r"src/discover/trace[a-z_]*\.(cpp|h)")
# What the user typed on this machine, before it is known to be inside of a sysroot; why that cannot be had.
OF_THIS_MACHINE = {"src/resolve/closure.cpp": ["const std::optional<std::string> host = real_path(named);"],
                   "src/discover/discover.cpp": ["const std::string path = absolute_path(named);"]}
# A table of names or folders: three texts in a row, or a list of them with a type that says it is one.
TABLE = re.compile(r"\bstd::(array|set|unordered_set|map|initializer_list)\s*(<[^;{}]*>)?\s+\w+\s*=?\s*\{+\s*\""
                   r"|\{\s*\"[^\"\n]*\"\s*,\s*\"[^\"\n]*\"\s*,\s*\"[^\"\n]*\"\s*[,}]")
LONGEST = 500
SOURCES = {".cpp", ".h", ".c", ".S", ".py", ".cmake", ".sh", ""}


def sources(*folders):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and (path.suffix in SOURCES or path.name == "CMakeLists.txt"):
                yield path


def room_of(path):
    parts = path.relative_to(ROOT).parts
    return parts[0] if parts[0] == "launchers" else parts[1]


def included(path):
    """The project's own headers that a file includes, by where they lie."""
    for name in re.findall(r'^\s*#\s*include\s+"([^"]+)"', path.read_text(), re.M):
        for candidate in (path.parent / name, ROOT / "src" / name, ROOT / name, ROOT / "launchers" / name):
            if candidate.is_file():
                yield Path(os.path.normpath(candidate))
                break


def strip_comments(text):
    return re.sub(r"//[^\n]*", "", text)


def wrong_include(room, target):
    """Why a file of `room` may not include one of `target`, or None."""
    if room == target:
        return None
    if FLOORS[target] > FLOORS[room]:
        return "upward"
    if FLOORS[target] == FLOORS[room]:
        return "to another room of the same floor"
    return None


class Structure(unittest.TestCase):
    def test_every_room_has_a_floor(self):
        for path in sources("src", "launchers"):
            if path.suffix in (".cpp", ".h", ".c"):
                self.assertIn(room_of(path), FLOORS, path)

    def test_includes_point_downward(self):
        wrong, seen = [], 0
        for path in sources("src", "launchers"):
            for target in included(path) if path.suffix in (".cpp", ".h", ".c", ".S") else ():
                seen += 1
                why = wrong_include(room_of(path), room_of(target))
                if why:
                    wrong.append(f"{path.relative_to(ROOT)} includes {target.relative_to(ROOT)}: {why}")
        self.assertEqual(wrong, [])
        self.assertGreater(seen, 20, "the includes were found")

    def test_the_rule_can_fail(self):
        self.assertEqual(wrong_include("elf", "rewrite"), "upward")
        self.assertEqual(wrong_include("machine", "elf"), "upward")
        self.assertEqual(wrong_include("plan", "packages"), "upward")
        self.assertEqual(wrong_include("machine", "knowledge"), "to another room of the same floor")
        self.assertEqual(wrong_include("pack", "report"), "to another room of the same floor")
        self.assertIsNone(wrong_include("rewrite", "elf"))

    def test_a_source_machines_disk_is_asked_through_its_root(self):
        asking, allowed = [], []
        for room in ASKS_ROOT:
            for path in sources(f"src/{room}"):
                name = str(path.relative_to(ROOT))
                if path.suffix not in (".cpp", ".h", ".c") or WATCHES.fullmatch(name):
                    continue
                for number, line in enumerate(path.read_text().splitlines(), 1):
                    if not DISK.search(line.split("//")[0]):
                        continue
                    known = line.strip() in OF_THIS_MACHINE.get(name, [])
                    (allowed if known else asking).append(f"{name}:{number}: {line.strip()}")
        self.assertEqual(asking, [])
        self.assertEqual(len(allowed), sum(len(lines) for lines in OF_THIS_MACHINE.values()), "none of them is outdated")
        self.assertRegex((ROOT / "src/machine/live_disk.cpp").read_text(), DISK, "who does ask is found")
        self.assertRegex((ROOT / "src/discover/trace.cpp").read_text(), DISK, "who does ask is found")

    def test_the_disk_rule_can_fail(self):
        for line in ("const auto file = MappedFile::open(path);", "OpenFile::try_open(path, error_number);", "if (read_file(path)) {",
                     "bundle::status_of(path)", "!link_status_of(path)", "= link_text(path);", "list_folder(path, why)",
                     "walk_folder(folder, walk);", "(void)real_path(path, why_not);", "::stat(path.c_str(), &now)",
                     "return ::lstat(p, &s);", "::access(path, R_OK)", "[&] { return ::open(path.c_str(), O_RDONLY); }",
                     "::readlink(path, b, n)", "readlink(path, b, n)", 'std::fopen(p, "r")', 'fopen(p, "r")', "std::ifstream in(path);",
                     "machine::Root root(machine::live_disk());", "#include <dirent.h>"):
            self.assertRegex(line, DISK)
        for line in ("root.link_text(path);", "root_.read(path)", "collector_.open(path)", "root->real_path(path)",
                     "std::shared_ptr<const OpenFile> Files::open(const std::string& inside) {", "root_.map_source(source)",
                     "Namespace::open(size_t asker)", "DpkgDatabase::open(root)", "known.status_of(path)", "file->open(path)",
                     "machine::Status status = root.look(path);"):
            self.assertNotRegex(line, DISK)

    def test_tables_of_names_are_knowledge(self):
        """Each stands once, as data with a why, where no other can contradict it."""
        wrong = [f"{path.relative_to(ROOT)}: {match.group()}" for path in sources("src/discover") if path.suffix in (".cpp", ".h")
                 for match in TABLE.finditer(strip_comments(path.read_text()))]
        self.assertEqual(wrong, [])
        self.assertRegex((ROOT / "src/knowledge/sets.h").read_text(), TABLE, "one is found where they may be")

    def test_the_table_rule_can_fail(self):
        for text in ('constexpr std::array<std::string_view, 2> roots = {"/usr", "/lib"};', 'std::set<std::string> names = {"a"};',
                     'for (const char* name : {"tzset", "setlocale", "system"}) {', 'static constexpr std::array usual = {\n    "a",'):
            self.assertRegex(text, TABLE)
        for text in ('std::vector<std::string> files = {"/etc/ld.so.conf"};', 'for (const char* end : {"</key>", "</name>"})',
                     'fmt::format("{}/{}", folder, name)'):
            self.assertNotRegex(text, TABLE)

    def test_words_reach_a_terminal_by_one_door(self):
        """Bytes of hostile files are made harmless there, whatever a report forgot."""
        others = [f"{path.relative_to(ROOT)}:{number}: {line.strip()}" for path in sources("src")
                  if path.suffix in (".cpp", ".h", ".c") and str(path.relative_to(ROOT)) != DOORKEEPER
                  for number, line in enumerate(path.read_text().splitlines(), 1)
                  if DOORS.search(line.split("//")[0])]
        self.assertEqual(others, [])
        self.assertRegex((ROOT / DOORKEEPER).read_text(), DOORS, "the door is found")

    def test_the_door_rule_can_fail(self):
        for line in ('fmt::print("{}", name);', 'std::fputs(text, stdout);', 'std::cerr << name;', "::write(2, text, size);"):
            self.assertRegex(line, DOORS)
        for line in ("snprintf(buffer, size, format);", "output.write(text);", "std::fflush(stdout);"):
            self.assertNotRegex(line, DOORS)

    def test_only_commands_speak_and_know_arguments(self):
        """Whoever has options and no command line can tell the same story, and print of it what it likes."""
        for pattern, allowed in ((SPEAKERS, ("src/cli/", "src/main.cpp", "src/base/say.")), (ARGUMENTS, ("src/cli/",))):
            lines = [(str(path.relative_to(ROOT)), number, line) for path in sources("src") if path.suffix in (".cpp", ".h", ".c")
                     for number, line in enumerate(path.read_text().splitlines(), 1) if pattern.search(line.split("//")[0])]
            self.assertEqual([line for line in lines if not line[0].startswith(allowed)], [])
            self.assertGreater(len(lines), 5, "they are found where they may be")

    def test_no_cycles(self):
        graph = {path: list(included(path)) for path in sources("src", "launchers") if path.suffix in (".cpp", ".h", ".c")}
        done, trail = set(), []

        def visit(path):
            self.assertNotIn(path, trail, " -> ".join(str(step.relative_to(ROOT)) for step in [*trail, path]))
            if path in done:
                return
            trail.append(path)
            for target in graph.get(path, ()):
                visit(target)
            done.add(trail.pop())

        for path in graph:
            visit(path)

    def test_no_file_is_too_long(self):
        long = {str(path.relative_to(ROOT)): lines for path in sources("src", "launchers", "tests", "fixtures", "bench")
                if (lines := path.read_bytes().count(b"\n")) > LONGEST}
        self.assertEqual(long, {})

    def test_nothing_is_declared_in_namespace_std(self):
        """The standard leaves that to the library ([namespace.std])."""
        wrong = [str(path.relative_to(ROOT)) for path in sources("src", "launchers", "tests") if path.suffix in (".cpp", ".h")
                 and re.search(r"^\s*(inline\s+)?namespace\s+std\b", path.read_text(), re.M)]
        self.assertEqual(wrong, [])

    def test_the_disk_is_asked_by_calls_that_do_not_throw(self):
        """std::filesystem throws what main would not know: in calls without an error_code, and in an iterator's increment, a
        range-for's among them. base/folder.h has what is needed of it."""
        users = [str(path.relative_to(ROOT)) for path in sources("src")
                 if path.suffix in (".cpp", ".h") and re.search(r"std::filesystem|<filesystem>", strip_comments(path.read_text()))]
        self.assertEqual(users, [])
        self.assertIn("std::filesystem", strip_comments("bool b = std::filesystem::exists(p);  // throws"))

    def test_no_drawer_headers(self):
        drawers = [str(path) for path in sources("src", "launchers")
                   if re.fullmatch(r"(.*_)?(util|utils|common|helpers?|misc)", path.stem)]
        self.assertEqual(drawers, [])

    def test_every_source_says_what_it_owns(self):
        """A file opens with a comment; headers are guarded by #pragma once."""
        for path in sources("src", "launchers"):
            if path.suffix in (".cpp", ".h", ".c"):
                text = path.read_text()
                self.assertRegex(text[:200], r"\A(//|/\*|#include|#pragma once)", path)
                if path.suffix == ".h":
                    self.assertIn("#pragma once", text, path)
                    self.assertTrue(text.startswith(("//", "/*")), path)


if __name__ == "__main__":
    unittest.main(verbosity=2)
