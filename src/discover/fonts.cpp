// Fonts: whatever draws text by fontconfig draws none without its settings and one font.
//
// The settings are /etc/fonts/fonts.conf and the files of conf.d, most of them links into /usr; those of /etc itself
// only as their package has them. The usual fonts are those of one package that fontconfig's packages depend on
// (fontconfig-config on fonts-dejavu-core or one of eight others): the family that fontconfig falls back to. By default
// that is for programs with room for it below the limit of the place they most often go to.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/human_size.h"
#include "base/printable.h"
#include "discover/sets.h"
#include "knowledge/sets.h"

namespace bundle::discover {

namespace {

/// The fonts of the first package, in the order in which they are depended on, that `library` leads to in two steps
/// and that has fonts.
std::vector<std::string> fallback_fonts(const packages::Database& database, const Collector& collector,
                                        const std::string& library) {
  std::vector<PackageId> settings;
  for (const PackageId id : database.owners(library)) {
    for (const PackageId next : database.depends_of(id)) settings.push_back(next);
  }
  for (const PackageId id : settings) {
    for (const PackageId font : database.depends_of(id)) {
      std::vector<std::string> files = database.files_of(font);
      std::erase_if(files, [&](const std::string& path) {
        return !is_below(path, knowledge::font_folders.front()) || collector.kind(path) != Is::file;
      });
      if (!files.empty()) return files;
    }
  }
  return {};
}

}  // namespace

void add_fonts(const SetSigns& signs, const Options& options, const packages::Database* database,
               Collector& collector) {
  constexpr Collector::License set = Collector::License::named_set;
  if (options.fonts == SetMode::none) return;
  const bool is_asked = options.fonts != SetMode::automatic;
  if (signs.libfontconfig.empty() && !is_asked) return;
  const std::string settings = "/etc/fonts", folder(knowledge::font_folders.front());
  const std::string why = is_asked ? "--fonts" : signs.program + " links fontconfig";

  Group group;
  group.path = settings;
  group.why = why;
  group.rule = "fonts";
  // A file of /etc that was changed here may name a user's folders.
  const auto is_public = [&](const std::string& path) {
    const std::string real = collector.real(path).value_or(path);
    if (!real.starts_with("/etc/") || (database != nullptr && database->is_as_shipped(real))) return true;
    collector.hint(path, fmt::format("{} is not as its package has it, and is not added: --add {} if it is wanted",
                                     printable(path), shell_word(path)));
    return false;
  };
  const std::string main_file = settings + "/fonts.conf";
  if (is_public(main_file)) collector.add(group, main_file, main_file, set);
  collector.add_folder(group, settings + "/conf.d", settings + "/conf.d", set,
                       [&](const std::string& path) { return path.ends_with(".conf") && is_public(path); });
  Group fonts;
  fonts.path = folder;
  fonts.why = why;
  fonts.rule = "fonts";
  if (options.fonts == SetMode::all) {
    for (const std::string_view place : knowledge::font_folders) {
      collector.add_folder(fonts, std::string(place), std::string(place), set, [](const std::string&) { return true; });
    }
  } else if (database != nullptr) {
    for (const std::string& path : fallback_fonts(*database, collector, signs.libfontconfig))
      collector.add(fonts, path, path, set);
    fonts.path = common_folder(fonts.files);
  }
  if (!fonts.files.empty()) fonts.package = options.fonts == SetMode::all ? Package{} : fonts.files[0].package;
  constexpr uint64_t room = 250'000'000;  // of Lambda's 262,144,000, with something left for what is still to be found
  const uint64_t size = group.size + fonts.size;
  if (!is_asked && (fonts.size > options.library_item_limit || signs.closure_size + collector.size() + size > room)) {
    collector.hint(
        settings,
        fmt::format("{} draws text by fontconfig, and no fonts are added, for the size: --fonts usual for {} of "
                    "them, --fonts all for those of {}",
                    signs.program, human_size(size), folder));
    return;
  }
  collector.take(std::move(group));
  const bool has_any = collector.take(std::move(fonts));
  if (is_asked || collector.has(settings + "/fonts.conf") == false) return;
  collector.hint(settings,
                 has_any ? fmt::format("of the fonts of {} only those are added that fontconfig falls back to: --fonts "
                                       "all for all, --fonts none for none",
                                       folder)
                         : fmt::format("{} draws text by fontconfig, and no font is added: --fonts all for those of {}",
                                       signs.program, folder));
}

}  // namespace bundle::discover
