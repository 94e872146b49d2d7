#!/usr/bin/python3
"""Keys and credentials stay behind, under whatever name and in whatever place, unless the file itself is named in full.

Two tables: what must not get in, from an added folder or because a program names it, and what must. Then the empty values
that would make a folder or a name of something else.
"""

import base64
import hashlib
import os
import shlex
import shutil
import struct
import subprocess

from field import BUNDLE, FieldCase, bundle, main, run

MARK = "Zm9yZ2V0bWVub3Q3NzE"  # in every secret: no bundle may hold it
BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC" + MARK + "\n"


def pem(kind, begin="-----BEGIN {}-----\n", end="-----END {}-----\n"):
    return begin.format(kind) + BODY + end.format(kind)


CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBa\n-----END CERTIFICATE-----\n"


def java_store(tag):
    """A JKS with one entry: 1 a private key, 2 a certificate."""
    entry = struct.pack(">IH", tag, 2) + b"ab" + bytes(8)
    entry += struct.pack(">I", 4) + MARK.encode()[:4] if tag == 1 else struct.pack(">H", 5) + b"X.509" + struct.pack(">I", 4) + b"cert"
    return struct.pack(">III", 0xFEEDFEED, 2, 1) + entry + MARK.encode() * (tag == 1) + bytes(20)


# Name: content. All are readable for everyone.
SECRETS = {
    # private keys, by what is in them
    "tls.crt": CERTIFICATE + pem("PRIVATE KEY"),
    "server.pem": pem("RSA PRIVATE KEY"),
    "chain.txt": "# a comment\n" * 500 + CERTIFICATE * 40 + pem("EC PRIVATE KEY"),
    "deploy": pem("OPENSSH PRIVATE KEY"),
    "encrypted": pem("ENCRYPTED PRIVATE KEY"),
    "old.dat": "-----BEGIN DSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-EDE3-CBC,00\n\n" + BODY,
    "backup.asc": "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n" + BODY,
    "ssh2key": "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nComment: \"x\"\n" + BODY,
    "client.ovpn": "remote a 1194\n<key>\n" + pem("PRIVATE KEY") + "</key>\n",
    "ta.txt": "-----BEGIN OpenVPN Static key V1-----\n0123456789abcdef0123456789abcdef\n" + MARK,
    "values.yaml": "tls:\n  key: |\n    -----BEGIN PRIVATE KEY-----\n    " + BODY,
    "bundle.js": "const key = \"-----BEGIN PRIVATE KEY-----\\n" + MARK + MARK + "\\n\";\n",
    "putty.txt": "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n" + MARK,
    "login.ppk": MARK,
    "jwk.json": '{"kty": "RSA", "n": "abc", "d": "' + MARK + '"}',
    "age.txt": "# created\nAGE-SECRET-KEY-1" + "QQPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQQPZRY9X8GF2TVDW0S3JN54KHC" + "\n" + MARK,
    "session.key": "5f1d7c0b8d9e4f3a " .strip() + MARK,
    "store.bin": java_store(1),
    "keys.jks": MARK, "client.p12": MARK, "client.pfx": MARK, "my.keystore": MARK, "vault.kdbx": MARK,
    # keys of SSH under any name
    "id_rsa": MARK, "id_rsa.bak": MARK, "id_ed25519_github": MARK, "id_ecdsa.old": MARK, "id_dsa~": MARK, "ssh_host_rsa_key": MARK,
    # files of the tools
    ".netrc": MARK, ".netrc.bak": MARK, "_netrc": MARK, ".pgpass": MARK, ".my.cnf": MARK, ".npmrc": MARK, ".pypirc": MARK,
    ".git-credentials": MARK, ".docker/config.json": MARK, ".dockercfg": MARK, ".kube/config": MARK, "kubeconfig": MARK,
    ".azure/accessTokens.json": MARK, ".config/gcloud/credentials.db": MARK, ".config/gh/hosts.yml": MARK,
    ".config/rclone/rclone.conf": MARK, ".cargo/credentials": MARK, ".cargo/credentials.toml": MARK, ".gem/credentials": MARK,
    ".m2/settings.xml": MARK, ".gradle/gradle.properties": MARK, ".terraform.d/credentials.tfrc.json": MARK,
    "terraform.tfstate": MARK, "terraform.tfstate.backup": MARK, "prod.tfvars": MARK, "krb5.keytab": MARK, "http.keytab": MARK,
    ".bash_history": MARK, ".python_history": MARK, ".psql_history": MARK, ".zsh_history": MARK, ".vault-token": MARK,
    ".aws/credentials": MARK, ".ssh/config": MARK, ".gnupg/secring.gpg": MARK, ".password-store/a.gpg": MARK, "wallet.dat": MARK,
    ".env": MARK, ".env.production": MARK, ".env.local": MARK, ".htpasswd": MARK, "htpasswd": MARK, "shadow": MARK, "shadow-": MARK,
    "credentials": MARK, "credentials.json": MARK, "secrets.yml": MARK, ".boto": MARK, ".s3cfg": MARK, "Login Data": MARK,
    ".NETRC": MARK, "logins.json": MARK, ".subversion/auth/svn.simple/1": MARK,
    # tokens by their shape
    "gcp.json": '{"type": "service_account", "private_key_id": "1", "private_key": "-----BEGIN PRIVATE KEY-----\\n' + MARK + '\\n"}',
    "adc.json": '{"client_id": "x", "refresh_token": "1//0' + MARK + '", "type": "authorized_user"}',
    "notes.md": "key AKIAIOSFODNN7EXAMPLE\n" + MARK,
    "upload.sh": "export AWS_SECRET_ACCESS_KEY=" + MARK + MARK + "\n",
    "hub.py": "TOKEN = 'ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8" + "'  # " + MARK,
    "lab.yaml": "x: glpat-" + "a1B2c3D4e5F6g7H8i9J0" + " # " + MARK,
    "slack.txt": "xoxb-" + "123456789012-1234567890123-a1B2c3D4e5F6g7H8" + MARK,
    "registry": "npm_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8" + "\n" + MARK,
    "index.toml": "p = \"pypi-" + "AgEIcHlwaS5vcmcCJGExYjJjM2Q0ZTVmNmc3aDhpOWowazFsMm0z" + "\"\n# " + MARK,
    "pay.rb": "Stripe.api_key = 'sk_live_" + "a1B2c3D4e5F6g7H8i9J0k1L2" + "'\n# " + MARK,
    "maps.html": "AIza" + "SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q" + "\n" + MARK,
    "mail.json": '"SG.' + "a1B2c3D4e5F6g7H8i9J0k1.L2m3N4o5P6q7R8s9T0u1V2w3X4y5Z6a7B8c9D0e1F2g" + '" ' + MARK,
    "azure.txt": "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=" + MARK * 4 + "==;",
    "api.log.txt": "hvs." + "CAESIJ1b2C3d4E5f6G7h8I9j0K1l2M3n4" + MARK,
    # values in settings
    "app.conf": "user = a\npassword = hunter2" + MARK,
    "app.ini": "[db]\ndb_password: " + MARK,
    "app.properties": "spring.datasource.password=" + MARK,
    "database.yml": "production:\n  password: '" + MARK + "'\n",
    "appsettings.json": '{"ConnectionStrings": {"Default": "Server=a;User Id=b;Password=' + MARK + ';"}}',
    "settings.json": '{"user": "a", "password": "' + MARK + '"}',
    "settings.toml": 'client_secret = "' + MARK + '"\n',
    "server.xml": "<user><name>a</name><password>" + MARK + "</password></user>",
    "users.xml": '<user username="a" password="' + MARK + '" roles="b"/>',
    "bean.xml": '<bean><property name="dbPassword" value="' + MARK + '"/></bean>',
    "deploy.yaml": "env:\n  - name: DB_PASSWORD\n    value: " + MARK + "\n",
    "login.plist": "<plist><dict><key>password</key><string>" + MARK + "</string></dict></plist>",
    "start.sh": "export DB_PASS=\"" + MARK + "\"\n",
    "prod.env": "SMTP_PASSWORD=" + MARK + "\n",
    "hosts": "machine example.org login a password " + MARK + "\n",
    "redis.conf": "port 6379\nrequirepass " + MARK + "\n",
    "wg0.conf": "[Interface]\nPrivateKey = " + MARK + MARK + "=\n",
    ".git/config": "[remote \"origin\"]\n\turl = https://me:" + MARK + "@example.org/a.git\n",
    "celery.cfg": "broker = amqp://guest:" + MARK + "@mq:5672//\n",
    "curl.conf": "header = \"Authorization: Bearer " + MARK + "\"\n",
    "accounts": "root:$6$" + MARK + "$" + MARK + ":19000:0:99999:7:::\n",
    "auth.json": '{"auths": {"registry": {"auth": "' + base64.b64encode(MARK.encode()).decode() + '"}}, "x": "' + MARK + '"}',
    "config.php": "<?php $password = 'hunter2" + MARK + "';", "settings.py": "DATABASE = {'PASSWORD': 'hunter2" + MARK + "'}\n",
    "db.json": '{"pass": "' + MARK + '"}', "e.xml": '<Pass encoding="base64">' + MARK + "</Pass>", "uri.log": "postgres://a:" + MARK + "@b/c",
    "init.sql": "CREATE USER a IDENTIFIED BY '" + MARK + "';\n", "work_id_ed25519": MARK, "id_rsa2": MARK, "server-key.pem": MARK,
    "me.json": '{"type": "service_account", "project_id": "' + MARK + '"}', "passwords.txt": MARK, ".Xauthority": MARK,
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0." + MARK, "x.docker.json": '{"auths": {"a": {"auth": "' + MARK + '"}}}',
    "app.conf.bak": "password=" + MARK, "app.conf~": "password=" + MARK, "app.yml.old": "password: " + MARK,
}

INNOCENT = {
    "ca.pem": CERTIFICATE, "ca-bundle.crt": CERTIFICATE * 100, "public.pem": "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n",
    "cacerts": java_store(2), "id_rsa.pub": "ssh-rsa AAAAB3NzaC1yc2E me@here\n", "ssh_host_rsa_key.pub": "ssh-rsa AAAA\n",
    "login.py": "def login(user, password):\n    password = password or ask()\n    return check(user, password=password)\n",
    "pem.c": 'const char *header = "-----BEGIN PRIVATE KEY-----";\nconst char *footer = "-----END PRIVATE KEY-----";\n',
    "pem.js": "const key = '-----BEGIN RSA PRIVATE KEY-----\\n' + body + '\\n-----END RSA PRIVATE KEY-----';\n",
    "keys.md": "It begins with -----BEGIN PRIVATE KEY----- and ends.\n\n-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----\n",
    "form.html": '<label>Password: <input type="password" name="password" value=""></label>\n',
    "user.json": '{"properties": {"password": {"type": "string"}, "token": {"type": "string"}}, "required": ["password"]}\n',
    "openapi.yaml": "properties:\n  password:\n    type: string\n    format: password\n  token: string\n",
    "grammar.json": '{"rules": [{"token": "keyword.control", "regex": "if"}, {"token": "string.quoted"}]}\n',
    "de.json": '{"login": {"password": "Kennwort", "secret": "Geheimnis"}}\n',
    "messages_de.properties": "login.password=Kennwort\n", "locale/fr.yml": "fr:\n  password: motdepasse\n",
    "app.conf.example": "password = changeme\ntoken = your-token\n", "sample.env": "DB_PASSWORD=\nAPI_KEY=<your key>\nTOKEN=${TOKEN}\n",
    ".env.example": "DB_PASSWORD=\n", "compose.yml": "environment:\n  PASSWORD: ${DB_PASSWORD}\n  SECRET: '{{ secret }}'\n",
    "policy.ini": "password_min_length = 8\nask_password = yes\nshow_password: true\npassword_file = /run/secrets/db\n",
    ".gitconfig": "[user]\n\tname = a\n[credential]\n\thelper = store\n[url \"https://example.org/\"]\n\tinsteadOf = x\n",
    ".git/config": "[remote \"origin\"]\n\turl = https://example.org/a.git\n\turl = git@example.org:a.git\n",
    "nsswitch.conf": "passwd:         files\nshadow: files\nhosts: files dns\n", "pam.conf": "password\trequisite\tpam_deny.so\n",
    "README": "The password is asked for: enter it.\nPassword: the password of the user\n", "zone.tab": "DE\t+5230+01322\tEurope/Berlin\n",
    "LC_TIME": b"\0\x01password=hunter2\0", "Europe/Berlin": b"TZif2" + bytes(40), "words.txt": "pass\npassword\nsecret\ntoken\n",
    "counts.json": '{"pass": 12, "fail": 0, "password": null, "secret": true, "tokens": 17}\n',
    "theme.css": ".password { color: red }\n", "report.sh": "PASS=0\nFAIL=0\npassword=$1\ntoken=$(cat file)\nPWD=/srv/app\n",
    "index.key": b"\0\x01\x02ISAM" + bytes(200), "passwd": "root:x:0:0:root:/root:/bin/sh\n", "environment": "PATH=/usr/bin\n",
    "bypass.cfg": "bypass = squid\ncompass: north\n", "uuid.json": '{"key": "0f8fad5b-d9cb-469f-a165-70867728950e", "name": "token"}\n',
    "history.txt": "1.0 released\n", "credentials.py": "class Credentials: pass\n", "tokens.txt": "sk-\nghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n",
    "jwk.py": 'KEYS = {"kty": "RSA", "d": private, "n": public}\nif info["type"] == "service_account": pass\n',
    "parameters.py": "def sign(uri):\n    \"\"\"oauth_token=\"ad180jjd733klru7\" as in the RFC\"\"\"\n",
    "create.yaml": "examples: |\n  $ tool create --admin-password=abcDEF123\n", "debconf.conf": "#BindPasswd: secret\n",
    "paginators.json": '{"input_token": "NextShardIterator2", "output_token": "NextShardIterator2"}\n',
    "secret.svg": "<svg><!-- password: x --></svg>\n", "server.crt.sample": CERTIFICATE,
}

READER = """
#include <stdio.h>
const char *const names[] = {%s};
int main(int argc, char **argv) { puts(names[argc]); return 0; }
"""


class Credentials(FieldCase):
    def setUp(self):
        super().setUp()
        os.chmod(self.scratch, 0o755)
        self.program = self.compiled("reader", "int main(void) { return 0; }")

    def filled(self, name, table):
        folder = self.scratch / name
        for path, content in table.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
            file.chmod(0o644)
        return folder

    def assert_nothing_of(self, layer):
        leaked = [str(path.relative_to(layer)) for path in layer.rglob("*") if path.is_file() and MARK.encode() in path.read_bytes()]
        self.assertEqual(leaked, [], self.printed)

    def inside(self, layer, folder):
        root = layer / "lib/reader/root" / str(folder).lstrip("/")
        return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}

    def test_the_tables_are_large_and_differ(self):
        self.assertGreater(len(SECRETS), 110)
        self.assertGreater(len(INNOCENT), 40)
        for name, content in SECRETS.items():
            self.assertIn(MARK.encode(), content if isinstance(content, bytes) else content.encode(), name)

    def test_an_added_folder_leaves_them_behind_and_says_each(self):
        folder = self.filled("data", SECRETS)
        layer = self.folder(self.program, "-v", "--add", folder)
        self.assertEqual(self.inside(layer, folder), set(), "nothing of it")
        for name in SECRETS:
            line = [line for line in self.printed.splitlines() if f"{folder}/{name} is not added" in line]
            self.assertEqual(len(line), 1, name)
            self.assertIn(f"--add {shlex.quote(f'{folder}/{name}')} if", line[0])
        self.assertNotIn(MARK, self.printed, "a message tells no secret")

    def test_what_is_innocent_goes_in(self):
        folder = self.filled("data", INNOCENT)
        layer = self.folder(self.program, "--add", folder)
        self.assertEqual(set(INNOCENT) - self.inside(layer, folder), set(), self.printed)

    def test_a_file_named_in_full_is_taken(self):
        folder = self.filled("data", SECRETS)
        some = ["tls.crt", "id_rsa.bak", ".netrc", "app.conf", ".aws/credentials", "store.bin"]
        layer = self.folder(self.program, *[part for name in some for part in ("--add", folder / name)])
        self.assertEqual(self.inside(layer, folder), set(some))

    def test_a_link_in_an_added_folder_is_no_way_in(self):
        secrets = self.filled("secrets", SECRETS)
        folder = self.scratch / "data"
        folder.mkdir()
        (folder / "folder").symlink_to(secrets)
        (folder / "plain.txt").symlink_to(secrets / "tls.crt")
        (folder / "again.txt").symlink_to("plain.txt")
        layer = self.folder(self.program, "-v", "--add", folder)
        self.assertEqual(self.inside(layer, folder), set())
        self.assertIn(f"{folder}/plain.txt is not added", self.printed)

    def run_with(self, places, *arguments):
        """The program is bundled on a machine that has `places` (inside path: folder of ours)."""
        binds = [part for inside, ours in places.items() for part in ("--bind", ours, inside)]
        out = self.scratch / "layer"
        shutil.rmtree(out, ignore_errors=True)
        done = run(["bwrap", "--dev-bind", "/", "/", *binds, BUNDLE, *arguments, "-v", "-o", f"{out}/"])
        self.assertEqual(done.status, 0, done)
        self.printed = done.text
        return out

    def test_a_program_that_names_them_does_not_bring_them(self):
        local = self.filled("local", {"app.conf": "x = " + MARK})
        folder = self.filled("app", {**SECRETS, **{f"innocent/{name}": content for name, content in INNOCENT.items()}})
        names = [f"/opt/app/{name}" for name in SECRETS] + ["/usr/local/etc/app.conf", "/usr/local/etc", "/opt/app/innocent"]
        program = self.compiled("reader", READER % ", ".join(f'"{name}"' for name in names))
        layer = self.run_with({"/opt": self.opt(folder), "/usr/local/etc": local}, program)
        self.assert_nothing_of(layer)
        self.assertIn("innocent/ca.pem", self.inside(layer, "/opt/app"))
        for name in ("tls.crt", "gcp.json", "id_rsa.bak"):
            self.assertIn(f"--add /opt/app/{name} if it is wanted", self.printed)
        self.assertIn("/usr/local/etc/app.conf", self.printed)

    def opt(self, folder):
        (self.scratch / "opt").mkdir()
        folder.rename(self.scratch / "opt/app")
        return self.scratch / "opt"

    def test_a_folder_that_a_program_names_is_held_to_the_same(self):
        folder = self.filled("app", SECRETS | {"words": "innocent"})
        program = self.compiled("reader", READER % '"/opt/app/", "/opt/app"')
        layer = self.run_with({"/opt": self.opt(folder)}, program)
        self.assert_nothing_of(layer)
        self.assertEqual(self.inside(layer, "/opt/app"), {"words"})

    def test_a_log_is_held_to_the_same(self):
        folder = self.filled("app", SECRETS | {"words": "innocent"})
        log = self.scratch / "log"
        log.write_text("".join(f'1 openat(AT_FDCWD, "/opt/app/{name}", O_RDONLY) = 3\n' for name in [*SECRETS, "words"]))
        layer = self.run_with({"/opt": self.opt(folder)}, self.program, "--trace-input", log)
        self.assert_nothing_of(layer)
        self.assertEqual(self.inside(layer, "/opt/app"), {"words"})
        self.assertIn("/opt/app/tls.crt is not added", self.printed)

    def test_keys_made_by_openssl_and_ssh(self):
        """What the tools write, DER and PKCS#12 among it, under names that say nothing."""
        keys = self.scratch / "keys"
        keys.mkdir()
        self.tool("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=a", "-keyout", keys / "one", "-out", keys / "cert")
        made = [("rsa", "-in", "one", "-outform", "DER", "-traditional", "-out", "two"), ("pkey", "-in", "one", "-outform", "DER", "-out", "three"),
                ("pkcs8", "-topk8", "-in", "one", "-outform", "DER", "-nocrypt", "-out", "four"),
                ("pkcs8", "-topk8", "-in", "one", "-outform", "DER", "-passout", "pass:abcd", "-out", "five"),
                ("pkcs12", "-export", "-inkey", "one", "-in", "cert", "-passout", "pass:abcd", "-out", "six"),
                ("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-outform", "DER", "-out", "seven"),
                ("genpkey", "-algorithm", "ed25519", "-out", "eight"), ("x509", "-in", "cert", "-outform", "DER", "-out", "cert.der"),
                ("pkcs12", "-export", "-nokeys", "-in", "cert", "-passout", "pass:abcd", "-out", "trust")]
        for command in made:
            subprocess.run(["openssl", *command], cwd=keys, check=True, capture_output=True)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "nine"], cwd=keys, check=True)
        for path in keys.iterdir():
            path.chmod(0o644)
        layer = self.folder(self.program, "--add", keys)
        self.assertEqual(self.inside(layer, keys), {"cert", "cert.der", "trust", "nine.pub"}, self.printed)

    def test_what_a_package_ships_is_public(self):
        """The very bytes of a package's file are no one's secret, changed ones may be: told by a database of ours."""
        key = pem("PRIVATE KEY").encode()
        shipped = {"usr/share/app/test.pem": key, "usr/share/app/.npmrc": b"password=sample" + MARK.encode(), "usr/share/app/mine.pem": b"x"}
        root = self.scratch / "tree"
        for path, content in shipped.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content)
        info = root / "var/lib/dpkg/info"
        info.mkdir(parents=True)
        (info.parent / "status").write_text("Package: app\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n")
        (info / "app.list").write_text("/.\n" + "".join(f"/{path}\n" for path in shipped))
        (info / "app.md5sums").write_text("".join(f"{hashlib.md5(content).hexdigest()}  {path}\n" for path, content in shipped.items()))
        (root / "usr/share/app/mine.pem").write_bytes(key)  # since then
        (root / "lib64").mkdir()
        shutil.copy("/lib64/ld-linux-x86-64.so.2", root / "lib64")
        (root / "lib/x86_64-linux-gnu").mkdir(parents=True)
        shutil.copy("/lib/x86_64-linux-gnu/libc.so.6", root / "lib/x86_64-linux-gnu")
        layer = self.folder(self.program, "--sysroot", root, "--add", "/usr/share/app")
        self.assertEqual(self.inside(layer, "/usr/share/app"), {"test.pem", ".npmrc"}, self.printed)


class EmptyValues(FieldCase):
    def test_an_empty_value_is_an_error_that_says_so(self):
        program = self.compiled("reader", "int main(void) { return 0; }")
        for option in ("--add", "--plugin", "-L", "--library-path", "--sysroot", "--name", "--prefix", "-o", "--exclude", "--locale",
                       "--trace-input", "--env", "--rename", "--data-limit", "--launcher"):
            for arguments in ([option, ""], [f"{option}="] if option.startswith("--") else [option, ""]):
                with self.subTest(arguments=arguments):
                    done = bundle(program, *([] if option == "-o" else ["-o", "x.zip"]), *arguments, cwd=self.scratch)
                    self.assertEqual(done.status, 2, done)
                    self.assertEqual(len(done.err.splitlines()), 1, done)
                    if option not in ("--rename", "--data-limit", "--launcher"):
                        self.assertIn("empty", done.text)
                    self.assertEqual([path.name for path in self.scratch.iterdir() if path.suffix == ".zip"], [])
        for arguments in (["", "-o", "x.zip"], ["inspect", ""], ["inspect", program, "--sysroot", ""], ["inspect", program, "-L", ""],
                          ["edit", "", "--print"], ["init", "aws-sam", "-o", "", "--layer", "x.zip"], [program, "--add", ":/usr/share/x", "-n"]):
            with self.subTest(arguments=arguments):
                self.assertEqual(bundle(*arguments, cwd=self.scratch).status, 2)

    def test_what_may_be_empty_still_is(self):
        program = self.compiled("reader", "int main(void) { return 0; }", "-Wl,-rpath,/srv/x")
        self.assertEqual(bundle("edit", program, "--set-rpath", "", "-o", self.scratch / "out").status, 0)
        self.made(program, "-o", self.scratch / "x.zip", "--env", "EMPTY=")


if __name__ == "__main__":
    main()
