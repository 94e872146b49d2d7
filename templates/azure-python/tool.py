"""A program of a bundle below tools/, run as a child process."""

import asyncio
import functools
import hashlib
import os
import signal
import tempfile
import threading
from pathlib import Path
from typing import NamedTuple, Sequence

_copying = threading.Lock()


class Result(NamedTuple):
    status: int  # negative for a signal
    output: bytes
    error: bytes


class Tool:
    def __init__(self, root: Path, name: str):
        """`root` is the absolute path of tools/NAME, `name` a file in its bin/."""
        self._root, self._name = root, name

    async def run(self, arguments: Sequence[str], data: bytes = b"", seconds: float = 60) -> Result:
        """Runs the program to its end. It is killed, with all that it started, when it takes longer (TimeoutError) or when the
        task is cancelled."""
        child = await asyncio.create_subprocess_exec(
            self._launcher,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=tempfile.gettempdir(),
            env={**os.environ, "BUNDLE_ROOT": str(self._root)},  # the launcher is a copy, and is told where its bundle lies
            start_new_session=True,
        )
        try:
            output, error = await asyncio.wait_for(child.communicate(data), seconds)
        except asyncio.TimeoutError as late:  # before Python 3.11 another one than TimeoutError
            raise TimeoutError(f"{self._name} did not end within {seconds} s") from late
        finally:
            if child.returncode is None:
                os.killpg(child.pid, signal.SIGKILL)
                await child.wait()
        return Result(child.returncode, output, error)

    @functools.cached_property
    def _launcher(self) -> str:
        """A copy of the launcher that may be executed, for run bits are lost on the way to wwwroot, which is read-only.

        It appears under its name whole and executable, so other workers of this machine use it or replace it by the same.
        Named by its content, it is none of another version.
        """
        with _copying:
            content = (self._root / "bin" / self._name).read_bytes()
            folder = Path(tempfile.gettempdir(), f"bundle-{hashlib.sha256(content).hexdigest()[:16]}")
            folder.mkdir(mode=0o700, exist_ok=True)
            path = folder / self._name
            if not path.exists():
                descriptor, own = tempfile.mkstemp(dir=folder)
                with open(descriptor, "wb") as file:
                    file.write(content)
                os.chmod(own, 0o700)
                os.replace(own, path)
            return str(path)
