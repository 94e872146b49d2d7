"""An empty root to run a bundle in, and what the end-to-end tests share.

The root is made by bubblewrap: the layer read-only at /opt (or elsewhere), /proc, /dev and /tmp, and nothing else: no
libc, no shell, no /etc. The environment is AWS Lambda's, the user is unprivileged and has no capabilities.

ctest gives BUNDLE (the program under test) and E2E_BUILD (where the decoy library and the fixtures were built, which
bench/lean.py does without). With BUNDLE_TEST_VERIFY=1 each bundle that a test makes as it should be is verified, too.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BUNDLE = os.environ["BUNDLE"]
E2E_BUILD = Path(os.environ.get("E2E_BUILD", "build/release/tests/e2e"))

LAMBDA = {
    "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
    "LD_LIBRARY_PATH": "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
}
HOST = {"PATH": "/usr/bin:/bin:/usr/games"}
LIBRARY_FOLDERS = ["/lib64", "/usr/lib64", "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/var/lang/lib"]


class Outcome:
    """What a finished program left: exit status (negative: killed by that signal), stdout, stderr."""

    def __init__(self, done):
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr

    @property
    def text(self):
        return (self.out + self.err).decode(errors="replace")

    def __repr__(self):
        return f"exit {self.status}\n--- stdout\n{self.out[-3000:].decode(errors='replace')}" \
               f"\n--- stderr\n{self.err[-3000:].decode(errors='replace')}"


def run(argv, stdin=b"", env=None, cwd=None, timeout=300, **more):
    """Runs a program of this machine."""
    return Outcome(subprocess.run([str(part) for part in argv], input=stdin, env=env, cwd=cwd, timeout=timeout,
                                  capture_output=True, **more))


def installed(program):
    """Its path on this machine, or None."""
    return program if "/" in program else shutil.which(program, path="/usr/bin:/bin:/usr/sbin:/usr/games")


def bundle(*arguments, **more):
    """Runs the program under test."""
    return run([BUNDLE, *arguments], **more)


def world():
    """bubblewrap's options for a world of its own. Inside a container whose /proc is partly covered the kernel allows no new
    /proc (mnt_already_visible in fs/namespace.c): there the container's is used, and its process numbers."""
    own = ["--unshare-all", "--proc", "/proc"]
    if run(["bwrap", *own, "--ro-bind", "/", "/", "--proc", "/proc", "true"]).status == 0:
        return own
    return ["--unshare-user", "--unshare-ipc", "--unshare-net", "--unshare-uts", "--bind", "/proc", "/proc"]


WORLD = world()


def in_root(argv, layer, at="/opt", binds=(), env=None, stdin=b"", cwd="/tmp", timeout=300, options=(), around=()):
    """Runs argv in an empty root that holds `layer` read-only at `at`, and (host path, inside path) binds. `around` is a command
    that starts bubblewrap: it is outside of the root, as a tracer has to be."""
    command = [*around, "bwrap", *WORLD, "--die-with-parent", "--new-session", "--uid", "1000", "--gid", "1000",
               "--ro-bind", layer, at, "--dev", "/dev", "--tmpfs", "/tmp"]
    for source, inside in binds:
        command += ["--ro-bind", source, inside]
    command += [*options, "--chdir", cwd, "--clearenv"]
    for key, value in (LAMBDA if env is None else env).items():
        command += ["--setenv", key, value]
    return run(command + ["--", *argv], stdin=stdin, timeout=timeout)


def unzip(archive, folder):
    """Unpacks with Info-ZIP over what is there, and insists that it has nothing to say."""
    done = run(["unzip", "-q", "-o", archive, "-d", folder])
    assert done.status == 0 and not done.text, f"unzip {archive}: {done}"
    return Path(folder)


def host_libraries(program):
    """The names that the real loader asks for, by the real loader."""
    listed = run(["ldd", program]).out.decode()
    return {os.path.basename(line.split()[0]) for line in listed.splitlines() if ".so" in line}


def make_decoys(folder, names):
    """For each name a library that says POISON and exits with 66 as soon as a loader relocates or initializes it."""
    folder.mkdir()
    poison = (E2E_BUILD / "libdecoy.so").read_bytes()
    placeholder = b"DECOY_" + b"X" * 120
    assert poison.count(placeholder) == 1, "the decoy library has its SONAME once"
    for name in names:
        soname = os.fsencode(name)
        assert len(soname) <= len(placeholder), name
        path = folder / name
        path.write_bytes(poison.replace(placeholder, soname.ljust(len(placeholder), b"\0")))
        path.chmod(0o755)
    return folder


def tree(folder):
    """Every path below the folder with its type, mode, size and content hash, to compare two moments or two trees."""
    import hashlib
    found = {}
    for path in sorted(Path(folder).rglob("*")):
        status = path.lstat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() and not path.is_symlink() else ""
        found[str(path.relative_to(folder))] = (oct(status.st_mode), content)
    return found


class Case(unittest.TestCase):
    """A test with a scratch folder of its own."""

    maxDiff = 4000

    def setUp(self):
        self.scratch = Path(tempfile.mkdtemp(prefix="bundle-e2e-"))
        self.addCleanup(shutil.rmtree, self.scratch, ignore_errors=True)

    def put_inputs(self, inputs):
        """Writes them (name: bytes or text) into self.inputs, a folder of the scratch folder."""
        self.inputs = self.scratch / "in"
        self.inputs.mkdir()
        for name, content in inputs.items():
            (self.inputs / name).write_bytes(content.encode() if isinstance(content, str) else content)

    def installed(self, program):
        """Its path on this machine. Programs of ./dev's packages are never skipped."""
        path = installed(program)
        self.assertIsNotNone(path, f"{program} is not installed here")
        return path

    def made(self, *arguments, **more):
        """Bundles and insists on success."""
        done = bundle(*arguments, **more)
        self.assertEqual(done.status, 0, done)
        if os.environ.get("BUNDLE_TEST_VERIFY") == "1":
            self.assert_verified(arguments, more.get("cwd"))
        return done

    def assert_verified(self, arguments, cwd=None):
        """`bundle verify` has nothing to say of what was made. A stream, an image or an archive of another kind is not for it, and
        of what was told to break on Lambda, or to be too large, it rightly has."""
        words = [str(word) for word in arguments]
        out = next((word for flag, word in zip(words, words[1:]) if flag in ("-o", "--output")), "")
        if {"--dry-run", "--runpath", "--force"} & set(words) or not out.endswith((".zip", "/")) or out.endswith(".oci/"):
            return
        more = [word for flag, word in zip(words, words[1:]) if flag == "--target-has"]
        done = bundle("verify", out, *(f"--target-has={name}" for name in more), cwd=cwd)
        self.assertEqual(done.status, 0, f"{' '.join(words)}: {done}")
        self.assertRegex(done.text, r"\A[^\n]*: in order for [^\n]*\n\Z", f"{' '.join(words)}")

    def layer(self, *arguments, name="layer"):
        """Bundles into a zip and unpacks it; the unpacked folder."""
        archive = self.scratch / f"{name}.zip"
        self.made(*arguments, "-o", archive)
        return unzip(archive, self.scratch / name)

    def assert_same(self, here, there):
        """Exit status and stdout equal; stderr is shown when they are not. A root reports a signal as a shell does."""
        if here.status < 0:
            here.status = 128 - here.status
        self.assertEqual((here.status, here.out), (there.status, there.out), f"\nhere {here}\nthere {there}")


def main():
    unittest.main(verbosity=2, argv=sys.argv)
