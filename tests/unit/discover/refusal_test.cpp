#include "discover/refusal.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "base/file.h"
#include "discover/secret.h"
#include "scratch.h"

using bundle::discover::is_placeholder;
using bundle::discover::refusal_by_name;
using bundle::discover::refusal_by_place;
using discover_test::Scratch;

namespace {

std::optional<std::string> secret_in(const std::string& path) {
  return bundle::discover::secret_in(path, bundle::MappedFile::open(path)->bytes());
}

/// The mode and what is in it.
std::optional<std::string> refusal_by_content(const std::string& path) {
  bundle::machine::Root root("");
  if (std::optional<std::string> why = bundle::discover::refusal_by_mode(root, path)) return why;
  return secret_in(path);
}

}  // namespace

TEST_CASE("places that are never bundled") {
  for (const char* path : {"/etc/passwd", "/etc", "/home/a/x", "/root/x", "/var/lib/x", "/proc/self/exe", "/sys/x",
                           "/dev/null", "/run/x", "/tmp/x", "/usr/local/etc/app.conf"}) {
    CHECK_MESSAGE(refusal_by_place(path), path);
  }
  for (const char* path : {"/usr/share/x", "/opt/x", "/usr/etc/x", "/etcetera/x", "/srv/x", "/usr/local/share/x"}) {
    CHECK_MESSAGE(!refusal_by_place(path), path);
  }
}

TEST_CASE("names of keys and credentials, wherever they lie") {
  for (const char* path : {"/opt/x/.aws/credentials", "/opt/.ssh/known_hosts", "/opt/x/.netrc", "/opt/.npmrc",
                           "/opt/.env", "/opt/.env.production", "/opt/id_ed25519", "/opt/a.p12", "/opt/.kube/config",
                           "/opt/ID_RSA.bak", "/opt/id_ecdsa_work", "/opt/.NetRC~", "/opt/x/.m2/settings.xml",
                           "/opt/.config/gh/hosts.yml", "/opt/terraform.tfstate.backup", "/opt/.psql_history"}) {
    CHECK_MESSAGE(refusal_by_name(path), path);
  }
  for (const char* path :
       {"/usr/share/aws/credentials.txt", "/usr/bin/env", "/usr/share/environment", "/usr/x.envelope",
        "/opt/id_rsa.pub", "/opt/m2/settings.xml", "/opt/.env.example", "/opt/id_map.json", "/opt/history.txt"}) {
    CHECK_MESSAGE(!refusal_by_name(path), path);
  }
}

TEST_CASE("a private key is told by its content, a certificate is none") {
  const Scratch scratch;
  ::chmod(scratch.path().c_str(), 0755);
  const std::string key = scratch.write("server.pem", "comment\n-----BEGIN RSA PRIVATE KEY-----\nMII\n");
  const std::string certificate = scratch.write("ca.pem", "-----BEGIN CERTIFICATE-----\nMII\n");
  CHECK(refusal_by_content(key) == "holds a private key");
  CHECK_FALSE(refusal_by_content(certificate));
}

TEST_CASE("a store of Java's holds a secret when an entry is a key, whatever is cut off") {
  const Scratch scratch;
  using namespace std::string_literals;
  const std::string head = "\xfe\xed\xfe\xed\0\0\0\2\0\0\0\2"s;
  const std::string certificate = "\0\0\0\2\0\1a\0\0\0\0\0\0\0\0\0\5X.509\0\0\0\1c"s, key = "\0\0\0\1\0\1k"s;
  CHECK(secret_in(scratch.write("both", head + certificate + key)) == "is a key store with a private key");
  CHECK_FALSE(secret_in(scratch.write("trust", head + certificate + certificate)));
  CHECK_FALSE(secret_in(scratch.write("cut", head + certificate.substr(0, 9))));
  CHECK_FALSE(secret_in(scratch.write("empty", "")));
}

TEST_CASE("a value that says it is none is none") {
  for (const char* value :
       {"", "changeme", "${X}", "$X", "<key>", "%(key)s", "@KEY@", "xxxxxxxx", "********", "null", "your-token"}) {
    CHECK_MESSAGE(is_placeholder(value), value);
  }
  for (const char* value : {"hunter2", "P@ssw0rd", "!secret", "@lice", "secret", "$2b$12$abc/def"}) {
    CHECK_FALSE_MESSAGE(is_placeholder(value), value);
  }
}

TEST_CASE("what not everyone may read is refused, by its own mode or by that of a folder above") {
  const Scratch scratch;
  ::chmod(scratch.path().c_str(), 0755);
  const std::string open = scratch.write("a/open", "x");
  CHECK_FALSE(refusal_by_content(open));
  ::chmod(open.c_str(), 0640);
  CHECK(refusal_by_content(open) == "is not readable for everyone (mode 0640)");
  ::chmod(open.c_str(), 0644);
  ::chmod((scratch.path() + "/a").c_str(), 0700);
  CHECK(refusal_by_content(open)->find("has mode 0700") != std::string::npos);
  ::chmod((scratch.path() + "/a").c_str(), 0755);
  CHECK(refusal_by_content(scratch.path()) == "is not a regular file");
  CHECK(refusal_by_content(scratch.path() + "/none") == "cannot be read");
}
