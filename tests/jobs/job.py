"""What a job is: what is bundled, what is done with it, and what has to be the same as on the machine where it was bundled.

In arguments, flags and commands {in} stands for the folder of the inputs, which is the working folder, {out} for one to write
to, {host} for where the inputs lie on this machine (a server has them there), {at} for where the layer lies (here: /usr), and
{port} for the server's port.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple, Optional

sys.path[1:1] = [str(Path(__file__).resolve().parent.parent / "discover")]
from jobs import Run, png, written  # noqa: E402,F401


class Job(NamedTuple):
    """`same` are files of {out} that are compared beside status and stdout, each by a word of COMPARED; `packages` are Debian's
    names of what the job takes beside ./dev's group `test`."""
    programs: list  # as a user names them; the first is started
    runs: list  # of tests/discover/jobs.py's Run
    same: dict = {}  # name of a file: how it is compared
    packages: str = ""
    flags: list = []  # of bundle; none but what the job's nature asks for
    env: dict = {}
    inputs: dict = {}  # name: bytes
    before: list = []  # commands on this machine that make inputs
    server: Optional[object] = None  # (folder of inputs) -> context of the port
    host_binds: list = []  # (input, path of this machine that it stands over while this machine runs and bundles)
    binds: list = []  # (input, path in the root)
    quiet: bool = False  # no more on stderr than here
    small: bool = False  # one of those that every test run does
    cannot_fit: str = ""  # why no bundle of it is within Lambda's limit: made by --force, it has to be right all the same
    wrong_today: str = ""


def first_difference(here, there):
    """The first line in which two texts differ, shown from both."""
    lines = [text.decode(errors="replace").splitlines() if isinstance(text, bytes) else text for text in (here, there)]
    for number in range(max(map(len, lines))):
        one, other = (each[number] if number < len(each) else "(ends)" for each in lines)
        if one != other:
            return f"line {number + 1}: here {short(one)!r}, there {short(other)!r}"
    return "" if here == there else "same lines, other bytes"


def short(text, width=100):
    text = " ".join(text.split())
    return text if len(text) <= width else text[:width - 1] + "…"


def tool(*argv):
    return subprocess.run([str(part) for part in argv], capture_output=True, timeout=120)


def compare_text(here, there):
    return first_difference(here.read_bytes(), there.read_bytes())


def compare_pixels(here, there):
    """By ImageMagick, which counts the pixels that differ at all."""
    done = tool("/usr/bin/compare", "-metric", "AE", here, there, "null:")
    words = done.stderr.decode(errors="replace").strip()
    if done.returncode == 0 and words == "0":
        return ""
    colours = tool("/usr/bin/identify", "-format", "%k", there).stdout.decode().strip()
    blank = ", which is blank" if colours == "1" else ""
    if re.fullmatch(r"[\d.e+]+", words):
        return f"{words} pixels differ from {there.name}{blank}"
    return f"{there.name}: {short(words)}{blank}"


def pdf_facts(path):
    """Text, fonts (less the tag of a subset and the object's number) and page sizes, as lines."""
    text = tool("pdftotext", "-layout", path, "-")
    fonts = tool("pdffonts", path).stdout.decode(errors="replace").splitlines()[2:]
    pages = [line for line in tool("pdfinfo", path).stdout.decode(errors="replace").splitlines() if line.startswith("Page")]
    named = sorted({re.sub(r"^[A-Z]{6}\+", "", re.sub(r"\s+\d+\s+\d+$", "", line)) for line in fonts})
    return [["font " + " ".join(line.split()) for line in named], pages, text.stdout.decode(errors="replace").splitlines()]


def compare_pdf(here, there):
    for what, one, other in zip(("fonts", "pages", "text"), pdf_facts(here), pdf_facts(there)):
        if one != other:
            lost = [line for line in one if line not in other]
            if what == "fonts":
                new = [line for line in other if line not in one]
                return f"{what} of {there.name}: {short('; '.join(lost) or 'none')} here, {short('; '.join(new) or 'none')} there"
            return f"{what} of {there.name}: {first_difference(one, other)}"
    return ""


COMPARED = {"text": compare_text, "pixels": compare_pixels, "pdf": compare_pdf}


def compared(how, here, there):
    """What is different between a file that was written here and there, or nothing."""
    if not here.is_file():
        return f"{here.name} was not written on this machine"
    if not there.is_file():
        return f"{there.name} was not written"
    return COMPARED[how](here, there)


def empty(folder):
    shutil.rmtree(folder, ignore_errors=True)
    Path(folder).mkdir(parents=True)
    Path(folder).chmod(0o777)
    return Path(folder)
