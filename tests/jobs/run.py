#!/usr/bin/python3
"""run.py [--bundle build/release/bundle] [--small] [--packages] [--keep FOLDER] [NAME…]: what people do on Lambda, as on the machine
where it was bundled.

Each job is bundled with no hint, run in Lambda's environment (place.py) with the layer at /opt and once more elsewhere, and
held against this machine: status, stdout, and the files that it writes.

bundle    MB of the files of the bundle; over Lambda's limit is wrong where the plain closure is within it
plain     MB of what --no-discover makes
made, all seconds to bundle, and for everything

A job that is wrong today and says so in its table is `known`; when it comes right this fails until the word is taken off. --small
takes the few that every test run does, --packages prints what the jobs need installed, --keep leaves what was made and said.
"""
import argparse
import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
LIMIT = 262_144_000  # of Lambda
PLACES = ("/opt", "/srv/a b")
# Said of what surrounds a program, and not of what it does: nobody who runs it on Lambda can mend that.
COMPLAINTS = re.compile(rb"Fontconfig (error|warning)|(set|setting|unsupported|falling back to) .*locale|setlocale", re.I)


class Wrong(Exception):
    """The first difference."""


class NotTried(Wrong):
    """What keeps a job from being tried, and has nothing to do with bundles: no mark in the table stands for it."""


def last_words(outcome):
    """The first lines that say something of the job itself, where there are such."""
    from job import short
    said = [line.strip() for line in (outcome.err if outcome.err.strip() else outcome.out).splitlines() if line.strip()]
    own = [line for line in said if not COMPLAINTS.search(line)] or said
    return short(b" | ".join(own[:2]).decode(errors="replace") or "no word", 160)


def size_of(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


class Bundled:
    """A bundle of some programs and the plain one, made once for all jobs that ask for the same."""

    def __init__(self, programs, flags, over, folder):
        import sandbox
        self.folder, self.plain_bytes = folder / "layer", 0
        paths = [sandbox.installed(program) for program in programs]
        if None in paths:
            raise NotTried(f"{programs[paths.index(None)]} is not installed here")
        before = time.monotonic()
        self.said = self.made(paths, ["-v", *flags], over, self.folder)
        self.seconds = time.monotonic() - before
        self.over_limit = self.said.status == 3
        if self.over_limit:
            self.said = self.made(paths, ["-v", "--force", *flags], over, self.folder)
        if self.said.status != 0:
            raise Wrong(f"bundle ends with {self.said.status}: {last_words(self.said)}")
        self.bytes = size_of(self.folder)
        plain = folder / "plain"
        # What is a script has no plain closure of its own: then the flags are all that it says.
        if self.made(paths, ["--no-discover", "--force", *flags], over, plain).status == 0:
            self.plain_bytes = size_of(plain)
            shutil.rmtree(plain)

    @staticmethod
    def made(paths, flags, over, to):
        import place
        import sandbox
        return sandbox.run([*place.over_host(over), sandbox.BUNDLE, *paths, *flags, "-o", f"{to}/"], timeout=900)


def put_in(parts, **known):
    """Parts of a command with the folders and the port put in. Braces of programs' texts stay."""
    def filled(part):
        for key, value in known.items():
            part = part.replace("{" + key + "}", str(value))
        return part
    return [filled(str(part)) for part in parts]


class Scene:
    """One job: its inputs, its bundle, and its runs here and there."""

    def __init__(self, name, job, scratch, bundles, keep):
        self.name, self.job, self.scratch, self.bundles = name, job, scratch, bundles
        self.keep = keep / name if keep else None
        self.bundled, self.port, self.tried = None, 0, True

    def prepare(self):
        import place
        from job import empty
        self.inputs, self.home = empty(self.scratch / "in"), empty(self.scratch / "home")
        self.inputs.chmod(0o755)
        for name, content in self.job.inputs.items():
            path = self.inputs / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        for command in self.job.before:
            # With the caller's environment: how npm reaches its registry is in it.
            done = place.on_host(put_in(command, **{"in": self.inputs}), self.inputs, self.home, {**os.environ, **place.USUAL}, timeout=600)
            if done.status != 0:
                raise NotTried(f"{command[0]} makes no input here: {last_words(done)}")

    def bundle(self):
        job = self.job
        over = [(put_in([source], **{"in": self.inputs})[0], target) for source, target in job.host_binds]
        flags = put_in(job.flags, **{"in": self.inputs})
        programs = put_in(job.programs, **{"in": self.inputs})
        is_own = job.flags or programs != job.programs
        key = (*job.programs, *map(str, job.flags), *map(str, job.host_binds), self.name if is_own else "")
        if key not in self.bundles:
            folder = self.scratch.parent / f"bundle{len(self.bundles)}"
            folder.mkdir()
            try:
                self.bundles[key] = Bundled(programs, flags, over, folder)
            except Wrong as wrong:  # and for the next job, too
                self.bundles[key] = wrong
        self.bundled = self.bundles[key]
        if isinstance(self.bundled, Wrong):
            wrong, self.bundled = self.bundled, None
            raise wrong
        if self.keep:
            (self.keep / "bundle.txt").write_text(self.bundled.said.text)

    def ran_here(self, given):
        import place
        import sandbox
        known = {"in": self.inputs, "out": self.scratch / "here", "at": "/usr", "port": self.port, "host": self.inputs}
        arguments = put_in(given.arguments, **known)
        env = dict(zip({**self.job.env, **given.env}, put_in({**self.job.env, **given.env}.values(), **known)))
        over = [(put_in([source], **known)[0], target) for source, target in self.job.host_binds]
        done = place.on_host([sandbox.installed(put_in(self.job.programs[:1], **known)[0]), *arguments], self.inputs, self.home, env, given.stdin, over)
        for path, inside in ((self.inputs, place.TASK), (self.scratch / "here", place.OUT)):
            done.out, done.err = (text.replace(str(path).encode(), inside.encode()) for text in (done.out, done.err))
        if done.status != 0:
            raise NotTried(f"fails here, too: exit {done.status}: {last_words(done)}")
        return done

    def ran_there(self, given, at, out):
        import place
        known = {"in": place.TASK, "out": place.OUT, "at": at, "port": self.port, "host": self.inputs}
        env = dict(zip({**self.job.env, **given.env}, put_in({**self.job.env, **given.env}.values(), **known)))
        binds = [(put_in([source], **{"in": self.inputs})[0], inside) for source, inside in self.job.binds]
        program = f"{at}/bin/{os.path.basename(self.job.programs[0])}"
        try:
            done = place.in_lambda([program, *put_in(given.arguments, **known)], self.bundled.folder, at, self.inputs, out, env, given.stdin,
                                   net=self.job.server is not None, binds=binds)
        except subprocess.TimeoutExpired as late:
            raise Wrong(f"does not end in {late.timeout:.0f} s") from None
        if self.keep:
            with open(self.keep / f"run{'' if at == PLACES[0] else '-elsewhere'}.txt", "a", encoding="utf-8") as log:
                log.write(f"{given.arguments}\n{done!r}\n\n")
        return done

    def differs(self, at):
        """The first difference with the layer at `at`, or nothing. A server begins anew for here and for each place."""
        from job import compared, empty, first_difference
        outs = {"here": empty(self.scratch / "here"), "there": empty(self.scratch / "there")}
        pairs = []
        with self.serving():
            for given in self.job.runs:
                pairs.append([self.ran_here(given)])
        with self.serving():
            for given, pair in zip(self.job.runs, pairs):
                pair.append(self.ran_there(given, at, outs["there"]))
        if self.keep:
            for side, out in outs.items():
                shutil.copytree(out, self.keep / f"{side}{'' if at == PLACES[0] else '-elsewhere'}", dirs_exist_ok=True, symlinks=True)
        for here, there in pairs:
            if there.status != here.status:
                return f"exit {there.status}: {last_words(there)}"
            if here.out != there.out:
                return f"stdout: {first_difference(here.out, there.out)}; stderr: {last_words(there) if there.err else 'none'}"
        for name, how in self.job.same.items():
            if difference := compared(how, outs["here"] / name, outs["there"] / name):
                return difference
        for here, there in pairs:
            if complaints := [line for line in there.err.splitlines() if COMPLAINTS.search(line) and line not in here.err]:
                return f"stderr: {complaints[0].decode(errors='replace')}"
            if self.job.quiet and set(there.err.splitlines()) - set(here.err.splitlines()):
                return f"stderr: {last_words(there)}"
        return ""

    @contextlib.contextmanager
    def serving(self):
        if self.job.server is None:
            yield
        else:
            with self.job.server(self.inputs) as port:
                self.port = port
                yield

    def play(self):
        """What is wrong, or nothing."""
        try:
            if self.keep:
                shutil.rmtree(self.keep, ignore_errors=True)
                self.keep.mkdir(parents=True)
            self.prepare()
            self.bundle()
            for at in PLACES:
                if difference := self.differs(at):
                    return difference if at == PLACES[0] else f"only elsewhere than at the prefix: {difference}"
            if self.job.cannot_fit and not self.bundled.over_limit:
                return "right, and within Lambda's limit: take off cannot_fit"
            if self.bundled.over_limit and self.bundled.plain_bytes <= LIMIT and not self.job.cannot_fit:
                return f"right, but over Lambda's limit by {(self.bundled.bytes - LIMIT) / 1e6:.1f} MB"
            return ""
        except NotTried as failure:
            self.tried = False
            return f"not tried: {failure}"
        except Wrong as wrong:
            return str(wrong)
        except Exception as failure:  # a server that does not come up: the others are still tried
            self.tried = False
            return f"not tried: {failure}"


def row(name, job, scene, wrong, seconds):
    made = scene.bundled
    sizes = f"{made.bytes / 1e6:8.1f} {made.plain_bytes / 1e6:8.1f} {made.seconds:6.1f}" if made else f"{'':24}"
    if wrong and job.wrong_today and scene.tried:
        word = f"known: {job.wrong_today}; {wrong}"
    elif wrong:
        word = f"WRONG: {wrong}"
    elif job.cannot_fit:
        word = f"right, by --force: {job.cannot_fit}"
    else:
        word = "right" if not job.wrong_today else f"CAME RIGHT: take off wrong_today=\"{job.wrong_today}\""
    return f"{name:26} {sizes} {seconds:6.1f}  {word}"


def unlisted_packages(jobs):
    """What jobs need and ./dev does not name."""
    listed = set((HERE.parents[1] / "dev").read_text().split())
    return sorted({package for job in jobs.values() for package in job.packages.split()} - listed)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", default=os.environ.get("BUNDLE", HERE.parents[1] / "build" / "release" / "bundle"))
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--packages", action="store_true")
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    if not options.packages and not os.access(options.bundle, os.X_OK):
        sys.exit(f"run.py: {options.bundle} is not there. Build it with ./dev build, or name another by --bundle")
    with tempfile.TemporaryDirectory(prefix="bundle-jobs-") as scratch:
        scratch = Path(scratch)
        scratch.chmod(0o755)
        if not options.packages:
            # Of its own, for a build may replace the other while this runs.
            os.environ["BUNDLE"] = str(shutil.copy(options.bundle, scratch / "bundle"))
        else:
            os.environ.setdefault("BUNDLE", "")
        from table import all_jobs
        jobs = all_jobs()
        if options.packages:
            print(*sorted({package for job in jobs.values() for package in job.packages.split()}))
            return 0
        if unknown := [name for name in options.names if name not in jobs]:
            parser.error(f"no job {', '.join(unknown)}; there are {', '.join(jobs)}")
        if unlisted := unlisted_packages(jobs):
            sys.exit(f"run.py: ./dev installs none of {' '.join(unlisted)}")
        chosen = {name: job for name, job in jobs.items()
                  if (name in options.names if options.names else job.small or not options.small)}
        print(f"{'job':26} {'bundle':>8} {'plain':>8} {'made':>6} {'all':>6}", flush=True)
        bad, right, known, bundles = [], 0, 0, {}
        for name, job in chosen.items():
            before = time.monotonic()
            place_of_job = scratch / "job"
            place_of_job.mkdir()
            scene = Scene(name, job, place_of_job, bundles, options.keep)
            wrong = scene.play()
            print(row(name, job, scene, wrong, time.monotonic() - before), flush=True)
            if bool(wrong) != bool(job.wrong_today) or not scene.tried:
                bad.append(name)
            right, known = right + (not wrong), known + bool(wrong and job.wrong_today and scene.tried)
            shutil.rmtree(place_of_job)
        print(f"\n{right} of {len(chosen)} jobs are right, {known} are known to be wrong; not as the table says: {', '.join(bad) or 'none'}")
        return 1 if bad else 0


sys.path.insert(0, str(HERE))
sys.exit(main())
