#!/usr/bin/python3
"""sysroot_arm64.py FOLDER: an arm64 Debian tree as --sysroot on this machine. The closures of its programs equal what
its own loader says under qemu-user: by ld.so.conf while it has no ld.so.cache, and by the cache that its own ldconfig
writes. apt downloads the packages once into FOLDER, with lists and state of its own; nothing is installed here.
"""
import json
import os
import shutil
import subprocess
import sys

BUNDLE = os.environ["BUNDLE"]
PACKAGES = ["bash", "coreutils", "curl", "file", "gawk", "git", "jq", "libc-bin", "openssl", "sqlite3", "xz-utils"]
PROGRAMS = ["/bin/bash", "/usr/bin/sort", "/usr/bin/curl", "/usr/bin/file", "/usr/bin/gawk", "/usr/bin/git",
            "/usr/bin/jq", "/usr/bin/openssl", "/usr/bin/sqlite3", "/usr/bin/xz", "/usr/lib/git-core/git-remote-http",
            "/sbin/ldconfig"]
QEMU = "/usr/bin/qemu-aarch64-static"


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def build_tree(folder, tree):
    if os.path.exists(folder + "/complete"):
        return
    shutil.rmtree(folder, ignore_errors=True)
    for path in ("state/lists/partial", "cache/archives/partial", "tree/usr"):
        os.makedirs(os.path.join(folder, path))
    open(folder + "/status", "w").close()
    settings = {"APT::Architecture": "arm64", "APT::Architectures": "arm64", "Dir::State": folder + "/state",
                "Dir::State::status": folder + "/status", "Dir::Cache": folder + "/cache", "Debug::NoLocking": "1",
                "APT::Sandbox::User": "root", "Acquire::Languages": "none"}
    options = [part for key, value in settings.items() for part in ("-o", f"{key}={value}")]
    run("apt-get", "-qq", *options, "update")
    run("apt-get", "-qq", "-y", *options, "--no-install-recommends", "--download-only", "install", *PACKAGES)
    # As an installed Debian 12 has them; an absolute one, to be resolved inside.
    for name in ("bin", "sbin", "lib"):
        os.makedirs(f"{tree}/usr/{name}")
        os.symlink("usr/" + name, f"{tree}/{name}")
    os.symlink("/usr/lib", f"{tree}/usr/lib64")
    archives = folder + "/cache/archives"
    for name in sorted(os.listdir(archives)):
        if name.endswith(".deb"):
            content = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", f"{archives}/{name}"], stdout=subprocess.PIPE)
            run("tar", "-x", "--keep-directory-symlink", "-C", tree, stdin=content.stdout)
            if content.wait() != 0:
                sys.exit(f"{name} cannot be unpacked")
    for name in ("proc", "dev", "tmp"):
        os.makedirs(f"{tree}/{name}", exist_ok=True)
    shutil.rmtree(archives)
    open(folder + "/complete", "w").close()


def inside(tree, *command, env=None):
    sandbox = ["bwrap", "--bind", tree, "/", "--ro-bind", QEMU, "/tmp/qemu", "--proc", "/proc", "--dev", "/dev", "--clearenv"]
    for key, value in (env or {}).items():
        sandbox += ["--setenv", key, value]
    return run(*sandbox, "/tmp/qemu", *command)


def compare(tree, when):
    wrong = files = 0
    for program in PROGRAMS:
        done = subprocess.run([BUNDLE, "inspect", "--json", "--sysroot", tree, program], capture_output=True, text=True)
        if done.returncode != 0:
            print(f"{program} {when}: {done.stderr}")
            wrong += 1
            continue
        answer = json.loads(done.stdout)
        ours = [item["path"] for item in answer["objects"][1:]]
        for item in answer["objects"]:
            if not item["real_path"].startswith(tree + "/") or os.path.islink(item["real_path"]):
                print(f"{program} {when}: {item['real_path']} is not a file of the tree")
                wrong += 1
        if answer["objects"][0].get("needs") == [] and answer["interpreter"] is None:
            real = []  # a static program
        else:
            trace = inside(tree, program, env={"LD_TRACE_LOADED_OBJECTS": "1"})
            real = [line.strip().rsplit(" (0x", 1)[0].split(" => ")[-1] for line in trace.splitlines()]
            real = [path for path in real if not path.startswith("linux-vdso")]
        files += len(real)
        if sorted(ours) != sorted(real):
            print(f"{program} {when}:\n  ours {sorted(ours)}\n  real {sorted(real)}")
            wrong += 1
        # --list names files of this machine, every one of them in the tree.
        listed = run(BUNDLE, "inspect", "--list", "--sysroot", tree, program).split()
        if len(listed) != len(real) or not all(path.startswith(tree + "/") for path in listed):
            print(f"{program} {when}: --list gave {listed}")
            wrong += 1
    print(f"{len(PROGRAMS)} programs with {files} files {when}, {wrong} differences")
    return wrong + (files < 5 * len(PROGRAMS))


def names(folder, tree):
    """However the user names the program: bare, through Debian's alternatives, by a path of this machine into the tree."""
    os.makedirs(tree + "/etc/alternatives", exist_ok=True)
    for path, target in [("/usr/bin/pick", "/etc/alternatives/pick"), ("/etc/alternatives/pick", "/usr/bin/jq")]:
        if not os.path.islink(tree + path):
            os.symlink(target, tree + path)
    link = os.path.join(folder, "link")
    if not os.path.islink(link):
        os.symlink("tree", link)
    expected = run(BUNDLE, "inspect", "--list", "--sysroot", tree, "/usr/bin/jq")
    wrong = 0
    for sysroot, program in [(tree, "jq"), (tree, "pick"), (tree, tree + "/usr/bin/jq"), (link, link + "/usr/bin/jq"), (link, "pick")]:
        done = subprocess.run([BUNDLE, "inspect", "--list", "--sysroot", sysroot, program], capture_output=True, text=True)
        bundled = subprocess.run([BUNDLE, "--dry-run", "--sysroot", sysroot, program], capture_output=True, text=True)
        if done.stdout != expected or bundled.returncode != 0:
            print(f"--sysroot {sysroot} {program}: {done.stdout}{done.stderr}{bundled.stderr}")
            wrong += 1
    return wrong


def main():
    folder = os.path.realpath(sys.argv[1])
    tree = folder + "/tree"
    build_tree(folder, tree)
    cache = tree + "/etc/ld.so.cache"
    if os.path.exists(cache):
        os.remove(cache)
    wrong = compare(tree, "by ld.so.conf")
    inside(tree, "/sbin/ldconfig", "-X")
    wrong += compare(tree, "by the cache") + names(folder, tree)
    return 1 if wrong else 0


sys.exit(main())
