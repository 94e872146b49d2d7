// What does not go in whoever names it, and how links are judged by where they lead.
#include "made_up.h"

using namespace made_up;

TEST_CASE("refused: settings, homes and state, by their place") {
  Machine machine;
  machine.program_package("app", {"/etc/app.conf", "/var/lib/app", "/usr/local/etc/app", "/usr/share/app/table"})
      .ships("/usr/share/app/table");
  machine.disk().file("/etc/app.conf", "");
  machine.disk().file("/var/lib/app/state", "");
  machine.disk().file("/usr/local/etc/app/x", "");
  const Findings found = machine.discover("/usr/bin/app");
  CHECK(found.taken() == Paths{"/usr/share/app/table"});
  CHECK(found.hints_at("/etc/app.conf", "app names /etc/app.conf: --add it if wanted"));
  CHECK_FALSE(found.hint("/var/lib/app").empty());
  CHECK_FALSE(found.hint("/usr/local/etc/app").empty());
}

TEST_CASE("refused: what every system has of its own is no hint, nor what is not there") {
  Machine machine;
  const Texts common = {"/etc/passwd", "/etc/hosts", "/etc/nsswitch.conf", "/etc/ssl/certs", "/etc/absent.conf"};
  machine.program_package("app", common);
  for (const std::string& path : common) {
    if (path != "/etc/absent.conf") machine.disk().file(path + (path == "/etc/ssl/certs" ? "/x" : ""), "");
  }
  const Findings found = machine.discover("/usr/bin/app");
  CHECK(found.taken().empty());
  CHECK(found.all.hints.empty());
}

TEST_CASE("refused: what a library names in /etc is no hint") {
  Machine machine;
  machine.program_package("app");
  machine.library_package("libx1", triplet + "/libx.so.1", {"/etc/x.conf"});
  machine.disk().file("/etc/x.conf", "");
  CHECK(machine.discover("/usr/bin/app", {triplet + "/libx.so.1"}).all.hints.empty());
}

TEST_CASE("refused: files that are not everybody's to read, and those in closed folders") {
  Machine machine;
  machine.program_package("app")
      .ships("/usr/share/app/open")
      .ships("/usr/share/app/group", "x", 0640)
      .ships("/usr/share/app-closed/inner/file");
  machine.disk().folder("/usr/share/app-closed", 0750);
  const Findings found = machine.discover("/usr/bin/app");
  CHECK(found.taken() == Paths{"/usr/share/app/open"});
  CHECK(found.hints_at("/usr/share/app/group", "mode 0640"));
  CHECK(found.hints_at("/usr/share/app-closed/inner/file", "the folder /usr/share/app-closed has mode 0750"));
}

TEST_CASE("refused: keys and credentials, by name and by content, that no package brought") {
  Machine machine;
  machine.disk().file("/opt/app/bin/app", program({"/opt/app/data"}), 0755);
  machine.disk().file("/opt/app/data/table", "x");
  machine.disk().file("/opt/app/data/.netrc", "x");
  machine.disk().file("/opt/app/data/id_rsa", "x");
  const std::string body(64, 'A');
  machine.disk().file("/opt/app/data/notes", "-----BEGIN RSA PRIVATE KEY-----\n" + body + "\n" + body + "\n");
  const Findings found = machine.discover("/opt/app/bin/app");
  CHECK(found.taken() == Paths{"/opt/app/data/table"});
  CHECK(found.hints_at("/opt/app/data/.netrc", "keys or credentials"));
  CHECK(found.hints_at("/opt/app/data/notes", "holds a private key"));
}

TEST_CASE("refused: no key that a package ships as it is, for that is public; one that was changed") {
  Machine machine;
  machine.program_package("app")
      .ships("/usr/share/app/test/id_rsa", "x")
      .ships("/usr/share/app/test/secrets.json", "{}")
      .changed("/usr/share/app/test/secrets.json");
  const Findings found = machine.discover("/usr/bin/app");
  CHECK(found.taken() == Paths{"/usr/share/app/test/id_rsa"});
  CHECK_FALSE(found.hint("/usr/share/app/test/secrets.json").empty());
}

TEST_CASE("refused: what the kernel makes up, and what is no file") {
  Machine machine;
  machine.disk().file("/opt/app/bin/app", program({"/opt/app/data"}), 0755);
  machine.disk().file("/opt/app/data/table", "x");
  machine.disk().device("/opt/app/data/socket");
  machine.disk().kernel_folder("/opt/app/data/proc");
  machine.disk().file("/opt/app/data/proc/version", "x");
  CHECK(machine.discover("/opt/app/bin/app").taken() == Paths{"/opt/app/data/table"});
}

TEST_CASE("links: to a file becomes a copy, counted once, under each name") {
  Machine machine;
  machine.program_package("app")
      .ships("/usr/lib/app/core", "12345")
      .ships_link("/usr/lib/app/alias", "core")
      .ships_link("/usr/lib/app/gone", "nowhere");
  const Findings found = machine.discover("/usr/bin/app");
  CHECK(found.taken() == Paths{"/usr/lib/app/alias", "/usr/lib/app/core"});
  CHECK(found.at("/usr/lib/app/alias").source == "/usr/lib/app/core");
  CHECK(found.at("/usr/lib/app/alias").same_as.empty() != found.at("/usr/lib/app/core").same_as.empty());
  REQUIRE(found.all.findings.size() == 1);
  CHECK(found.all.findings[0].size == 5);  // counted once
}

TEST_CASE("links: to a folder brings its files under the link's name") {
  Machine machine;
  machine.program_package("vim").ships_link("/usr/share/vim/addons", "../vim-data");
  machine.package("vim-data").ships("/usr/share/vim-data/syntax/c.vim").ships("/usr/share/vim-data/x.a");
  CHECK(machine.discover("/usr/bin/vim").taken() == Paths{"/usr/share/vim/addons/syntax/c.vim"});
}

TEST_CASE("links: upward and to folders of everybody bring nothing") {
  Machine machine;
  machine.program_package("app")
      .ships("/usr/share/app/table")
      .ships_link("/usr/share/app/up", ".")
      .ships_link("/usr/share/app/all", "/usr/share/fonts");
  machine.disk().file("/usr/share/fonts/x.ttf", "");
  CHECK(machine.discover("/usr/bin/app").taken() == Paths{"/usr/share/app/table"});
}

TEST_CASE("links: out of a package into /etc are followed to what is as shipped, to nothing else") {
  Machine machine;
  machine.program_package("app")
      .ships("/etc/app/shipped")
      .ships("/etc/app/changed")
      .changed("/etc/app/changed")
      .ships_link("/usr/share/app/shipped", "/etc/app/shipped")
      .ships_link("/usr/share/app/changed", "/etc/app/changed")
      .ships_link("/usr/share/app/key", "/etc/hostkey")
      .ships_link("/usr/share/app/state", "/var/lib/app/state")
      .ships_link("/usr/share/app/words", "/var/lib/app/words");
  machine.disk().file("/etc/hostkey", "");
  machine.disk().file("/var/lib/app/state", "");
  machine.disk().file("/var/lib/app/words", "");
  const Findings found = machine.discover("/usr/bin/app");
  CHECK(found.has("/usr/share/app/shipped"));
  CHECK_FALSE(found.has("/usr/share/app/changed"));
  CHECK_FALSE(found.has("/usr/share/app/key"));
  CHECK_FALSE(found.has("/usr/share/app/state"));
  CHECK(found.hints_at("/usr/share/app/key", "leads to /etc/hostkey, which lies in /etc"));
  CHECK(found.hints_at("/var/lib/app",
                       "which lies in /var/lib/app and is not added: --add /var/lib/app if it is wanted"));
  CHECK(std::count_if(found.all.hints.begin(), found.all.hints.end(), [](const auto& hint) {
          return hint.text.find("/var/lib/app and is not added") != std::string::npos;
        }) == 1);  // for the folder
}

TEST_CASE("links: of a package to a folder of settings or of state are said once, with what adds it") {
  Machine machine;
  machine.program_package("app")
      .ships_link("/usr/share/app/conf", "/etc/app.d")
      .ships_link("/usr/share/app/state", "/var/lib/app");
  machine.disk().file("/etc/app.d/one", "");
  machine.disk().file("/etc/app.d/two", "");
  machine.disk().file("/var/lib/app/x", "");
  const Findings found = machine.discover("/usr/bin/app");
  CHECK(found.taken().empty());
  CHECK(found.hints_at("/usr/share/app/conf", "leads to /etc/app.d, which is not added"));
  CHECK(found.hints_at("/usr/share/app/state", "leads to /var/lib/app, which is not added"));
  CHECK(found.all.hints.size() == 2);
}

TEST_CASE("links: into a home lead nowhere") {
  Machine machine;
  machine.program_package("app").ships_link("/usr/share/app/mine", "/home/me/file");
  machine.disk().file("/home/me/file", "x");
  const Findings found = machine.discover("/usr/bin/app");
  CHECK(found.taken().empty());
  CHECK(found.hints_at("/usr/share/app/mine", "lies in /home"));
}

TEST_CASE("--exclude: by a glob over destinations, and a folder with all in it") {
  Machine machine;
  machine.program_package("app")
      .ships("/usr/share/app/big/deep/x")
      .ships("/usr/share/app/a.txt")
      .ships("/usr/share/app/b.dat");
  Options options;
  options.exclude = {"/usr/share/app/big", "*.txt"};
  const Findings found = machine.discover("/usr/bin/app", {}, options);
  CHECK(found.taken() == Paths{"/usr/share/app/b.dat"});
  CHECK(found.all.hints.empty());
}
