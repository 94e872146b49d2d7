// The few shared files that an import gives away: zones, locales, encodings, terminals, certificates, the shell.
#include "made_up.h"

using namespace made_up;

namespace {

/// A machine that has all of the sets, and a program that imports `imports`.
struct Sets {
  explicit Sets(const Texts& imports, const Texts& texts = {}) {
    machine.program_package("app", texts, imports);
    machine.library_package("libc6", libc);
    for (const char* path :
         {"/usr/share/zoneinfo/UTC", "/usr/share/zoneinfo/posix/UTC", "/usr/share/zoneinfo/right/UTC",
          "/usr/lib/locale/C.utf8/LC_CTYPE", "/usr/lib/locale/C.UTF-8/LC_CTYPE", "/usr/lib/locale/de_DE.utf8/LC_CTYPE",
          "/usr/lib/x86_64-linux-gnu/gconv/UTF-16.so", "/usr/lib/x86_64-linux-gnu/gconv/EBCDIC-DE.so",
          "/usr/lib/x86_64-linux-gnu/gconv/gconv-modules", "/lib/terminfo/x/xterm", "/usr/share/terminfo/x/xterm",
          "/usr/share/terminfo/q/qnx", "/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/certs/one.pem"}) {
      machine.disk().file(path, "x");
    }
    machine.disk().file("/usr/bin/dash", program(), 0755);
    machine.disk().link("/bin/sh", "/usr/bin/dash");
  }
  Findings discover(const Options& options = {}) { return machine.discover("/usr/bin/app", {libc}, options); }

  const std::string libc = triplet + "/libc.so.6";
  Machine machine;
};

const Paths zones = {"/usr/share/zoneinfo/UTC"};
const Paths locales = {"/usr/lib/locale/C.utf8/LC_CTYPE"};  // glibc tries this name for every spelling
const Paths encodings = {triplet + "/gconv/UTF-16.so", triplet + "/gconv/gconv-modules"};
const Paths terminals = {"/lib/terminfo/x/xterm", "/usr/share/terminfo/x/xterm"};
const Paths certificates = {"/etc/ssl/certs/ca-certificates.crt"};

}  // namespace

TEST_CASE("sets: each goes in for its imports, and no other with it") {
  const struct {
    const char* import;
    Paths expected;
  } rows[] = {{"tzset", zones},
              {"localtime_r", zones},
              {"setlocale", locales},
              {"newlocale", locales},
              {"iconv_open", encodings},
              {"setupterm", terminals},
              {"initscr", terminals},
              {"SSL_CTX_set_default_verify_paths", certificates},
              {"gnutls_certificate_set_x509_system_trust", certificates},
              {"system", {"/bin/sh"}},
              {"popen", {"/bin/sh"}},
              {"printf", {}}};
  for (const auto& row : rows) {
    Sets sets({row.import});
    CHECK_MESSAGE(sets.discover().taken() == row.expected, row.import);
  }
}

TEST_CASE("sets: each names its rule and the import that it goes by") {
  Sets sets({"tzset"});
  const Findings found = sets.discover();
  CHECK(found.at("/usr/share/zoneinfo/UTC").rule == "named-set");
  CHECK(found.at("/usr/share/zoneinfo/UTC").why == "app calls tzset");
}

TEST_CASE("sets: turned off they stay out, asked for they come without an import and whole") {
  Sets sets({"tzset", "setlocale", "iconv_open"});
  Options none;
  none.zoneinfo = none.locale = none.gconv = bundle::discover::SetMode::none;
  CHECK(sets.discover(none).taken().empty());
  Sets silent({});
  Options all;
  all.zoneinfo = all.gconv = bundle::discover::SetMode::all;
  CHECK(silent.discover(all).taken() == Paths{"/usr/share/zoneinfo/UTC", "/usr/share/zoneinfo/posix/UTC",
                                              "/usr/share/zoneinfo/right/UTC", triplet + "/gconv/UTF-16.so",
                                              triplet + "/gconv/EBCDIC-DE.so", triplet + "/gconv/gconv-modules"});
}

TEST_CASE("sets: --locale adds one by its name, and says so when it is not there") {
  Sets sets({});
  Options options;
  options.locales = {"de_DE.UTF-8", "xx_XX.UTF-8"};
  const Findings found = sets.discover(options);
  CHECK(found.has("/usr/lib/locale/de_DE.utf8/LC_CTYPE"));
  CHECK(found.hints_at("/usr/lib/locale/xx_XX.utf8", "localedef"));
}

TEST_CASE("sets: who holds the path of the CA bundle reads it") {
  Sets sets({}, {"/etc/ssl/certs/ca-certificates.crt"});
  CHECK(sets.discover().taken() == certificates);
}

TEST_CASE("sets: a program that starts others and names the shell gets it, one that only names it does not") {
  Sets starts({"execvp"}, {"/bin/sh"}), names({}, {"/bin/sh"});
  CHECK(starts.discover().has("/bin/sh"));
  CHECK_FALSE(names.discover().has("/bin/sh"));
}

TEST_CASE("sets: what a library imports counts for iconv where the program links it, for zones not") {
  Sets sets({});
  const std::string direct = triplet + "/libconvert.so.1";
  sets.machine.library_package("libconvert1", direct, {}, {"iconv_open", "tzset"});
  CHECK(sets.machine.discover("/usr/bin/app", {sets.libc, direct}).taken() == encodings);
}

TEST_CASE("sets: what libc itself imports and names gives nothing away") {
  Machine machine;
  machine.program_package("app");
  machine.library_package("libc6", triplet + "/libc.so.6", {"/usr/share/zoneinfo", "/etc/app.conf"}, {"tzset"})
      .ships("/usr/share/zoneinfo/UTC");
  machine.disk().file("/etc/app.conf", "");
  const Findings found = machine.discover("/usr/bin/app", {triplet + "/libc.so.6"});
  CHECK(found.taken().empty());
  CHECK(found.all.hints.empty());
}

TEST_CASE("sets: unwinding a thread wishes for libgcc_s") {
  Sets sets({"pthread_exit"}), plain({});
  REQUIRE(sets.discover().wish("libgcc_s.so.1") != nullptr);
  CHECK(sets.discover().wish("libgcc_s.so.1")->by == "/usr/bin/app");
  CHECK(plain.discover().wishes.empty());
}
