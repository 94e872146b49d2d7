#!/usr/bin/python3
"""The whole machine as a corpus: for each program and library, what `bundle inspect` says against what its own loader
says (LD_TRACE_LOADED_OBJECTS for programs, --list for libraries). A fixed sample, or everything with BUNDLE_TEST_ALL.

Equal means: the same files by the same paths, the same names missing, the same symbol versions undefined. A file that
the loader refuses must be one that inspect refuses or finds wanting.
"""
import concurrent.futures
import json
import os
import re
import struct
import subprocess
import sys

import emulator

BUNDLE = os.environ["BUNDLE"]
EVERYTHING = bool(os.environ.get("BUNDLE_TEST_ALL"))
SAMPLE = 400
FOLDERS = ["/usr/bin", "/usr/sbin", "/usr/lib", "/usr/libexec", "/usr/local", "/opt", "/lib32", "/libx32", "/usr/games"]
LOADERS = {(62, 2): "/lib64/ld-linux-x86-64.so.2", (3, 1): "/lib/ld-linux.so.2"}
TRUSTED = ("/ld-linux-x86-64.so.2", "/ld-linux.so.2", "/ld-2.36.so")
ENV = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


def header(path):
    """(machine, class, interpreter or None) of a program or library, else None."""
    try:
        with open(path, "rb") as source:
            head = source.read(64)
            if len(head) < 52 or head[:4] != b"\x7fELF" or head[5] != 1:
                return None
            kind, machine = struct.unpack_from("<HH", head, 16)
            wide = head[4] == 2
            offset = struct.unpack_from("<Q" if wide else "<I", head, 32 if wide else 28)[0]
            size, count = struct.unpack_from("<HH", head, 54 if wide else 42)
            if kind not in (2, 3):
                return None
            source.seek(offset)
            table = source.read(size * count)
            dynamic, interpreter = False, None
            for i in range(count):
                segment = table[i * size:(i + 1) * size]
                p_type = struct.unpack_from("<I", segment)[0]
                at, length = (struct.unpack_from("<QxxxxxxxxxxxxxxxxQ", segment, 8) if wide
                              else struct.unpack_from("<IxxxxxxxxI", segment, 4))
                dynamic |= p_type == 2 and length > 0
                if p_type == 3:
                    source.seek(at)
                    interpreter = source.read(length).split(b"\0")[0].decode()
            return (machine, head[4], interpreter) if dynamic or interpreter else None
    except (OSError, struct.error):
        return None


def corpus():
    seen, files = set(), []
    for folder in FOLDERS:
        for base, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(base, name)
                try:
                    status = os.stat(path)
                except OSError:
                    continue
                # Symlinks to programs stay: where they lie is not where $ORIGIN is. Those to libraries are aliases.
                identity = (status.st_dev, status.st_ino)
                if not os.path.isfile(path) or (identity in seen and ".so" in name):
                    continue
                seen.add(identity)
                info = header(path)
                if info and (info[0], info[1]) in LOADERS or info and info[2] and "ld-musl-x86_64" in info[2]:
                    files.append((path, info))
    files.sort()
    if EVERYTHING or len(files) <= SAMPLE:
        return files, len(files)
    return [files[i * len(files) // SAMPLE] for i in range(SAMPLE)], len(files)


def real(path, info):
    machine, width, interpreter = info
    if interpreter and "ld-musl" in interpreter:
        command, env = [interpreter, "--list", path], ENV
    # A program that changes user or group ignores the variable and would run.
    elif interpreter and interpreter.endswith(TRUSTED) and os.access(path, os.X_OK) and not os.stat(path).st_mode & 0o6000:
        command, env = [path], dict(ENV, LD_TRACE_LOADED_OBJECTS="1")
    else:
        command, env = [LOADERS[machine, width], "--list", path], ENV
    if (machine, width) == (3, 1):
        command = [*emulator.of_32_bit(), *command]
    done = subprocess.run(command, capture_output=True, env=env, cwd="/", timeout=60)
    out, said = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    found, missing = set(), set()
    versions = set(re.findall(r"version `([^']*)' not found \(required by ([^)]*)\)", out + said))
    for line in out.splitlines():
        if "=> not found" in line:
            missing.add(line.split(" => ")[0].strip())
        match = re.fullmatch(r"\s*(?:\S+ => )?(/.*) \(0x[0-9a-f]+\)", line)
        if match:
            found.add(match.group(1))
    missing |= set(re.findall(r"Error loading shared library (\S+):", said))
    refused = done.returncode != 0 and not missing and not versions
    return refused, found, missing, versions, said.strip()


def ours(path):
    done = subprocess.run([BUNDLE, "inspect", "--json", "--", path], capture_output=True, env=ENV, cwd="/", timeout=60)
    if not done.stdout:
        return None, set(), set(), set(), done.stderr.decode(errors="replace").strip()
    answer = json.loads(done.stdout)
    found = {item["path"] for item in answer["objects"][1:]}
    needed = any(need["path"] == answer["interpreter"] for item in answer["objects"] for need in item["needs"])
    if not needed:
        found.discard(answer["interpreter"])
    missing = {item["name"] for item in answer["missing"]}
    versions = {(item["version"], item["needed_by"]) for item in answer["version_problems"] if item["fatal"]}
    return done.returncode, found, missing, versions, answer["interpreter"]


def compare(item):
    path, info = item
    refused, found, missing, versions, said = real(path, info)
    code, our_found, our_missing, our_versions, interpreter = ours(path)
    if refused:
        return None if code != 0 else f"the loader refuses ({said[:200]}), inspect does not"
    if code is None:
        return None if not found and not missing else f"inspect refuses: {interpreter}"
    if interpreter not in our_found:
        found.discard(interpreter)
    if (our_found, our_missing) != (found, missing):
        return (f"only inspect: {sorted(our_found - found)} missing {sorted(our_missing - missing)}; "
                f"only the loader: {sorted(found - our_found)} missing {sorted(missing - our_missing)}")
    if {v[0] for v in our_versions} != {v[0] for v in versions}:
        return f"versions: inspect {sorted(our_versions)}, the loader {sorted(versions)}"
    return None


def main():
    files, total = corpus()
    wrong = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for (path, _), difference in zip(files, pool.map(compare, files)):
            if difference:
                wrong += 1
                print(f"{path}: {difference}")
    print(f"{len(files) - wrong} of {len(files)} closures equal the loader's ({total} programs and libraries on this machine)")
    if len(files) < 50:
        print("fewer than 50 files are no corpus")
        return 1
    return 1 if wrong else 0


sys.exit(main())
