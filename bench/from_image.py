#!/usr/bin/python3
"""from_image.py [--bundle build/release/bundle] [--keep TAR] [PROGRAM…]: lean.py's programs, bundled from an image of this machine.

Each is bundled on this machine and from a tar of it, with the same flags, into folders, which are compared byte for byte. The tar
is one root file system, not compressed: dpkg's records, /etc as far as everybody may read it, and the files of the packages
concerned: those that the bundles made here took from, with all that these depend on or recommend; and where the programs lie
that no package brings.

here, image  seconds of each
files        how many the bundle made here has
differs      how many of them the other has not, has with other bytes, or has beside them; each is named below the table

Always ends with 0: this is a measurement.
"""
import argparse
import filecmp
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[1:1] = [str(HERE), str(HERE.parent / "tests/discover"), str(HERE.parent / "fixtures/families")]

import debian  # noqa: E402
from lean import INPUTS, MORE_INPUTS, all_jobs, last_words, placed  # noqa: E402


def bundled(sandbox, arguments, out):
    """Seconds, or a word about why not."""
    start = time.monotonic()
    done = sandbox.bundle(*arguments, "--force", "-o", f"{out}/", timeout=900)
    return time.monotonic() - start if done.status == 0 else last_words(done)


def manifest(folder):
    return json.loads(next(folder.glob("lib/*/manifest.json")).read_text())


def everybodys(folder):
    """The files and links below, of which everybody may read the content."""
    for at, folders, names in os.walk(folder):
        for name in [*names, *(each for each in folders if os.path.islink(f"{at}/{each}"))]:
            mode = os.lstat(f"{at}/{name}").st_mode
            if stat.S_ISLNK(mode) or stat.S_ISREG(mode) and mode & stat.S_IROTH:
                yield f"{at}/{name}"


def links_on_the_way(path):
    """The path, and each link that is followed on the way to its file."""
    found, waiting = set(), [path]
    while waiting:
        at, parts = "/", [part for part in waiting.pop().split("/") if part]
        for number, part in enumerate(parts):
            at = os.path.join(at, part)
            if at in found or not os.path.lexists(at):
                continue
            if os.path.islink(at):
                waiting.append(os.path.normpath(os.path.join(os.path.dirname(at), os.readlink(at), *parts[number + 1:])))
                found.add(at)
                break
        else:
            found.add(at)
    return found


def concerned(machine, packages):
    """These packages and what they depend on or recommend."""
    found, waiting = set(), list(packages)
    while waiting:
        name = waiting.pop()
        if name not in found and name in machine.packages:
            found.add(name)
            waiting += machine.related(machine.packages[name], "Pre-Depends", "Depends", "Recommends")
    return found


def write_image(manifests, inputs, out):
    machine = debian.Machine()
    entries = [entry for told in manifests for entry in told["files"]]
    paths = {folder for folder in debian.MERGED if os.path.islink(folder)}
    for name in concerned(machine, {entry["package"] for entry in entries if entry.get("package")} | set(machine.essential())):
        for path in machine.paths_of(machine.packages[name]):
            paths.add(debian.where(path))
    for path in [entry["source"] for entry in entries if entry.get("source")]:
        paths |= links_on_the_way(path)
    for folder in ("/etc", "/var/lib/dpkg", str(inputs)):
        paths |= set(everybodys(folder))
    for folder in {os.path.dirname(path) for path in paths if "/python" in path}:
        paths |= set(everybodys(f"{folder}/__pycache__"))
    for alternative in os.listdir("/etc/alternatives"):
        paths |= {path for path in (f"/usr/bin/{alternative}",) if os.path.islink(path)}
    listed = "".join(f"{path[1:]}\0" for path in sorted(paths) if os.path.lexists(path))
    subprocess.run(["tar", "-C", "/", "--no-recursion", "--null", "-T", "-", "-cf", out], input=os.fsencode(listed), check=True)
    return len(paths)


def differences(one, other):
    """Paths inside that are not the same in both."""
    names = [{str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} for folder in (one, other)]
    return sorted([f"only here: {name}" for name in names[0] - names[1]] + [f"only from the image: {name}" for name in names[1] - names[0]]
                  + [f"other bytes: {name}" for name in names[0] & names[1] if not filecmp.cmp(one / name, other / name, shallow=False)])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", default=os.environ.get("BUNDLE", HERE.parent / "build/release/bundle"))
    parser.add_argument("--keep", metavar="TAR", help="write the image there, and leave it")
    parser.add_argument("programs", nargs="*")
    options = parser.parse_args()
    if not os.access(options.bundle, os.X_OK):
        sys.exit(f"from_image.py: {options.bundle} is not there. Build it with ./dev build, or name another by --bundle")
    with tempfile.TemporaryDirectory(prefix="bundle-bench-", dir="/var/tmp") as scratch:
        scratch = Path(scratch)
        os.environ["BUNDLE"] = str(shutil.copy(options.bundle, scratch / "bundle"))
        import sandbox  # once BUNDLE is known: it reads it
        inputs = scratch / "in"
        inputs.mkdir()
        for name, content in {**INPUTS, **MORE_INPUTS}.items():
            (inputs / name).write_bytes(content)
        rows, failed = {}, []
        for name, program, job in [entry for entry in all_jobs() if not options.programs or entry[0] in options.programs]:
            path = sandbox.installed(placed([program], inputs)[0])
            for command in job.before if path else ():
                sandbox.run(placed(command, inputs), cwd=scratch, env={"PATH": "/usr/bin:/bin", "HOME": str(scratch), "GO111MODULE": "off"})
            flags = [flag for flag in job.flags if flag != "--force"]
            took = bundled(sandbox, [path, *flags], scratch / f"here {name}") if path else "is not installed"
            if isinstance(took, str):
                failed.append(f"{name}: {took}")
            else:
                rows[name] = (path, flags, took)
        image = Path(options.keep or scratch / "machine.tar")
        start = time.monotonic()
        count = write_image([manifest(scratch / f"here {name}") for name in rows], inputs, image)
        print(f"the image: {image.stat().st_size / 1e6:,.0f} MB, {count:,} files, written in {time.monotonic() - start:.0f} s\n")
        print(f"{'program':16} {'here':>7} {'image':>7} {'files':>6} {'differs':>7}")
        same, told = 0, []
        for name, (path, flags, here) in rows.items():
            took = bundled(sandbox, ["--image", image, path, *flags], scratch / "image")
            if isinstance(took, str):
                failed.append(f"{name}, from the image: {took}")
                continue
            found = differences(scratch / f"here {name}", scratch / "image")
            same += not found
            told += [f"{name}: {each}" for each in found[:8]]
            count = sum(path.is_file() for path in (scratch / f"here {name}").rglob("*"))
            print(f"{name:16} {here:5.1f} s {took:5.1f} s {count:6} {len(found) or '-':>7}", flush=True)
            shutil.rmtree(scratch / "image")
        print(f"\n{same} of {len(rows)} are the same, byte for byte", *told, *(f"FAILED {each}" for each in failed), sep="\n")


if __name__ == "__main__":
    main()
