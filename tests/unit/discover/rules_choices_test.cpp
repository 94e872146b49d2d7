// What of a package goes first where a bundle is too large, each part by itself.
#include "made_up.h"

using namespace made_up;

namespace {

/// Paths, and whether they go last; a case that fails can print it.
struct MayGo : std::map<std::string, int> {
  using map::map;
  friend std::ostream& operator<<(std::ostream& out, const MayGo& going) {
    for (const auto& [path, goes_last] : going) out << path << ' ' << goes_last << ' ';
    return out;
  }
};

/// What of the findings may go.
MayGo may_go(const Findings& found) {
  MayGo out;
  for (const bundle::Finding& finding : found.all.findings) {
    if (finding.may_go) out.emplace(finding.path, finding.goes_last);
  }
  return out;
}

}  // namespace

TEST_CASE("choices: templates, dialogs and licenses may go, each by itself; what the program works with may not") {
  Machine machine;
  machine.program_package("rig")
      .ships("/usr/share/rig/names")
      .ships("/usr/share/rig/template/letter")
      .ships("/usr/share/rig/template/fax/first")
      .ships("/usr/share/rig/CREDITS.txt")
      .ships("/usr/share/rig/ui/open.ui", "<object class=\"GtkDialog\" id=\"open\">")
      .ships("/usr/share/rig/ui/bar.ui", "<object class=\"GtkBox\" id=\"bar\">")
      .ships("/usr/share/rig/presets/template/own");
  const Findings found = machine.discover("/usr/bin/rig");
  CHECK(found.taken().size() == 7);
  CHECK(may_go(found) ==
        MayGo{{"/usr/share/rig/template", 0}, {"/usr/share/rig/CREDITS.txt", 0}, {"/usr/share/rig/ui/open.ui", 0}});
}

TEST_CASE("choices: copies of settings may go, for the settings themselves are in") {
  Machine machine;
  machine.program_package("rig")
      .ships("/usr/share/rig/.registry/main", "a=1")
      .lists("/etc/rig")
      .ships_link("/usr/share/rig/registry", "/etc/rig");
  machine.disk().file("/etc/rig/main", "a=1");  // that the installation made
  const Findings found = machine.discover("/usr/bin/rig");
  CHECK(found.has("/etc/rig/main"));
  CHECK(may_go(found) == MayGo{{"/usr/share/rig/.registry/main", 0}});
}

TEST_CASE("choices: of a package that extends the program's the rest goes behind its choices") {
  Machine machine;
  machine.package("rig").ships("/usr/lib/rig/rig", program(), 0755);
  machine.package("rig-more")
      .of_source("rig")
      .depends("rig")
      .ships("/usr/lib/rig/menubar/menu.xml")
      .ships("/usr/lib/rig/libmore.so", library());
  CHECK(may_go(machine.discover("/usr/lib/rig/rig")) ==
        MayGo{{"/usr/lib/rig/menubar/menu.xml", 0}, {"/usr/lib/rig", 1}});
}

TEST_CASE("choices: what a library names goes the earlier the further it is from the program") {
  Machine machine;
  machine.program_package("rig").depends("libnear1");
  const std::string near = triplet + "/libnear.so.1", far = triplet + "/libfar.so.1";
  machine.library_package("libnear1", near, {"/usr/share/near/table"})
      .depends("libfar1")
      .ships("/usr/share/near/table");
  machine.library_package("libfar1", far, {"/usr/share/far/table"}).ships("/usr/share/far/table");
  CHECK(may_go(machine.discover("/usr/bin/rig", {near, far})) ==
        MayGo{{"/usr/share/near/table", 1}, {"/usr/share/far/table", 0}});
}
