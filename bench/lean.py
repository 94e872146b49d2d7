#!/usr/bin/python3
"""lean.py [--bundle build/release/bundle] [PROGRAM…]: how much of a bundle its program's job touches, for 60 programs.

Each program of the tables of tests/discover and tests/e2e, and a few more, is bundled with no hint (or with the flag that its
job cannot do without) into a folder, and does its job in the empty root, with strace around bubblewrap.

shipped  bytes of the files of the bundle
needed   bytes of what --no-discover ships (the program, its libraries, loader, launcher, redirect library, manifest), and of
         every file of the bundle that the job opened, started, or asked about by its name
ratio    shipped / needed; 1.00 is a bundle without a byte too many

Below the table: the largest causes of the bytes that nothing touched, for each program over 2.5 without a reason, for the
--worst N, or for the one that --explain names; by folder, and by what the manifest says why a file is there. A job that fails
is named and left out of the sums. Always ends with 0: this is a measurement.
"""
import argparse
import codecs
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[1:1] = [str(HERE.parent / "tests" / "discover"), str(HERE.parent / "tests" / "e2e")]

from jobs import CERTUTIL, COMPILERS, EVERYDAY, GIT, INPUTS, LANGUAGES, RIG, TOOLS, UNAR, Job, Run, placed  # noqa: E402

LIMIT = 262_144_000  # of Lambda
BAD = 2.5
PSQL = next(Path("/usr/lib/postgresql").glob("*/bin/psql"), "psql")

# More programs, each for a way to take too much.
MORE_INPUTS = {
    "hello.go": b'package main\nimport ("fmt"; "net")\nfunc main() { _, e := net.LookupPort("tcp", "80"); fmt.Println("go", e == nil) }\n',
    "hello.ml": b'let () = Printf.printf "%d\\n" (List.fold_left (+) 0 [1; 2; 3])\n',
    "job.R": b"cat(mean(c(1, 2, 3)), format(pi, digits = 3), '\\n'); print(coef(lm(dist ~ speed, cars)))\n",
}
MORE = {
    # A client in a folder of the server's name; an extension of the server's package with a compiler's back end.
    PSQL: Job([Run(["-X", "--help=variables"])]),
    # The environment is what the shell script of its name says. Its settings lie in /etc; its own modules start `which` and `rm`.
    "/usr/lib/R/bin/exec/R": Job([Run(["--vanilla", "--no-echo", "--file={in}/job.R"])],
                                 ["--add", "/usr/lib/R/etc/Renviron", "--add", "/usr/bin/which", "--add", "/usr/bin/rm"],
                                 {"R_HOME": "/usr/lib/R"}),
    # A compiler's libraries beside what only reads.
    "llvm-dwarfdump": Job([Run(["--debug-info", "{in}/hello.o"])], before=[["gcc", "-g", "-c", "-o", "{in}/hello.o", "{in}/hello.c"]]),
    # Paths of the time when they were built.
    "{in}/hello_go": Job([Run([])], before=[["go", "build", "-o", "{in}/hello_go", "{in}/hello.go"]]),
    "{in}/hello_ocaml": Job([Run([])], before=[["ocamlc", "-custom", "-o", "{in}/hello_ocaml", "{in}/hello.ml"]]),
    "curl": Job([Run(["-s", "file://{in}/words.txt"])]),
    "gpg": Job([Run(["--batch", "--homedir", "/tmp", "--print-md", "SHA256", "{in}/words.txt"])]),
    "vim.basic": Job([Run(["-N", "-u", "NONE", "-es", "-c", "syntax on", "-c", "%s/hello/bye/", "-c", "%print", "-c", "q!",
                           "{in}/hello.c"])]),
    "xmllint": Job([Run(["--format", "{in}/picture.svg"])]),
    "gst-launch-1.0": Job([Run(["-q", "fakesrc", "num-buffers=10", "!", "queue", "!", "fakesink"])]),
}

# Programs whose own package is taken whole on purpose: why the next job needs what this one does not.
REASONS = {
    "convert": "what reads for it, as a file's kind says: its coders, and gs and rsvg-convert with what they need",
    "git": "its commands are programs of git-core, and each calls others",
    "guile": "its modules, compiled: a script says which only as it runs",
    "gpg": "its helpers: each kind of key, card and server has one",
    "groff": "its macros, devices and fonts: a text says which; under two names, for a bundle has no links",
    "gst-launch-1.0": "its elements: a pipeline says which only as it runs",
    "iconv": "its converters: any encoding may be asked for",
    "java": "its modules are one file",
    "perl": "its modules: a script says which only as it runs",
    "perl cowsay": "as perl",
    "python3.11": "its standard library: a script says which only as it runs",
    "R": "its packages: a script says which only as it runs",
    "ruby": "its standard library: a script says which only as it runs",
    "tcc": "headers and libraries to link with: a source says which only as it is compiled",
    "vim.basic": "its runtime files: one for each kind of text that is opened",
}


def of_programs_test(names):
    """The first run of programs_test.py's, whose arguments begin with the program's name."""
    from programs_test import PROGRAMS
    return {name: Job([Run(PROGRAMS[name][0][0][1:], PROGRAMS[name][0][1])]) for name in names}


def all_jobs():
    """(what it is called in the table, program, job) of each; a program of two tables has the runs of both."""
    jobs = dict(EVERYDAY)
    for more in (TOOLS, {"git": GIT, "rig": RIG, "unar": UNAR, "certutil": CERTUTIL}, LANGUAGES, COMPILERS,
                 of_programs_test(["sqlite3", "jq", "openssl", "xz", "bash", "ffmpeg"]), MORE):
        for program, job in more.items():
            known = jobs.get(program)
            if known is None:
                jobs[program] = job
            elif known.flags == job.flags:
                jobs[program] = known._replace(runs=known.runs + job.runs, env={**known.env, **job.env})
            else:
                jobs[f"{program} {os.path.basename(job.flags[-1])}"] = job
    for key, job in jobs.items():
        program = str(key).split(" ")[0]
        yield os.path.basename(str(key)) if " " not in str(key) else str(key), program, job


class Failed(Exception):
    """What keeps a job from being measured."""


def last_words(outcome):
    lines = [line for line in outcome.text.splitlines() if line.strip()]
    return f"exit {outcome.status}: {lines[-1].strip() if lines else 'no word'}"


ARGUMENTS = re.compile(r'^\w+\((?:(?:AT_FDCWD|\d+)<((?:[^>\\]|\\.)*)>, )?"((?:[^"\\]|\\.)*)"')
RESULT = re.compile(r'\) = \d+<((?:[^>\\]|\\.)*)>$')


def touched_paths(log):
    """The absolute paths in the system calls of one process that were answered."""
    def plain(text):
        return codecs.escape_decode(text.encode())[0].decode(errors="surrogateescape")
    folder = "/"
    for line in log.read_text(errors="surrogateescape").splitlines():
        if opened := RESULT.search(line):
            yield plain(opened[1])
        if found := ARGUMENTS.match(line):
            at, path = plain(found[1] or folder), plain(found[2])
            if line.startswith("chdir("):
                folder = os.path.join(folder, path)
            elif "(AT_FDCWD<" in line:
                folder = at
            yield os.path.normpath(os.path.join(at, path))


def source_of(entry):
    return entry.get("source") or entry["path"]


class Bundle:
    """A bundle in a folder: its files (path inside, bytes), what its manifest says of them, and what a job touched."""

    def __init__(self, folder):
        self.folder = folder
        self.sizes = {str(path.relative_to(folder)): path.stat().st_size
                      for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}
        manifest = next(path for path in self.sizes if re.fullmatch(r"lib/[^/]+/manifest\.json", path))
        told = json.loads((folder / manifest).read_text())
        self.private = os.path.dirname(manifest)
        self.launcher = told["programs"][0]["launcher"]
        self.entries = {entry["path"]: entry for entry in told["files"]}

    def plain_of(self, plain):
        """Of this bundle, what the one without discovery has too, and what makes data reachable."""
        sources = {source_of(entry) for entry in plain.entries.values()}
        return {path for path in self.sizes
                if path not in self.entries or source_of(self.entries[path]) in sources
                or self.entries[path]["kind"] in ("launcher", "redirect") and path.count("/") <= 2}

    def touched(self, logs):
        paths = {path.removeprefix("/opt/") for log in logs for path in touched_paths(log) if path.startswith("/opt/")}
        return paths & self.sizes.keys()

    def bytes_of(self, paths):
        return sum(self.sizes[path] for path in paths)


class Measured:
    """One row: a bundle and what of it was needed."""

    def __init__(self, whole, needed):
        self.entries, self.sizes, self.private, self.launcher = whole.entries, whole.sizes, whole.private, whole.launcher
        self.idle = whole.sizes.keys() - needed
        self.needed_paths = needed
        self.shipped, self.needed = whole.bytes_of(whole.sizes), whole.bytes_of(needed)
        self.ratio = self.shipped / self.needed

    def by_folder(self):
        """The ten largest folders of what nothing touched: (bytes, files, folder). Of a folder, what has most of its bytes
        stands alone, and so on inside; libraries beside the loader stand for themselves."""
        inside = defaultdict(list)
        for path in self.idle:
            where = path.removeprefix(self.private + "/").removeprefix("root/")
            inside["/" + where if "/root/" in path else where].append(path)
        return sorted(self.opened("", sorted(inside.items())), reverse=True)[:10]

    def opened(self, folder, files):
        """The rows for a folder, of whose files `files` tells (path shown, the paths of it) in order."""
        def bytes_in(below):
            return sum(self.sizes[path] for _, paths in below for path in paths)
        total = bytes_in(files)
        if len(files) == 1:
            return [(total, 1, files[0][0])]
        children = defaultdict(list)
        for where, paths in files:
            rest = where[len(folder):].lstrip("/")
            children[where[:len(where) - len(rest)] + rest.split("/")[0]].append((where, paths))
        alone = list(children)
        if folder.count("/") >= 3:
            alone = [child for child in children if bytes_in(children[child]) * 2 > total]
        rows = [row for child in alone for row in self.opened(child, children[child])]
        left = [entry for child in children if child not in alone for entry in children[child]]
        if left:
            rows.append((bytes_in(left), len(left), folder + ("/, the rest" if alone else "/")))
        return rows

    def by_why(self):
        """The same bytes by what the manifest says: (bytes, files, why). A library that only another such file needs counts
        with the one that it was brought by."""
        names = {os.path.basename(source_of(entry)): entry for entry in self.entries.values()}
        sums = defaultdict(lambda: [0, 0])
        for path in self.idle:
            entry = self.entries.get(path, {"why": "no word"})
            chain = []
            while (by := re.fullmatch(r"needed by (.+)", entry["why"])) and by[1] in names and by[1] not in chain \
                    and names[by[1]]["path"] not in self.needed_paths:
                chain.append(by[1])
                entry = names[by[1]]
            why = f"{entry['why']}, and what {chain[-1]} needs" if chain else entry["why"]
            sums[why][0] += self.sizes[path]
            sums[why][1] += 1
        return sorted(((size, count, why) for why, (size, count) in sums.items()), reverse=True)[:10]

    def explain(self, name):
        print(f"\n{name}: {self.shipped / 1e6:.1f} MB shipped, {self.needed / 1e6:.1f} needed, {self.ratio:.2f}; untouched, by folder:")
        for size, count, what in self.by_folder():
            print(f"  {size / 1e6:8.2f} MB {count:6} files  {what}")
        print("  by why:")
        for size, count, what in self.by_why():
            print(f"  {size / 1e6:8.2f} MB {count:6} files  {what}")


def measure(program, job, inputs, scratch):
    import sandbox  # once BUNDLE is known: it reads it
    path = sandbox.installed(placed([program], inputs)[0])
    if path is None:
        raise Failed(f"{program} is not installed here")
    for command in job.before:
        done = sandbox.run(placed(command, inputs), cwd=scratch,
                           env={"PATH": "/usr/bin:/bin", "HOME": str(scratch), "GO111MODULE": "off"})
        if done.status != 0:
            raise Failed(f"{command[0]}: {last_words(done)}")
    made = []
    for name, options in (("whole", job.flags), ("plain", ["--no-discover"])):
        # As it would be made for Lambda; what is over its limit even so is measured all the same.
        wanted = [each for each in options if each != "--force"]
        done = sandbox.bundle(path, *wanted, "-o", f"{scratch}/{name}/")
        if done.status == 3:
            done = sandbox.bundle(path, *wanted, "--force", "-o", f"{scratch}/{name}/")
        if done.status != 0:
            raise Failed(f"bundle: {last_words(done)}")
        made.append(Bundle(scratch / name))
    whole, plain = made
    out, logs = scratch / "out", scratch / "logs"
    for folder in (out, logs):
        folder.mkdir()
        os.chmod(folder, 0o777)
    trace = ["strace", "-ff", "-qq", "-z", "-y", "-s", "4096", "-e", "trace=%file", "-o"]
    for number, given in enumerate(job.runs):
        env = {**sandbox.LAMBDA, "LANG": "en_US.UTF-8", "TZ": ":UTC", "HOME": "/tmp", "TERM": "dumb", "SOURCE_DATE_EPOCH": "1700000000", **job.env, **given.env}
        done = sandbox.in_root([f"/opt/{whole.launcher}", *placed(given.arguments, "/in", "/out")], whole.folder, env=env, cwd="/in",
                               binds=[(inputs, "/in")], options=["--bind", out, "/out"], stdin=given.stdin,
                               around=[*trace, logs / str(number)])
        if done.status != 0:
            here = sandbox.run([path, *placed(given.arguments, inputs, out)], cwd=inputs, stdin=given.stdin,
                               env={"PATH": "/usr/bin:/bin", **job.env, **given.env})
            if here.status != done.status:
                raise Failed(last_words(done))
    return Measured(whole, whole.plain_of(plain) | whole.touched(logs.iterdir()))


def short(text, width):
    text = " ".join(text.split())
    return text if len(text) <= width else text[:width - 1] + "…"


def show(rows, failed, count, worst):
    width = max([len(name) for name, _, _ in rows] + [7])
    print(f"{'program':{width}} {'job':40} {'shipped':>9} {'needed':>9} {'ratio':>6}  reason")
    for name, job, row in rows:
        over = "; over Lambda's limit" if row.shipped > LIMIT else ""
        what = short(" ".join(job.runs[0].arguments) or "(no arguments)", 40)
        print(f"{name:{width}} {what:40} {row.shipped / 1e6:6.1f} MB {row.needed / 1e6:6.1f} MB {row.ratio:6.2f}  "
              f"{(REASONS.get(name, '') + over).lstrip('; ')}".rstrip())
    for name, why in failed:
        print(f"{name:{width}} FAILED: {short(why, 150)}")
    bad = [name for name, _, row in rows if row.ratio > BAD and name not in REASONS]
    for name, _, row in rows[:worst] if worst else [entry for entry in rows if entry[0] in bad]:
        row.explain(name)
    shipped, needed = (sum(getattr(row, what) for _, _, row in rows) for what in ("shipped", "needed"))
    print(f"\n{len(rows)} of {count} jobs ran; {shipped / 1e6:,.0f} MB shipped, {needed / 1e6:,.0f} MB needed")
    print(f"total {shipped / max(needed, 1):.2f} over {len(rows)} programs; above {BAD} without a reason: {', '.join(bad) or 'none'}")


def parsed(parser):
    """The options of a measurement over the jobs, --bundle and the programs' names among them, and all tools there."""
    parser.add_argument("--bundle", default=os.environ.get("BUNDLE", HERE.parent / "build" / "release" / "bundle"))
    parser.add_argument("programs", nargs="*")
    options = parser.parse_args()
    for tool, package in (("bwrap", "bubblewrap"), ("strace", "strace")):
        if not shutil.which(tool):
            sys.exit(f"{parser.prog}: {tool} is not installed (package {package})")
    if not os.access(options.bundle, os.X_OK):
        sys.exit(f"{parser.prog}: {options.bundle} is not there. Build it with ./dev build, or name another by --bundle")
    return options


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worst", type=int, metavar="N", help="explain the N highest ratios, whatever they are")
    parser.add_argument("--explain", metavar="PROGRAM", help="measure this program alone and show what its job did not touch")
    options = parsed(parser)
    rows, failed = [], []
    with tempfile.TemporaryDirectory(prefix="bundle-bench-") as scratch:
        scratch = Path(scratch)
        os.chmod(scratch, 0o755)
        # Of its own, for a build may replace the other while this runs.
        os.environ["BUNDLE"] = str(shutil.copy(options.bundle, scratch / "bundle"))
        jobs, wanted = list(all_jobs()), [options.explain] if options.explain else options.programs
        if unknown := set(wanted) - {name for name, _, _ in jobs}:
            parser.error(f"no job for {', '.join(sorted(unknown))}; there are {', '.join(sorted(name for name, _, _ in jobs))}")
        chosen = [entry for entry in jobs if not wanted or entry[0] in wanted]
        inputs = scratch / "in"
        inputs.mkdir()
        for name, content in {**INPUTS, **MORE_INPUTS}.items():
            (inputs / name).write_bytes(content)
        for number, (name, program, job) in enumerate(chosen):
            if sys.stderr.isatty():
                print(f"\r{number + 1} of {len(chosen)}: {name:30}", end="", file=sys.stderr)
            place = scratch / "one"
            place.mkdir()
            try:
                rows.append((name, job, measure(program, job, inputs, place)))
            except Failed as failure:
                failed.append((name, str(failure)))
            except subprocess.TimeoutExpired:
                failed.append((name, "took too long"))
            shutil.rmtree(place)
    if sys.stderr.isatty():
        print("\r" + " " * 45 + "\r", end="", file=sys.stderr)
    rows.sort(key=lambda entry: -entry[2].ratio)
    show(rows, failed, len(chosen), 1 if options.explain else options.worst)


if __name__ == "__main__":
    main()
