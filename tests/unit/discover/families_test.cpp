// Machines of other families than Debian's: where they have what the named sets and packages bring.
#include "discover/sets.h"
#include "made_up.h"

using namespace made_up;

namespace {

/// What is asked for one by one of a family's machine.
struct Family {
  const char* name;
  std::string libc;
  bool is_musl = false;
  Texts files;
  std::vector<std::pair<std::string, std::string>> links;
  Paths zones, encodings, terminals, certificates;
};

const std::string berlin = "/usr/share/zoneinfo/Europe/Berlin";

std::vector<Family> families() {
  const std::string bundle = "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem";
  return {
      {"Fedora",
       "/usr/lib64/libc.so.6",
       false,
       {berlin, "/usr/lib64/gconv/UTF-16.so", "/usr/lib64/gconv/gconv-modules",
        "/usr/lib64/gconv/gconv-modules.d/gconv-modules-extra.conf", "/usr/share/terminfo/x/xterm",
        "/usr/share/terminfo/q/qnx", bundle},
       {{"/etc/pki/tls/certs/ca-bundle.crt", bundle}, {"/etc/ssl/certs", "/etc/pki/tls/certs"}},
       {berlin},
       {"/usr/lib64/gconv/UTF-16.so", "/usr/lib64/gconv/gconv-modules",
        "/usr/lib64/gconv/gconv-modules.d/gconv-modules-extra.conf"},
       {"/usr/share/terminfo/x/xterm"},
       {"/etc/pki/tls/certs/ca-bundle.crt", bundle}},
      {"SUSE",
       "/usr/lib64/libc.so.6",
       false,
       {berlin, "/usr/lib64/gconv/UTF-16.so", "/usr/share/terminfo/x/xterm", "/var/lib/ca-certificates/ca-bundle.pem"},
       {{"/etc/ssl/ca-bundle.pem", "/var/lib/ca-certificates/ca-bundle.pem"}},
       {berlin},
       {"/usr/lib64/gconv/UTF-16.so"},
       {"/usr/share/terminfo/x/xterm"},
       {"/etc/ssl/ca-bundle.pem"}},
      {"Arch",
       "/usr/lib/libc.so.6",
       false,
       {berlin, "/usr/lib/gconv/UTF-16.so", "/usr/share/terminfo/x/xterm",
        "/etc/ca-certificates/extracted/tls-ca-bundle.pem"},
       {{"/etc/ssl/certs/ca-certificates.crt", "/etc/ca-certificates/extracted/tls-ca-bundle.pem"},
        {"/etc/ssl/cert.pem", "/etc/ca-certificates/extracted/tls-ca-bundle.pem"}},
       {berlin},
       {"/usr/lib/gconv/UTF-16.so"},
       {"/usr/share/terminfo/x/xterm"},
       {"/etc/ssl/cert.pem", "/etc/ssl/certs/ca-certificates.crt"}},
      {"Alpine",
       "/usr/lib/ld-musl-x86_64.so.1",
       true,
       {"/etc/zoneinfo/Europe/Berlin", "/etc/terminfo/x/xterm", "/etc/terminfo/q/qnx",
        "/etc/ssl/certs/ca-certificates.crt"},
       {{"/etc/ssl/cert.pem", "certs/ca-certificates.crt"}},
       {berlin},
       {},
       {"/etc/terminfo/x/xterm"},
       {"/etc/ssl/cert.pem", "/etc/ssl/certs/ca-certificates.crt"}},
  };
}

Findings discover(const Family& family, const char* import, const Texts& texts = {}, const Options& options = {}) {
  Machine machine;
  machine.program_package("app", texts, {import});
  machine.library_package("libc", family.libc);
  for (const std::string& file : family.files) machine.disk().file(file, "x");
  for (const auto& [path, target] : family.links) machine.disk().link(path, target);
  bundle::Closure closure = machine.closure("/usr/bin/app", {family.libc});
  if (family.is_musl) closure.loader_kind = bundle::LoaderKind::musl;
  return machine.of({closure}, options);
}

}  // namespace

TEST_CASE("families: each has the named sets in places of its own") {
  for (const Family& family : families()) {
    CAPTURE(family.name);
    CHECK(discover(family, "tzset").taken() == family.zones);
    CHECK(discover(family, "iconv_open").taken() == family.encodings);
    CHECK(discover(family, "setupterm").taken() == family.terminals);
    CHECK(discover(family, "SSL_CTX_set_default_verify_paths").taken() == family.certificates);
  }
}

TEST_CASE("families: who names a family's certificates reads them") {
  const std::vector<Family> all = families();
  CHECK(discover(all[0], "puts", {"/etc/pki/tls/certs/ca-bundle.crt"}).taken() == all[0].certificates);
  CHECK(discover(all[3], "puts", {"/etc/ssl/cert.pem"}).taken() == all[3].certificates);
  CHECK(discover(all[0], "puts", {"/etc/pki/rpm-gpg"}).taken().empty());
}

TEST_CASE("families: a locale of musl is a file of that very name, and none goes in unasked") {
  Family alpine = families()[3];
  alpine.files = {"/usr/share/i18n/locales/musl/de_DE.UTF-8"};
  CHECK(discover(alpine, "setlocale").taken().empty());
  Options options;
  options.locales = {"de_DE.UTF-8", "fr_FR.UTF-8"};
  const Findings found = discover(alpine, "setlocale", {}, options);
  CHECK(found.taken() == Paths{"/usr/share/i18n/locales/musl/de_DE.UTF-8"});
  CHECK(found.hints_at("/usr/share/i18n/locales/musl/fr_FR.UTF-8", "musl-locales"));
}

TEST_CASE("families: a program's own package below /usr/lib64 and /usr/libexec goes in") {
  Machine machine;
  machine.program_package("app", {"/usr/libexec/app/helper", "/usr/lib64/app/plugins"}, {"execv", "dlopen"})
      .ships("/usr/libexec/app/helper", program(), 0755)
      .ships("/usr/lib64/app/plugins/one.so", library())
      .ships("/usr/lib64/app/data", "x")
      .ships("/usr/lib64/pkgconfig/app.pc", "x")
      .ships("/usr/lib64/girepository-1.0/App.typelib", "x");
  CHECK(machine.discover("/usr/bin/app").taken() ==
        Paths{"/usr/libexec/app/helper", "/usr/lib64/app/plugins/one.so", "/usr/lib64/app/data"});
}
