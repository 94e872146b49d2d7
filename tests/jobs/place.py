"""Where a job runs: AWS Lambda's environment in an empty root, and this machine.

In the root: the layer read-only where it is unpacked, the inputs read-only at /var/task (the working folder, as a function's
own), /tmp to write to, /proc, a /dev of the few devices that Lambda has (no /dev/shm), and nothing else. HOME does not exist.
"""

import sys
from pathlib import Path

sys.path[1:1] = [str(Path(__file__).resolve().parent.parent / "e2e")]
import sandbox  # noqa: E402

PREFIX, ELSEWHERE = "/opt", "/srv/a b"
TASK, OUT = "/var/task", "/tmp/out"
LAMBDA = {**sandbox.LAMBDA, "LANG": "en_US.UTF-8", "TZ": ":UTC", "HOME": "/home/sbx_user1051"}
# What a user's machine says; the locale is one that every machine has.
USUAL = {"PATH": "/usr/bin:/bin:/usr/sbin:/usr/games", "LANG": "C.UTF-8", "TZ": ":UTC"}
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
# Lambda has this line; programs that want to know who they run as end without it. A job that needs it says so.
PASSWD = "sbx_user1051:x:993:990::/home/sbx_user1051:/sbin/nologin\n"


def in_lambda(argv, layer, at, inputs, out, env=None, stdin=b"", net=False, binds=(), timeout=300):
    """Runs argv in the root with the layer at `at`. `binds`: more of (host path, inside path)."""
    environment = {**LAMBDA, **(env or {})}
    environment["PATH"] = environment["PATH"].replace(f"{PREFIX}/bin", f"{at}/bin")
    command = ["bwrap", *sandbox.WORLD, *(["--share-net"] if net else []), "--die-with-parent", "--new-session", "--uid", "993", "--gid", "990",
               "--tmpfs", "/dev", *(part for name in DEVICES for part in ("--dev-bind-try", f"/dev/{name}", f"/dev/{name}")),
               "--symlink", "/proc/self/fd", "/dev/fd", "--symlink", "/proc/self/fd/0", "/dev/stdin", "--symlink", "/proc/self/fd/1",
               "/dev/stdout", "--symlink", "/proc/self/fd/2", "/dev/stderr", "--remount-ro", "/dev", "--tmpfs", "/tmp",
               "--ro-bind", layer, at, "--ro-bind", inputs, TASK, "--bind", out, OUT]
    for source, inside in binds:
        command += ["--ro-bind", source, inside]
    command += ["--remount-ro", "/", "--chdir", TASK, "--clearenv"]
    for key, value in environment.items():
        command += ["--setenv", key, value]
    return sandbox.run([*command, "--", *argv], stdin=stdin, timeout=timeout)


def over_host(binds):
    """A command before another that lets it see this machine with (host path, path that it stands over) in place: settings
    that somebody has changed, without changing them here."""
    if not binds:
        return []
    return ["bwrap", "--bind", "/", "/", "--dev-bind", "/dev", "/dev",
            *(part for source, over in binds for part in ("--ro-bind", source, over)), "--"]


def on_host(argv, inputs, home, env=None, stdin=b"", binds=(), timeout=300):
    """Runs argv on this machine, in the folder of the inputs."""
    return sandbox.run([*over_host(binds), *argv], env={**USUAL, "HOME": str(home), **(env or {})}, cwd=inputs, stdin=stdin, timeout=timeout)
