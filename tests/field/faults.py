"""A machine that fails on purpose: system calls that strace makes fail (a static program has no other door), worlds without
/proc, and users without rights."""

import os
import tempfile
from pathlib import Path

from field import BUNDLE, TOOLS, run


def with_fault(call, error, arguments, when=None, also=(), **more):
    """Runs the program under test with `call` failing with `error`: always, or as `when` says it ("3" the third time, "5+" from
    then on). Its outcome; `injected` is how often strace made a call fail, and `calls` what it wrote."""
    with tempfile.NamedTemporaryFile(prefix="bundle-strace-") as log:
        injections = []
        for name, what, at in [(call, error, when), *also]:
            injections += ["-e", f"inject={name}:error={what}" + (f":when={at}" if at else "")]
        names = ",".join(dict.fromkeys([call, *(name for name, _, _ in also)]))
        done = run(["strace", "-f", "-qq", "-o", log.name, "-e", f"trace={names}", "-e", "signal=none", *injections, "--",
                    BUNDLE, *arguments], env={**TOOLS, **more.pop("env", {})}, **more)
        done.calls = Path(log.name).read_text(errors="replace")
        done.injected = done.calls.count("(INJECTED)")
    return done


def without_proc(arguments, cwd, options=()):
    """In this machine's file system, but with no /proc."""
    return run(["bwrap", "--dev-bind", "/", "/", "--tmpfs", "/proc", *options, "--chdir", cwd, "--", BUNDLE, *arguments],
               env=TOOLS)


def as_nobody(argv, **more):
    """Runs argv as a user without any rights of root."""
    return run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all",
                *argv], env=TOOLS, **more)


def left_in(folder):
    """The names in a folder, hidden ones too."""
    return sorted(os.listdir(folder))
