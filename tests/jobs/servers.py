"""Servers for jobs, each on the loopback of this machine and with data of its own: (folder of the inputs) -> context of the port.

What they need is written into the inputs as they begin: keys, a file to serve, an authority of their own.
"""

import contextlib
import functools
import getpass
import glob
import http.server
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def insist(*argv, **more):
    done = subprocess.run([str(part) for part in argv], capture_output=True, timeout=120, **more)
    if done.returncode != 0:
        raise RuntimeError(f"{argv[0]}: {done.stderr.decode(errors='replace').strip() or done.stdout.decode(errors='replace').strip()}")


def await_port(port, process, log):
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"the server does not come up: {Path(log).read_text(errors='replace').strip()[-300:]}")


@contextlib.contextmanager
def started(argv, port, log, **more):
    with open(log, "wb") as out, subprocess.Popen([str(part) for part in argv], stdout=out, stderr=out, stdin=subprocess.DEVNULL, **more) as process:
        try:
            await_port(port, process, log)
            yield port
        finally:
            process.terminate()
            process.wait(20)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextlib.contextmanager
def files(inputs, context=None):
    """The inputs over http, or https."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(inputs)))
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def make_authority(inputs):
    """authority.pem, and server.pem signed by it for 127.0.0.1; trusted.pem is what this machine trusts and the authority."""
    with tempfile.TemporaryDirectory() as scratch:
        key, request, extra = (f"{scratch}/{name}" for name in ("key", "request", "extra"))
        insist("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=Authority of a test", "-keyout", key,
               "-out", inputs / "authority.pem")
        insist("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-keyout", inputs / "server.key", "-out", request)
        Path(extra).write_text("subjectAltName=IP:127.0.0.1\n")
        insist("openssl", "x509", "-req", "-in", request, "-CA", inputs / "authority.pem", "-CAkey", key, "-CAcreateserial", "-CAserial",
               f"{scratch}/serial", "-days", "30", "-extfile", extra, "-out", inputs / "server.pem")
    usual = Path("/etc/ssl/certs/ca-certificates.crt").read_bytes()
    (inputs / "trusted.pem").write_bytes(usual + (inputs / "authority.pem").read_bytes())


@contextlib.contextmanager
def files_by_tls(inputs):
    """The inputs over https, by the server.pem that a command before has made."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(inputs / "server.pem", inputs / "server.key")
    with files(inputs, context) as port:
        yield port


@contextlib.contextmanager
def shell(inputs):
    """An sshd that lets the user of this run in by the key inputs/key, and its own public key in inputs/known_hosts."""
    with tempfile.TemporaryDirectory(prefix="bundle-sshd-") as scratch:
        scratch, port = Path(scratch), free_port()
        (inputs / "key").unlink(missing_ok=True)
        insist("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", inputs / "key")
        insist("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", scratch / "host")
        (inputs / "known_hosts").write_text(f"[127.0.0.1]:{port} {(scratch / 'host.pub').read_text()}")
        (scratch / "settings").write_text(
            f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {scratch}/host\nAuthorizedKeysFile {inputs}/key.pub\nStrictModes no\n"
            f"PidFile none\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\nAllowUsers {getpass.getuser()}\n")
        if os.getuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)  # its package makes it when the service starts
        with started(["/usr/sbin/sshd", "-D", "-e", "-f", scratch / "settings"], port, scratch / "log"):
            yield port


@contextlib.contextmanager
def database(_inputs):
    """A PostgreSQL with one table, of the user and the database `job`. It does not start as root: then it is nobody's."""
    folder = max(glob.glob("/usr/lib/postgresql/*/bin"), default="")
    if not folder:
        raise RuntimeError("postgresql is not installed")
    as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.getuid() == 0 else []
    scratch, port = tempfile.mkdtemp(prefix="bundle-postgres-"), free_port()
    try:
        if as_nobody:
            os.chown(scratch, 65534, 65534)
        insist(*as_nobody, f"{folder}/initdb", "-D", f"{scratch}/data", "-U", "job", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
               "--no-sync", cwd=scratch)
        with started([*as_nobody, f"{folder}/postgres", "-D", f"{scratch}/data", "-k", scratch, "-p", port, "-c", "listen_addresses=127.0.0.1",
                      "-c", "fsync=off"], port, f"{scratch}.log", cwd=scratch):
            client = [f"{folder}/psql", "-h", "127.0.0.1", "-p", port, "-U", "job", "-d", "postgres", "-X", "-q", "-c"]
            for _ in range(100):
                if subprocess.run([str(part) for part in [*client, "select 1"]], capture_output=True).returncode == 0:
                    break
                time.sleep(0.1)
            insist(*client, "create database job")
            client[client.index("postgres")] = "job"
            insist(*client, "create table towns (name text, height int); insert into towns values ('Zürich', 408), ('Bern', 540)")
            yield port
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        Path(f"{scratch}.log").unlink(missing_ok=True)


if __name__ == "__main__":
    make_authority(Path(sys.argv[1]))
