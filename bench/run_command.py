#!/usr/bin/python3
"""run_command.py [--bundle build/release/bundle] [--missing] [PROGRAM…]: `bundle run` held against bubblewrap itself, over lean.py's jobs.

Each program is bundled as lean.py bundles it and does its job twice in the same place: started by `bundle run`, and by the
bubblewrap of tests/e2e/sandbox.py with the environment that the target has. Status and stdout have to be the same; a program
whose two runs differ anyway (it says the time) is asked a third time by bubblewrap, and only told. With --missing the run is
watched, which must change nothing, and the count of what is listed is shown with what watching takes.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[1:1] = [str(HERE), str(HERE.parent / "tests" / "discover"), str(HERE.parent / "tests" / "e2e")]
from lean import INPUTS, MORE_INPUTS, Bundle, Failed, all_jobs, last_words, placed, short  # noqa: E402

ENVIRONMENT = {"HOME": "/tmp", "TERM": "dumb", "SOURCE_DATE_EPOCH": "1700000000"}


def made(program, job, inputs, scratch):
    import sandbox
    path = sandbox.installed(placed([program], inputs)[0])
    if path is None:
        raise Failed(f"{program} is not installed here")
    for command in job.before:
        done = sandbox.run(placed(command, inputs), cwd=scratch, env={"PATH": "/usr/bin:/bin", "HOME": str(scratch), "GO111MODULE": "off"})
        if done.status != 0:
            raise Failed(f"{command[0]}: {last_words(done)}")
    done = sandbox.bundle(path, *[each for each in job.flags if each != "--force"], "--force", "-o", f"{scratch}/whole/")
    if done.status != 0:
        raise Failed(f"bundle: {last_words(done)}")
    return Bundle(scratch / "whole")


def empty(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    folder.chmod(0o777)
    return folder


def by_bubblewrap(whole, job, given, inputs, out):
    import sandbox
    env = {**sandbox.LAMBDA, "LANG": "en_US.UTF-8", "TZ": ":UTC", **ENVIRONMENT, **job.env, **given.env}
    return sandbox.in_root([f"/opt/{whole.launcher}", *placed(given.arguments, "/in", "/out")], whole.folder, env=env, cwd="/in",
                           binds=[(inputs, "/in")], options=["--bind", empty(out), "/out", "--uid", "993", "--gid", "990"], stdin=given.stdin)


def by_bundle(whole, job, given, inputs, out, options):
    import sandbox
    env = [f"{name}={value}" for name, value in {**ENVIRONMENT, **job.env, **given.env}.items()]
    return sandbox.bundle("run", whole.folder, *options, "--bind", f"{inputs}:/in", "--bind-writable", f"{empty(out)}:/out", "--chdir", "/in",
                          *(part for value in env for part in ("--env", value)), "--", f"/opt/{whole.launcher}",
                          *placed(given.arguments, "/in", "/out"), stdin=given.stdin)


def compare(program, job, inputs, scratch, options):
    """(whether they agree, what is said of it, seconds by bubblewrap, seconds by bundle)"""
    whole = made(program, job, inputs, scratch)
    taken, said, agree = [0.0, 0.0], [], True
    for given in job.runs:
        began = time.monotonic()
        direct = by_bubblewrap(whole, job, given, inputs, scratch / "out")
        between = time.monotonic()
        ours = by_bundle(whole, job, given, inputs, scratch / "out", options)
        taken[0] += between - began
        taken[1] += time.monotonic() - between
        if (direct.status, direct.out) == (ours.status, ours.out):
            if options:
                said.append(str(ours.err.count(b"\n  ")))
            continue
        again = by_bubblewrap(whole, job, given, inputs, scratch / "out")
        if direct.status == ours.status == again.status and again.out != direct.out:
            said.append("differs from run to run, by bubblewrap too")
            continue
        agree = False
        said.append(f"status {direct.status} and {ours.status}: {last_words(direct)} | {last_words(ours)}")
    return agree, "; ".join(said), *taken


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", default=os.environ.get("BUNDLE", HERE.parent / "build" / "release" / "bundle"))
    parser.add_argument("--missing", action="store_true")
    parser.add_argument("programs", nargs="*")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bundle-bench-") as scratch:
        scratch = Path(scratch)
        scratch.chmod(0o755)
        os.environ["BUNDLE"] = str(shutil.copy(options.bundle, scratch / "bundle"))
        jobs = [entry for entry in all_jobs() if not options.programs or entry[0] in options.programs]
        inputs = scratch / "in"
        inputs.mkdir()
        for name, content in {**INPUTS, **MORE_INPUTS}.items():
            (inputs / name).write_bytes(content)
        bad, right, sums = [], 0, [0.0, 0.0]
        for name, program, job in jobs:
            place = scratch / "one"
            place.mkdir()
            try:
                agree, said, *taken = compare(program, job, inputs, place, ["--missing"] if options.missing else [])
                sums = [total + part for total, part in zip(sums, taken)]
                print(f"{name:20} {len(job.runs)} runs  bubblewrap {taken[0]:6.2f} s  bundle run {taken[1]:6.2f} s  {'' if agree else 'DIFFER '}{short(said, 150)}",
                      flush=True)
            except (Failed, subprocess.TimeoutExpired) as failure:
                agree = False
                print(f"{name:20} FAILED: {short(str(failure), 150)}", flush=True)
            right += agree
            if not agree:
                bad.append(name)
            shutil.rmtree(place)
        print(f"\n{right} of {len(jobs)} agree; {sums[0]:.1f} s by bubblewrap, {sums[1]:.1f} s by bundle run; not: {', '.join(bad) or 'none'}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
