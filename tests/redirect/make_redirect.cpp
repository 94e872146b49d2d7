// make_redirect HOME-FOLDER MACHINE HOME [prefer_target] [LINE…]: writes libredirect.so and redirect.tab into
// a folder. HOME is two folders below the bundle's own ("/opt/lib/t"). LINE: "file PATH [STORED]", "folder PATH
// [STORED]", "program PATH START", "always PATH START" (START relative to HOME), "launcher PATH PROGRAM" (both relative
// to HOME), "env KEY=VALUE".
#include <elf.h>

#include <cstdio>
#include <sstream>

#include "base/error.h"
#include "base/file.h"
#include "launch/redirect_table.h"

using namespace bundle::launch;
using bundle::Redirect;

int main(int count, char** arguments) {
  if (count < 4) return 2;
  try {
    const std::string folder = arguments[1];
    const uint16_t machine = std::string(arguments[2]) == "aarch64" ? EM_AARCH64 : EM_X86_64;
    RedirectSettings settings;
    const std::string whole = arguments[3];
    const size_t prefix = whole.rfind('/', whole.rfind('/') - 1);
    settings.prefix = whole.substr(0, prefix);
    settings.home = whole.substr(prefix + 1);
    const auto inside = [&](const std::string& path) { return bundle::normal_path(settings.home + "/" + path); };
    std::vector<Redirect> entries;
    for (int i = 4; i < count; ++i) {
      std::istringstream line(arguments[i]);
      std::string word, path, start;
      line >> word >> path >> start;
      using enum Redirect::Kind;
      if (word == "prefer_target") settings.prefer_target = true;
      if (word == "file") entries.push_back({path, file, "", start});
      if (word == "folder") entries.push_back({path, Redirect::Kind::folder, "", start});
      if (word == "program") entries.push_back({path, program, inside(start), ""});
      if (word == "always") entries.push_back({path, program, inside(start), "", true});
      if (word == "launcher") settings.launchers.emplace_back(inside(path), inside(start));
      if (word == "env") settings.environment.push_back(path);
    }
    bundle::write_new_file(folder + "/libredirect.so", redirect_library(machine), 0755);
    bundle::write_new_file(folder + "/redirect.tab", make_redirect_table(entries, settings), 0644);
    return 0;
  } catch (const bundle::Error& error) {
    std::fprintf(stderr, "make_redirect: %s\n", error.what());
    return 1;
  }
}
