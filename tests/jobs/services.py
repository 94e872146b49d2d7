"""Jobs against servers, which run on this machine's loopback, and jobs on data."""

import getpass
from pathlib import Path

import place
import servers
from inputs import POINTS
from job import Job, Run

AUTHORITY = [["/usr/bin/python3", "-B", Path(servers.__file__).resolve(), "{in}"]]
WHO = {"GIT_AUTHOR_DATE": "1700000000 +0000", "GIT_COMMITTER_DATE": "1700000000 +0000", "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b",
       "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}


def repositories():
    """{in}/inner and {in}/outer, which has the other as a submodule."""
    git = ["env", *(f"{key}={value}" for key, value in WHO.items()), "git", "-c", "protocol.file.allow=always", "-c", "init.defaultBranch=main"]
    return [[*git, "init", "-q", "{in}/inner"], [*git, "-C", "{in}/inner", "commit", "-q", "--allow-empty", "-m", "inner"],
            [*git, "init", "-q", "{in}/outer"], [*git, "-C", "{in}/outer", "submodule", "--quiet", "add", "../inner", "inside"],
            [*git, "-C", "{in}/outer", "config", "-f", ".gitmodules", "submodule.inside.url", "../inner"],
            [*git, "-C", "{in}/outer", "commit", "-q", "-a", "-m", "outer"]]


USER = getpass.getuser()
SSH = "ssh -i {in}/key -o UserKnownHostsFile={in}/known_hosts -o IdentitiesOnly=yes"
DATABASE = {"PGHOST": "127.0.0.1", "PGPORT": "{port}", "PGUSER": "job", "PGDATABASE": "job"}
CLIENT = "postgresql postgresql-client"

TRUST = [("{in}/trusted.pem", "/etc/ssl/certs/ca-certificates.crt")]
URL = "https://127.0.0.1:{port}/words.txt"


def fetched(program, arguments, **more):
    """A file by https from a server of an authority that this machine trusts, and nobody else."""
    return Job([program], [Run(arguments)], inputs={"words.txt": "Grüße\n"}, before=AUTHORITY, server=servers.files_by_tls, host_binds=TRUST, **more)


JOBS = {
    "ogr2ogr": Job(["ogr2ogr"], [Run(["-f", "CSV", "-lco", "GEOMETRY=AS_XY", "-t_srs", "EPSG:27700", "{out}/made.csv", "{in}/points.geojson"])],
                   {"made.csv": "text"}, inputs={"points.geojson": POINTS}, packages="gdal-bin"),
    "git ssh": Job(["git"], [Run(["clone", "-q", f"ssh://{USER}@127.0.0.1:{{port}}{{host}}/inner", "{out}/clone"]),
                             Run(["-C", "{out}/clone", "log", "--format=%H %s"])],
                   env={"GIT_SSH_COMMAND": SSH}, before=repositories(), server=servers.shell, inputs={"passwd": place.PASSWD},
                   binds=[("{in}/passwd", "/etc/passwd")], packages="openssh-server"),
    "ssh": Job(["ssh"], [Run(["-i", "{in}/key", "-o", "UserKnownHostsFile={in}/known_hosts", "-p", "{port}", f"{USER}@127.0.0.1", "echo Grüße"])],
               server=servers.shell, inputs={"passwd": place.PASSWD}, binds=[("{in}/passwd", "/etc/passwd")],
               packages="openssh-server", quiet=True),
    "rsync ssh": Job(["rsync"], [Run(["-e", SSH + " -p {port}", f"{USER}@127.0.0.1:{{host}}/words.txt", "{out}/words.txt"])],
                     {"words.txt": "text"}, server=servers.shell, inputs={"passwd": place.PASSWD, "words.txt": "Grüße\n"},
                     binds=[("{in}/passwd", "/etc/passwd")],
                     packages="openssh-server rsync"),
    "git https": Job(["git"], [Run(["clone", "-q", "https://127.0.0.1:{port}/inner/.git", "{out}/clone"]),
                               Run(["-C", "{out}/clone", "log", "--format=%H %s"])],
                     before=[*AUTHORITY, *repositories(), ["git", "-C", "{in}/inner", "update-server-info"]], server=servers.files_by_tls,
                     host_binds=TRUST),
    "git submodule": Job(["git"], [Run(["-c", "protocol.file.allow=always", "clone", "-q", "--recurse-submodules", "{in}/outer", "{out}/clone"]),
                                   Run(["-C", "{out}/clone", "submodule", "status"]),
                                   Run(["-C", "{out}/clone", "submodule", "foreach", "git log --format=%s"])], before=repositories()),
    "yt-dlp version": Job(["yt-dlp"], [Run(["--version"])], quiet=True, packages="yt-dlp"),
    "yt-dlp": Job(["yt-dlp"], [Run(["-q", "--no-cache-dir", "-o", "{out}/film.mp4", "http://127.0.0.1:{port}/film.mp4"])], {"film.mp4": "text"},
                  server=servers.files, packages="yt-dlp",
                  before=[["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=c=red:s=32x32:d=1", "{in}/film.mp4"]]),
    "curl https": fetched("curl", ["-sS", URL], small=True),
    "wget https": fetched("wget", ["-q", "-O", "-", URL], packages="wget"),
    "python https": fetched("python3", ["-c", f"import urllib.request as u; print(u.urlopen('{URL}').read().decode())"], small=True),
    "node https": fetched("node", ["-e", f"require('https').get('{URL}', r => r.pipe(process.stdout))"], small=True,
                          env={"NODE_EXTRA_CA_CERTS": "{in}/authority.pem"}),  # it has roots of its own in it
    "ruby https": fetched("ruby", ["-ropen-uri", "-e", f"puts URI('{URL}').read.force_encoding('utf-8')"], small=True),
    "php https": fetched("php", ["-r", f"echo file_get_contents('{URL}');"], small=True),
    "rclone https": Job(["rclone"], [Run(["--config", "", "--http-url", "https://127.0.0.1:{port}", "cat", ":http:words.txt"])], quiet=True,
                        inputs={"words.txt": "Grüße\n"}, before=AUTHORITY, server=servers.files_by_tls, packages="rclone",
                        host_binds=TRUST),
    "psql": Job(["psql"], [Run(["-X", "-c", "select * from towns order by height"])], env=DATABASE, server=servers.database, quiet=True,
                packages=CLIENT),
    "pg_dump": Job(["pg_dump"], [Run(["--table=towns", "--data-only", "--restrict-key=job"])], env=DATABASE, server=servers.database, quiet=True,
                   packages=CLIENT),
    "clamscan": Job(["clamscan"], [Run(["--no-summary", "-d", "{in}/tiny.ndb", "{in}/good.txt"])], quiet=True, packages="clamav",
                    inputs={"tiny.ndb": "Test.Words:0:*:6261642d776f726473\n", "good.txt": "good words\n"}),
    "tar xz": Job(["tar"], [Run(["-cJf", "{out}/made.tar.xz", "-C", "{in}", "words.txt"]), Run(["-xOf", "{out}/made.tar.xz"])],
                  inputs={"words.txt": "Grüße\n"}, small=True),
    "make": Job(["make"], [Run(["-s", "-f", "{in}/Makefile"])], quiet=True, small=True, packages="make",
                inputs={"Makefile": "all:\n\techo 'Grüße' $(shell echo shell;); true\n"}),
    "npm version": Job(["npm"], [Run(["--version"])], packages="npm"),
    "sqlite3": Job(["sqlite3"], [Run([":memory:", "select upper('grüße'), length('ä€'), datetime(0, 'unixepoch', 'localtime')"])], quiet=True,
                   small=True),
    "7z": Job(["7z"], [Run(["a", "-bso0", "-bsp0", "{out}/made.7z", "{in}/words.txt"]), Run(["x", "-so", "{out}/made.7z"])],
              inputs={"words.txt": "Grüße\n"}, packages="p7zip-full"),
}
