#!/usr/bin/python3
"""slim.py [--bundle build/release/bundle] [PROGRAM…]: what `bundle slim` makes of the 60 bundles of lean.py.

Each is bundled without a hint and slimmed by the runs of its job, and the job is done again with what is left, in the empty
root.

before   bytes of the files of the bundle
after    bytes of the slimmed one, its manifest and its list of what was dropped among them
touched  bytes of what --no-discover ships, and of every file that the job opened, started or asked about by its name, as
         strace saw it; without the manifest
ratio    after / touched; 1.00 is a bundle without a byte too many
right    yes: same exit status and output as the whole bundle's; what differs between two runs of that is judged by the status

A job that fails is named and left out of the sums. Always ends with 0: this is a measurement.
"""
import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from lean import INPUTS, MORE_INPUTS, Failed, all_jobs, last_words, measure, parsed, placed  # noqa: E402

ENVIRONMENT = {"LANG": "en_US.UTF-8", "TZ": ":UTC", "HOME": "/tmp", "TERM": "dumb", "SOURCE_DATE_EPOCH": "1700000000"}


def outcomes(layer, launcher, job, inputs, scratch):
    """What the job's runs say: (status, output) of each. They share a folder for what they write, which is new."""
    import sandbox
    out = Path(tempfile.mkdtemp(dir=scratch))
    os.chmod(out, 0o777)
    said = []
    for given in job.runs:
        done = sandbox.in_root([f"/opt/{launcher}", *placed(given.arguments, "/tmp/in", "/tmp")], layer, cwd="/tmp", stdin=given.stdin,
                               env={**sandbox.LAMBDA, **ENVIRONMENT, **job.env, **given.env},
                               options=["--bind", out, "/tmp", "--ro-bind", inputs, "/tmp/in"])
        said.append((done.status, done.out))
    return said


def command_of(launcher, job, given, number, scratch):
    """A run as --run takes it."""
    words = [f"/opt/{launcher}", *placed(given.arguments, "/tmp/in", "/tmp")]
    environment = {**ENVIRONMENT, **job.env, **given.env}
    text = " ".join([f"{key}={shlex.quote(value)}" for key, value in environment.items()] + [shlex.quote(word) for word in words])
    if given.stdin:
        path = scratch / f"stdin{number}"
        path.write_bytes(given.stdin)
        text += f" < {shlex.quote(str(path))}"
    return text


def row_of(program, job, inputs, scratch):
    import sandbox
    measured = measure(program, job, inputs, scratch)
    whole = scratch / "whole"
    launcher = measured.launcher
    said = outcomes(whole, launcher, job, inputs, scratch)
    options = []
    for number, given in enumerate(job.runs):
        options += ["--run", command_of(launcher, job, given, number, scratch)]
    begun = time.monotonic()
    done = sandbox.bundle("slim", f"{whole}/", "-o", f"{scratch}/slim/", "--input", inputs, *options,
                          "--expect", ",".join(sorted({str(status) for status, _ in said})))
    seconds = time.monotonic() - begun
    if done.status != 0:
        raise Failed(f"slim: {last_words(done)}")
    after = outcomes(scratch / "slim", launcher, job, inputs, scratch)
    right = "yes"
    if after != said:
        again = outcomes(whole, launcher, job, inputs, scratch)
        varies = again != said
        same = [status for status, _ in after] == [status for status, _ in said]
        right = "yes (varies)" if varies and same else "NO"
    size = sum(path.stat().st_size for path in (scratch / "slim").rglob("*") if path.is_file())
    touched = measured.needed - measured.sizes[f"{measured.private}/manifest.json"]
    return measured.shipped, size, touched, right, seconds


def main():
    options = parsed(argparse.ArgumentParser(description=__doc__.splitlines()[0]))
    sums, wrong, failed, count = [0, 0, 0], [], [], 0
    with tempfile.TemporaryDirectory(prefix="bundle-bench-") as scratch:
        scratch = Path(scratch)
        os.chmod(scratch, 0o755)
        # Of its own, for a build may replace the other while this runs.
        os.environ["BUNDLE"] = str(shutil.copy(options.bundle, scratch / "bundle"))
        jobs = list(all_jobs())
        if unknown := set(options.programs) - {name for name, _, _ in jobs}:
            parser.error(f"no job for {', '.join(sorted(unknown))}; there are {', '.join(sorted(name for name, _, _ in jobs))}")
        chosen = [entry for entry in jobs if not options.programs or entry[0] in options.programs]
        inputs = scratch / "in"
        inputs.mkdir()
        for name, content in {**INPUTS, **MORE_INPUTS}.items():
            (inputs / name).write_bytes(content)
        print(f"{'program':22} {'before':>10} {'after':>9} {'touched':>9} {'ratio':>6}  {'slim':>7}  right")
        for name, program, job in chosen:
            place = scratch / "one"
            place.mkdir()
            try:
                before, after, touched, right, seconds = row_of(program, job, inputs, place)
                sums = [total + size for total, size in zip(sums, (before, after, touched))]
                count += 1
                wrong += [name] if right == "NO" else []
                print(f"{name:22} {before / 1e6:7.1f} MB {after / 1e6:6.1f} MB {touched / 1e6:6.1f} MB {after / touched:6.3f}  "
                      f"{seconds:5.1f} s  {right}", flush=True)
            except Failed as failure:
                failed.append(name)
                print(f"{name:22} FAILED: {' '.join(str(failure).split())[:150]}", flush=True)
            except subprocess.TimeoutExpired:
                failed.append(name)
                print(f"{name:22} FAILED: took too long", flush=True)
            shutil.rmtree(place)
    before, after, touched = sums
    print(f"\n{count} of {len(chosen)} jobs ran; {before / 1e6:,.0f} MB before, {after / 1e6:,.0f} MB after, {touched / 1e6:,.0f} MB touched; "
          f"ratio {after / max(touched, 1):.3f}")
    print(f"still right: {count - len(wrong)} of {count}; not: {', '.join(wrong) or 'none'}; failed: {', '.join(failed) or 'none'}")


if __name__ == "__main__":
    main()
