#!/usr/bin/python3
"""Twelve programs bundled from whole roots of other families, by --sysroot and by --image: they do their jobs in an empty root.

The roots have this machine's files and another family's records (fixtures/families), and are made once, in BUILD/systems/families.
So what a program says here is the answer, and what a bundle holds is held against the one from the root with dpkg's records:
each difference is in DIFFERS with its reason. From the other containers of rpm's headers, and from a tar of the root,
comes the very same bundle. Names given on the command line (families_test.py Rpm.test_git) run alone.
"""

import fnmatch
import functools
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e"), str(HERE.parent / "discover"), str(HERE.parents[1] / "fixtures/families")]
import as_conda  # noqa: E402
import debian  # noqa: E402
import families  # noqa: E402
import rpm_containers  # noqa: E402
from jobs import EVERYDAY, GIT, INPUTS, RIG, Job, Run, placed  # noqa: E402
from places import PLACES  # noqa: E402
from sandbox import HOST, LAMBDA, Case, bundle, in_root, installed, main, run, tree  # noqa: E402

FOLDER = Path(os.environ["SYSTEMS"]) / "families"
JOBS = {"python3": EVERYDAY["python3.11"], "git": GIT, "rig": RIG,
        "fortune": Job([Run(["-f"]), Run(["-m", "Murphy"])]),
        # The size of paper was asked for at this machine's installation, and is in no package.
        "gs": Job([Run(["-sPAPERSIZE=a4", *EVERYDAY["gs"].runs[0].arguments])])}
# By family and program: a pattern of paths under root/ that one bundle has and that from dpkg's records has not, or the reverse.
DIFFERS = {}
# What does not work where nobody says which package a file is of, and what its data are then known by.
LOST = {"cmake", "espeak-ng", "file", "fortune", "gdb", "gs", "python3"}


@functools.cache
def machine():
    here = debian.Machine()
    return here, here.closure([name for names in debian.PROGRAMS.values() for name in names] + here.essential())


def fill(family, root):
    if family == "files":
        debian.copy(machine()[1], root)
    elif family in families.DERIVED:
        families.derive(family, made("rpm"), root)
    else:
        families.make(family, root, machine()[1], machine()[0], made("files"))


@functools.cache
def made(family):
    """The root of a family, from an earlier run if there was one; half a root is never taken for one."""
    root, work = FOLDER / family, FOLDER / f"{family} in the making"
    if not root.exists():
        print(f"making {root}", flush=True)
        shutil.rmtree(work, ignore_errors=True)
        FOLDER.mkdir(parents=True, exist_ok=True)
        fill(family, work)
        work.rename(root)
    return root


@functools.cache
def image(family):
    """The root as a tar."""
    out = FOLDER / f"{family}.tar"
    if not out.exists():
        work = FOLDER / f"{family}.tar in the making"
        subprocess.run(["tar", "-C", made(family), "-cf", work, "."], check=True)
        work.rename(out)
    return out


SCRATCH = Path(tempfile.mkdtemp(prefix="bundle-families-"))
unittest.addModuleCleanup(shutil.rmtree, SCRATCH, ignore_errors=True)


@functools.cache
def layer_of(option, source, program):
    """The layer of a program in a folder, and what was said; made once."""
    out = SCRATCH / f"{option} {source.name} {os.path.basename(program)}"
    # Of the twelve, java alone comes near Lambda's limit; what is over it is said elsewhere.
    done = bundle(option, source, program, "-o", f"{out}/", "--force", env={"PATH": HOST["PATH"]})
    assert done.status == 0, f"{source.name}, {program}: {done}"
    return out, done.text


def under_root(layer):
    """What lies under root/ there, as paths of the machine it was taken from, and libraries by their names."""
    found = set()
    for path in layer.rglob("*"):
        inside = str(path.relative_to(layer))
        if path.is_file() and "/root/" in inside:
            found.add("/" + inside.split("/root/", 1)[1])
    return found


class Family(Case):
    family = ""
    programs = debian.PROGRAMS
    bin = ""  # the folder of the programs, where PATH does not lead to it

    def setUp(self):
        super().setUp()
        self.put_inputs(INPUTS)

    def layer(self, program):
        return layer_of("--sysroot", made(self.family), self.bin + program)[0]

    def works(self, program):
        """Its job, at the prefix and elsewhere, as on this machine."""
        job, layer = JOBS.get(program) or EVERYDAY[program], self.layer(program)
        for command in job.before:
            self.assertEqual(run(placed(command, self.inputs), env={"PATH": "/usr/bin:/bin"}).status, 0, command)
        folders = {}
        for at in ("here", *PLACES):
            folders[at] = self.scratch / f"out {len(folders)}"
            folders[at].mkdir(mode=0o777)
            folders[at].chmod(0o777)
        for step in job.runs:
            more = {**job.env, **step.env}
            here = run([installed(program), *placed(step.arguments, self.inputs, folders["here"])], cwd=self.inputs,
                       stdin=step.stdin, env={**HOST, **more})
            self.assertEqual(here.status, 0, here)
            here.out = here.out.replace(str(self.inputs).encode(), b"/in")
            for at in PLACES:
                with self.subTest(at=at, arguments=step.arguments):
                    there = in_root([f"{at}/bin/{program}", *placed(step.arguments, "/in", "/out")], layer, at=at, cwd="/in",
                                    env={**LAMBDA, **more}, binds=[(self.inputs, "/in")], stdin=step.stdin,
                                    options=["--bind", folders[at], "/out"])
                    if program == "rig":
                        self.says_of_a_city(there)
                    else:
                        self.assert_same(here, there)

    def says_of_a_city(self, there):
        """rig's answer is by chance, its words are not."""
        cities = (made("files") / "usr/share/rig/locdata.idx").read_text().splitlines()
        self.assertEqual(there.status, 0, there)
        city = there.out.decode().splitlines()[2].split(",")[0]
        self.assertTrue(any(city in line for line in cities), there)


class Recorded(Family):
    """What is said of each family that has records."""

    def holds_what_dpkg_says(self, program):
        ours, theirs = (under_root(layer_of("--sysroot", made(family), program)[0]) for family in (self.family, "dpkg"))
        explained = DIFFERS.get(self.family, {}).get(program, ())
        for path in sorted(ours ^ theirs):
            if not any(fnmatch.fnmatchcase(path, pattern) for pattern in explained):
                self.fail(f"{program}: {path} and {len(ours ^ theirs) - 1} more: {sorted(ours - theirs)[:40]} only here, "
                          f"{sorted(theirs - ours)[:40]} only from dpkg's root")

    def check(self, program):
        with self.subTest("does its job"):
            self.works(program)
        with self.subTest("holds what dpkg's records say"):
            self.holds_what_dpkg_says(program)
        with self.subTest("from an image"):
            self.assertEqual(tree(self.layer(program)), tree(layer_of("--image", image(self.family), program)[0]))


class Dpkg(Recorded):
    family = "dpkg"


class Rpm(Recorded):
    family = "rpm"

    def check(self, program):
        super().check(program)
        for other in ("rpm-bdb", "rpm-ndb"):
            with self.subTest(other):
                self.assertEqual(tree(self.layer(program)), tree(layer_of("--sysroot", made(other), program)[0]))

    def test_rpm_reads_the_same_in_berkeleys_container(self):
        self.assertEqual(rpm_containers.check_bdb(made("rpm-bdb")), {package.name for package in machine()[1]})


class Pacman(Recorded):
    family = "pacman"


class Apk(Recorded):
    family = "apk"


class Opkg(Recorded):
    family = "opkg"


class Unrecorded(Family):
    """The same files without any records: what then works, so that nobody thinks that the records do it all."""
    family = "none"

    def check(self, program):
        if program not in LOST:
            self.works(program)


class Conda(Family):
    """Two of them moved into an environment, with conda's records and no others: what else they need is the system's."""
    family, bin, programs = "conda", "/opt/conda/bin/", as_conda.PROGRAMS

    def check(self, program):
        self.works(program)


del Recorded, Family


def add_tests():
    for case in (Dpkg, Rpm, Pacman, Apk, Opkg, Conda, Unrecorded):
        for program in case.programs:
            setattr(case, f"test_{program.replace('-', '_')}", lambda self, program=program: self.check(program))


add_tests()

if __name__ == "__main__":
    main()
