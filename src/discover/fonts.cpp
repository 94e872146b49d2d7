// See fonts.h.
//
// The settings are /etc/fonts/fonts.conf and the files of conf.d, most of them links into /usr; what was changed or
// made in /etc itself where it names nobody's home. Without fonts.conf fontconfig knows of no font at all.
#include "discover/fonts.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/file.h"
#include "base/human_size.h"
#include "base/printable.h"
#include "discover/xml.h"
#include "knowledge/fonts.h"

namespace bundle::discover {

namespace {

using Tier = knowledge::FontName::Tier;
constexpr Collector::License set = Collector::License::named_set;
constexpr uint64_t most_by_default = 8'000'000;  // bytes, of all faces together, where nobody asked for them

const char* what_of(Tier tier) {
  switch (tier) {
    case Tier::any:
      return "text at all";
    case Tier::usual:
      return "bold, serif and monospace";
    case Tier::metric:
      return "Helvetica, Times, Courier and their like";
    case Tier::slanted:
      return "slanted";
  }
  return "";
}

bool starts_with_any(std::string_view text, const std::vector<std::string>& paths) {
  return std::any_of(paths.begin(), paths.end(), [&](const std::string& path) { return path.starts_with(text); });
}

/// "Noto Sans CJK JP (…/NotoSansCJK-Regular.ttc, 19.5 MB)", three at most: one file a family.
std::string listed(const std::map<std::string, std::pair<std::string, uint64_t>>& families) {
  constexpr size_t most = 3;
  std::vector<std::string> out;
  for (const auto& [family, file] : families) {
    if (out.size() == most) break;
    out.push_back(fmt::format("{} ({}, {})", printable(family), printable(file.first), human_size(file.second)));
  }
  std::string text = fmt::format("{}", fmt::join(out, ", "));
  if (families.size() > most) text += fmt::format(" and {} more", families.size() - most);
  return text;
}

}  // namespace

FontUse font_use_of(const std::vector<std::string>& paths, std::string_view content) {
  const bool names_settings = std::any_of(paths.begin(), paths.end(), [](const std::string& path) {
    return path.find("/etc/fonts") != std::string::npos || path.ends_with("/fonts.conf");
  });
  const bool names_fonts = starts_with_any(knowledge::font_folders.front(), paths);
  if (!names_settings && !names_fonts) return FontUse::none;
  // Both are in every build of the library, whatever its prefix (fccfg.c, FcConfigGetFilename).
  const bool is_fontconfig =
      content.find("FONTCONFIG_FILE") != std::string_view::npos && content.find("fonts.conf") != std::string_view::npos;
  return is_fontconfig ? FontUse::fontconfig : names_fonts ? FontUse::walks : FontUse::none;
}

Group Fonts::group(std::string path, std::string why) const {
  Group out;
  out.path = std::move(path);
  out.why = std::move(why);
  out.rule = "fonts";
  return out;
}

const FontMatcher& Fonts::matcher() {
  if (matcher_ == nullptr) matcher_ = std::make_shared<const FontMatcher>(collector_.root());
  return *matcher_;
}

void Fonts::add_settings(const std::string& why) {
  if (std::exchange(has_settings_, true)) return;
  const std::string settings = font_settings_folder;
  Group found = group(settings, why);
  const auto is_public = [&](const std::string& path) {
    const std::string real = collector_.real(path).value_or(path);
    if (!real.starts_with("/etc/") || (database_ != nullptr && database_->is_as_shipped(real))) return true;
    const std::string text = collector_.root().read(real).value_or("");
    if (text.find("/home/") == std::string::npos && text.find("/root/") == std::string::npos) return true;
    collector_.hint(path,
                    fmt::format("{} is not as its package has it, names somebody's home, and is not added: --add {} "
                                "if it is wanted",
                                printable(path), shell_word(path)));
    return false;
  };
  const std::string main_file = settings + "/fonts.conf";
  if (is_public(main_file)) collector_.add(found, main_file, main_file, set);
  collector_.add_folder(found, settings + "/conf.d", settings + "/conf.d", set,
                        [&](const std::string& path) { return path.ends_with(".conf") && is_public(path); });
  collector_.take(std::move(found));
}

void Fonts::add_all(const std::string& why) {
  Group found = group(std::string(knowledge::font_folders.front()), why);
  std::vector<std::string> folders(knowledge::font_folders.begin(), knowledge::font_folders.end());
  for (const std::string& named : matcher().settings().folders) {
    if (std::find(folders.begin(), folders.end(), named) == folders.end()) folders.push_back(named);
  }
  for (const std::string& folder : folders)
    collector_.add_folder(found, folder, folder, set, [](const std::string&) { return true; });
  collector_.take(std::move(found));
}

Fonts::Got Fonts::add_tier(Tier tier, const std::string& why) {
  const bool is_limited = options_.fonts == SetMode::automatic;
  Group found = group({}, fmt::format("{}: {}", why, what_of(tier)));
  bool has_any = false;
  for (const knowledge::FontName& name : knowledge::standard_names) {
    if (name.tier != tier) continue;
    const FontFace* face = matcher().match({std::string(name.family), name.is_bold, name.is_slanted});
    if (face == nullptr) continue;
    has_any = has_any || collector_.has(face->path);
    if (!offered_.insert(face->path).second || collector_.has(face->path)) continue;
    const uint64_t size = collector_.root().look(face->path).size;
    const size_t before = found.files.size();
    if (is_limited && tier != Tier::any && spent_ + size > most_by_default) {
      left_.insert(face->path);
      continue;
    }
    collector_.add(found, face->path, face->path, set);
    if (found.files.size() > before) spent_ += size;
  }
  if (found.files.empty()) return has_any ? Got::some : Got::nothing;
  found.path = found.files.size() == 1 ? found.files[0].destination : common_folder(found.files);
  found.package = found.files[0].package;
  found.may_go = is_limited;
  found.goes_last = tier == Tier::any ? 2 : 1;
  return collector_.take(std::move(found)) || has_any ? Got::some : Got::nothing;
}

/// Lists of types that went in as settings (ImageMagick's) and that name files of fonts: those of the standard names.
Fonts::Got Fonts::add_named_files(const std::string& program) {
  Group any = group({}, {}), others = group({}, {});
  if (!lists_) {
    lists_.emplace();
    for (const char* const glob : knowledge::font_lists) {
      for (std::string& list : collector_.matching(glob)) lists_->insert(std::move(list));
    }
  }
  for (auto list = lists_->begin(); list != lists_->end();) {
    if (!collector_.has(*list)) {
      ++list;
      continue;
    }
    const std::string path = *list;
    list = lists_->erase(list);
    const std::optional<XmlElement> document = parse_xml(collector_.root().read(path).value_or(""));
    if (!document) continue;
    for (const XmlElement& type : document->children) {
      const std::string family = type.attribute("family"), file = type.attribute("glyphs");
      const auto& names = knowledge::standard_names;
      const bool is_standard = std::any_of(names.begin(), names.end(),
                                           [&](const knowledge::FontName& name) { return name.family == family; });
      if (!is_standard || !file.starts_with('/')) continue;
      // What is drawn when no font is named, which is text at all.
      const bool is_default =
          family == "Helvetica" && type.attribute("weight") == "400" && type.attribute("style") == "normal";
      Group& found = is_default ? any : others;
      collector_.add(found, file, file, set);
      // Kerning is in the metrics, and without them the font is not taken for one.
      const std::string metrics = type.attribute("metrics");
      if (metrics.starts_with('/')) collector_.add(found, metrics, metrics, set);
      found.why = fmt::format("{} reads {}, which names {}", program, printable(path), is_default ? "it" : "them");
    }
  }
  bool has_any = false;
  for (Group* found : {&any, &others}) {
    if (found->files.empty()) continue;
    found->path = common_folder(found->files);
    found->package = found->files[0].package;
    found->may_go = options_.fonts == SetMode::automatic;
    found->goes_last = found == &any ? 2 : 1;
    has_any = collector_.take(std::move(*found)) || has_any;
  }
  return has_any ? Got::some : Got::nothing;
}

void Fonts::tell_left_out(const std::string& program) {
  std::map<std::string, std::pair<std::string, uint64_t>> cjk, emoji;
  bool draws_cjk = false, draws_emoji = false;
  for (const FontFace& face : matcher().faces()) {
    const bool is_taken = collector_.has(face.path);
    draws_cjk = draws_cjk || (is_taken && face.writes_cjk);
    draws_emoji = draws_emoji || (is_taken && face.is_emoji);
    if (is_taken || (!face.writes_cjk && !face.is_emoji)) continue;
    (face.is_emoji ? emoji : cjk).try_emplace(face.families.front(), face.path, collector_.root().look(face.path).size);
  }
  const auto tell = [&](const auto& families, const char* what) {
    const auto& [path, size] = families.begin()->second;
    collector_.hint(path, fmt::format("{} draws no {}, for which there are {}: --add {} if it is wanted", program, what,
                                      listed(families), shell_word(path)));
  };
  if (!cjk.empty() && !draws_cjk) tell(cjk, "Chinese, Japanese or Korean");
  if (!emoji.empty() && !draws_emoji) tell(emoji, "emoji");
  if (left_.empty()) return;
  uint64_t size = 0;
  for (const std::string& path : left_) size += collector_.root().look(path).size;
  collector_.hint(*left_.begin(),
                  fmt::format("of the faces that standard names lead to, {} ({}) are not added, for their "
                              "size: --fonts usual if they are wanted",
                              left_.size(), human_size(size)));
}

void Fonts::tell_blank(const std::string& program) {
  std::string why = "none is installed here. Install fonts-dejavu-core, or fonts of your own";
  if (!matcher().faces().empty()) {
    const auto& name = knowledge::standard_names.front();
    const FontFace* face = matcher().match({std::string(name.family), name.is_bold, name.is_slanted});
    why = excluding_glob(options_, face->path)
              ? "--exclude keeps it out"
              : fmt::format("there is no room for one. --exclude what is needed less, and --add {}",
                            shell_word(face->path));
  }
  collector_.hint(
      std::string(knowledge::font_folders.front()) + "/",
      fmt::format("Blank results are foreseen: {} draws text, and no font is in the bundle, for {}", program, why), {},
      0, true);
}

void Fonts::add(const SetSigns& signs) {
  if (options_.fonts == SetMode::none) return;
  const bool is_asked = options_.fonts != SetMode::automatic;
  const bool has_fontconfig = signs.font_use == FontUse::fontconfig;
  if (!is_asked && signs.font_use == FontUse::none) return;
  const std::string why = is_asked         ? "--fonts"
                          : has_fontconfig ? signs.program + " draws text by fontconfig"
                                           : signs.program + " looks for fonts by itself";
  if (is_asked || has_fontconfig) add_settings(why);
  const Got of_lists = add_named_files(signs.program);
  if (std::exchange(has_faces_, true)) return;
  if (options_.fonts == SetMode::all) return add_all(why);
  const Got any = add_tier(Tier::any, why);
  for (const Tier tier : {Tier::usual, Tier::metric, Tier::slanted}) add_tier(tier, why);
  const std::string folder(knowledge::font_folders.front());
  const bool has_others = collector_.has_below(folder);  // by --add, or a package's own
  if (any == Got::nothing && of_lists == Got::nothing && !has_others) return tell_blank(signs.program);
  tell_left_out(signs.program);
  if (is_asked) return;
  collector_.hint(folder,
                  fmt::format("of the fonts of {} only those are added that standard names lead to: --fonts all "
                              "for all, --fonts none for none",
                              folder));
}

}  // namespace bundle::discover
