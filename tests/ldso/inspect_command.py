#!/usr/bin/python3
"""inspect_command.py FOLDER: `bundle inspect` as a user calls it, on programs built here in known ways."""
import json
import os
import pty
import shutil
import subprocess
import sys

BUNDLE = os.environ["BUNDLE"]
SOURCE = """#include <stdio.h>
int main(int count, char** arguments) { char text[64]; if (count > 1) { sprintf(text, "%s", arguments[1]); puts(text); } return 0; }
"""
failures = []


def check(condition, what):
    if not condition:
        failures.append(what)


def run(*arguments, env=None):
    return subprocess.run([BUNDLE, "inspect", *arguments], capture_output=True, text=True, env=env)


def facts(path):
    return json.loads(run("--json", path).stdout)["facts"]


def on_terminal(*arguments, env=None):
    """What it prints where its output is a terminal."""
    leader, follower = pty.openpty()
    subprocess.run([BUNDLE, "inspect", *arguments], stdout=follower, stderr=follower, env=dict(os.environ, TERM="xterm", **(env or {})))
    os.close(follower)
    text = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:
            break
        if not part:
            break
        text += part
    os.close(leader)
    return text.decode()


def main():
    folder = sys.argv[1]
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    os.chdir(folder)
    with open("main.c", "w") as out:
        out.write(SOURCE)

    def compile(name, *options):
        subprocess.run(["gcc", "-o", name, "main.c", *options], check=True)
        return facts(os.path.abspath(name))

    hard = compile("hard", "-O2", "-D_FORTIFY_SOURCE=2", "-fstack-protector-all", "-Wl,-z,relro,-z,now", "-pie", "-fPIE")
    check(hard["pie"] and hard["relro"] == "full" and hard["stack_protector"] and hard["fortified"], f"hardened: {hard}")
    check(not hard["executable_stack"] and not hard["static"], f"hardened: {hard}")
    # A program that exports nothing has an empty hash table; what it calls is seen all the same.
    plain = compile("plain", "-O2", "-D_FORTIFY_SOURCE=2", "-fstack-protector-all", "-no-pie", "-Wl,-z,lazy")
    check(not plain["pie"] and plain["relro"] == "partial" and plain["stack_protector"] and plain["fortified"], f"plain: {plain}")
    soft = compile("soft", "-O0", "-fno-stack-protector", "-U_FORTIFY_SOURCE", "-Wl,-z,norelro", "-Wl,-z,execstack")
    check(soft["relro"] == "none" and soft["executable_stack"], f"soft: {soft}")
    check(not soft["stack_protector"] and not soft["fortified"], f"soft: {soft}")
    static = compile("static", "-static")
    check(static["static"] and not static["pie"], f"static: {static}")
    static_pie = compile("static-pie", "-static-pie")
    check(static_pie["static"] and static_pie["pie"], f"static-pie: {static_pie}")
    check(run("--list", "./static").stdout == "", "--list of a static program names nothing")
    versions = subprocess.run(["readelf", "-VW", "hard"], capture_output=True, text=True, check=True).stdout
    names = [word.removeprefix("GLIBC_") for word in versions.split() if word.startswith("GLIBC_")]
    highest = max((tuple(map(int, name.split("."))) for name in names))
    check(hard["lowest_glibc"] == ".".join(map(str, highest)), f"lowest glibc {hard['lowest_glibc']}, not {highest}")

    listed = run("--list", "./hard")
    check(listed.returncode == 0 and listed.stderr == "", f"--list: {listed}")
    check(listed.stdout.split() == ["/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld-linux-x86-64.so.2"], f"--list: {listed.stdout}")
    needs = run("--needs", "libc.so.6", "./hard").stdout
    check("hard -> libc.so.6" in needs, f"--needs by name: {needs}")
    check(needs == run("--needs", "/lib/x86_64-linux-gnu/libc.so.6", "./hard").stdout, "--needs by path gives the same")
    nothing = run("--needs", "libnone.so", "./hard")
    check(nothing.returncode == 2 and "libnone.so" in nothing.stderr, f"--needs of nothing: {nothing}")

    # ".." behind a symlink is the folder above the link's target.
    os.makedirs("there/below", exist_ok=True)
    shutil.copy("static", "there/hard")
    os.symlink("there/below", "link")
    check(json.loads(run("--json", "link/../hard").stdout)["facts"]["static"], "link/../hard is there/hard")

    check("\033" not in run("./hard").stdout, "no colour in a pipe")
    check("\033" in run("--colour", "always", "./hard").stdout, "colour when asked for")
    check("\033" in on_terminal("./hard"), "colour on a terminal")
    check("\033" not in on_terminal("./hard", env={"NO_COLOR": "1"}), "NO_COLOR is obeyed")

    with open("script", "w") as out:
        out.write("#!/usr/bin/env python3\nprint()\n")
    with open("hard", "rb") as source, open("cut", "wb") as out:
        out.write(source.read()[:1000])
    for name, part in [("script", "is a script for /usr/bin/env python3"), ("main.c", "not an ELF program"), (".", "is a folder"),
                       ("none", "none"), ("cut", "cut short")]:
        refused = run("./" + name)
        check(refused.returncode == 1 and part in refused.stderr and refused.stdout == "", f"{name}: {refused}")
    os.makedirs("lib")
    subprocess.run(["gcc", "-shared", "-o", "lib/libx.so", "-Wl,-soname,libx.so", "-x", "c", "/dev/null"], check=True)
    subprocess.run(["gcc", "-o", "needy", "main.c", "-Wl,--no-as-needed", "lib/libx.so"], check=True)
    lacking = run("./needy")
    check(lacking.returncode == 1 and "missing libx.so, needed by" in lacking.stdout and "/usr/lib/libx.so: not there" in lacking.stdout
          and "libx.so" in lacking.stderr, f"missing: {lacking}")
    os.makedirs("broken")
    shutil.copy("cut", "broken/libx.so")
    refused = run("-L", "broken", "./needy")
    check(refused.returncode == 1 and "broken/libx.so: is cut short" in refused.stderr, f"what is in the way: {refused.stderr}")
    subprocess.run(["gcc", "-shared", "-o", "lib/liby.so", "-Wl,-soname,liby.so", "-x", "c", "/dev/null"], check=True)
    listed = run("--list", "-L", "lib", "--preload", "liby.so:libx.so", "./needy").stdout.split()
    check([os.path.basename(path) for path in listed[:2]] == ["liby.so", "libx.so"], f"--preload of two: {listed}")
    check(run("-L", "lib", "./needy").returncode == 0, "-L brings it")
    check(run("./needy", env=dict(os.environ, LD_LIBRARY_PATH=os.path.abspath("lib"))).returncode == 0, "LD_LIBRARY_PATH brings it")
    check(run("--sysroot", "none", "./needy").returncode == 2, "a sysroot that is no folder")

    for failure in failures:
        print(failure)
    return 1 if failures else 0


sys.exit(main())
