// What belongs together by the packages' relations, on a database of the test's own: a speech program, its
// voice, the voice's lexicon, and a system service of another source.
#include "discover/family.h"

#include <doctest/doctest.h>

#include "scratch.h"

using bundle::discover::Family;
using bundle::discover::FileTables;
using bundle::machine::Root;
using bundle::packages::Database;
using discover_test::Scratch;

namespace {

/// A database and the root that it is of.
struct Sample {
  std::unique_ptr<Root> root;
  std::unique_ptr<Database> database;
};

Sample open(const Scratch& root) {
  Sample out;
  out.root = std::make_unique<Root>(root.path());
  out.database = bundle::packages::open_database(*out.root);
  REQUIRE(out.database);
  return out;
}

Sample sample(const Scratch& root) {
  const auto package = [](const char* name, const char* more) {
    return std::string("Package: ") + name + "\nStatus: install ok installed\nVersion: 1\n" + more + "\n";
  };
  root.write("var/lib/dpkg/status",
             package("speak", "Architecture: amd64\nDepends: libserve0\nRecommends: voice\n") +
                 package("voice", "Architecture: all\nDepends: lexicon\n") +
                 package("lexicon", "Architecture: all\nSuggests: more\n") + package("more", "Architecture: all\n") +
                 package("libserve0", "Architecture: amd64\nSource: serve\nDepends: serve\n") +
                 package("serve", "Architecture: amd64\nSource: serve\n") + package("office", "Architecture: amd64\n") +
                 package("office-write", "Architecture: amd64\nSource: office\nDepends: office\n") +
                 package("office-art", "Architecture: all\nSource: office\nDepends: office\n") +
                 package("office-alone", "Architecture: amd64\nSource: office\n") +
                 package("write-more", "Architecture: amd64\nDepends: office\n"));
  root.write("var/lib/dpkg/info/office.list",
             "/usr/lib/office/program/office\n/usr/lib/office/share/main\n/usr/bin/run\n");
  root.write("var/lib/dpkg/info/office-write.list",
             "/usr/lib/office/program/libwrite.so\n/usr/lib/office/share/more/write\n/usr/share/write/x\n");
  root.write("var/lib/dpkg/info/office-art.list", "/usr/lib/office/share/art\n");
  root.write("var/lib/dpkg/info/office-alone.list", "/usr/lib/office/program/libalone.so\n");
  root.write("var/lib/dpkg/info/write-more.list", "/usr/lib/office/program/libmore.so\n");
  root.write("var/lib/dpkg/info/speak.list", "/usr/bin/speak\n/usr/lib/speak/rules\n/usr/share/zsh/site/_speak\n");
  root.write("var/lib/dpkg/info/voice.list", "/usr/lib/speak/low\n/usr/share/voices/low\n/usr/share/doc/voice/low\n");
  root.write("var/lib/dpkg/info/lexicon.list", "/usr/share/voices/words\n");
  root.write("var/lib/dpkg/info/more.list", "/usr/share/voices/more\n");
  return open(root);
}

std::vector<std::string> paths(const std::vector<Family::File>& files) {
  std::vector<std::string> out;
  for (const Family::File& file : files) out.push_back(file.path);
  return out;
}

}  // namespace

TEST_CASE("the data of a data package is of the family, what it suggests is not") {
  const Scratch root;
  const Sample made = sample(root);
  const Database& database = *made.database;
  FileTables family_files;
  const Family family(database, family_files, {database.find("speak").value()});
  CHECK(paths(family.files_under("/usr/share/voices")) ==
        std::vector<std::string>{"/usr/share/voices/low", "/usr/share/voices/words"});
}

TEST_CASE("a data package's files beside the program's own are neighbours") {
  const Scratch root;
  const Sample made = sample(root);
  const Database& database = *made.database;
  FileTables family_files;
  const Family family(database, family_files, {database.find("speak").value()});
  CHECK(paths(family.neighbours()) == std::vector<std::string>{"/usr/lib/speak/low"});
}

TEST_CASE("a package that puts libraries beside the program extends it, in the folders that they share") {
  const Scratch root;
  const Sample made = sample(root);
  const Database& database = *made.database;
  FileTables family_files;
  const Family family(database, family_files, {database.find("office").value()});
  CHECK(paths(family.branches("/usr/lib/office/program/office")) ==
        std::vector<std::string>{"/usr/lib/office/program/libwrite.so", "/usr/lib/office/share/more/write"});
  CHECK(family.branches("/usr/bin/run").empty());
}

TEST_CASE("a folder for add-ons is left out, but not for the program that it is named after") {
  const Scratch root;
  root.write("var/lib/dpkg/status",
             "Package: zsh-common\nSource: zsh\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n");
  const Sample opened = open(root);
  const Database& zsh = *opened.database;
  FileTables shell_files;
  const Family shell(zsh, shell_files, {zsh.find("zsh-common").value()});
  CHECK_FALSE(shell.leaves_out("/usr/share/zsh/functions/zmv"));
  CHECK(shell.leaves_out("/usr/share/zsh/help/LC_MESSAGES/x.mo"));
  CHECK(shell.leaves_out("/usr/share/fish/completions/x.fish"));
  const Scratch other;
  const Sample made = sample(other);
  const Database& database = *made.database;
  FileTables family_files;
  const Family family(database, family_files, {database.find("speak").value()});
  CHECK(family.leaves_out("/usr/share/zsh/site/_speak"));
  CHECK(family.leaves_out("/usr/share/doc/voice/low"));
  // Each library of a service would bring all of its units.
  FileTables service_files;
  const Family service(database, service_files, {database.find("serve").value()});
  CHECK(service.leaves_out("/usr/lib/systemd/system/x.service"));
}
