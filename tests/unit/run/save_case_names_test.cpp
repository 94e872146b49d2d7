// No private name is left, no length changes, and what is public stays as it is.
#include "run/save_case_names.h"

#include <doctest/doctest.h>

using bundle::run::CaseNames;

TEST_CASE("each name is replaced by another word of its length, wherever it stands alone") {
  const CaseNames names({"/home/alice/rocket/bin", "/srv/acme"}, {"alice"}, {"bin"});
  const std::string text = "/home/alice/rocket/bin/tool:$ORIGIN/../rocket alice-notes alicewonder (alice)";
  const std::string out = names.in_text(text);
  CHECK(out.size() == text.size());
  CHECK(out.find("alice/") == std::string::npos);
  CHECK(out.find("rocket") == std::string::npos);
  CHECK(out.find("alice-") == std::string::npos);
  CHECK(out.find("alicewonder") != std::string::npos);  // another word
  CHECK(names.in_text("file:%2Fhome%2Falice%2fnotes").find("alice") == std::string::npos);
  CHECK(out.starts_with("/home/"));
  CHECK(out.find("/bin/tool:$ORIGIN/../") != std::string::npos);
  CHECK(names.in_text(text) == out);
  CHECK(names.in_text("/usr/lib/libz.so.1") == "/usr/lib/libz.so.1");
}

TEST_CASE("names do not become the same") {
  const CaseNames names({"/a/abc/abd/abe/abf/abg/abh/abi/abj/abk/abl/abm/abn"}, {}, {});
  std::set<std::string> others;
  for (const auto& [word, by] : names.words()) {
    CHECK(word.size() == by.size());
    CHECK(word != by);
    others.insert(by);
  }
  CHECK(names.words().size() == 12);
  CHECK(others.size() == 12);
}

TEST_CASE("public words, short ones and the places that all machines have are kept") {
  const CaseNames names({"/home/alice/lib/x/tool"}, {"root"}, {"lib", "tool", "root"});
  CHECK(names.words().size() == 1);
  CHECK(names.in_text("/home/alice/lib/x/tool").ends_with("/lib/x/tool"));
  CHECK(CaseNames({"/usr/lib/private"}, {}, {}).words().empty());
}

TEST_CASE("a file is changed by as much as it is private") {
  const CaseNames names({"/home/alice/data"}, {"alice"}, {});
  const std::string text = "data of alice in /home/alice/data";
  const std::string own = names.in_content(text, "/home/alice/notes", false);
  CHECK(own == names.in_text(text));
  const std::string settings = names.in_content(text, "/etc/notes", false);
  CHECK(settings.starts_with("data of case"));
  CHECK(settings.ends_with(names.in_text("/home/alice/data")));
  const std::string shipped = names.in_content(text, "/usr/share/notes", true);
  CHECK(shipped.starts_with("data of alice in "));
  CHECK(shipped.ends_with(names.in_text("/home/alice/data")));
}
