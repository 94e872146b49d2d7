// Fonts: whatever draws text draws none without a font, and through fontconfig none without its settings either.
//
// Which ones: those that the names which programs and documents ask for lead to on the source machine
// (knowledge/fonts.h, font_match.h), the most needed first. They are essential: where the bundle is over its target's
// limit, all else that may go goes ahead of them, and of them the one face that makes text at all goes last.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "discover/collector.h"
#include "discover/font_match.h"
#include "discover/sets.h"
#include "knowledge/fonts.h"

namespace bundle::discover {

/// By what stands in it: `paths` are those that it names, `content` is the whole file.
FontUse font_use_of(const std::vector<std::string>& paths, std::string_view content);

class Fonts {
 public:
  /// `matcher` is made when it is first asked, and is for others on the same machine.
  Fonts(const Options& options, const packages::Database* database, Collector& collector,
        std::shared_ptr<const FontMatcher>& matcher)
      : options_(options), database_(database), collector_(collector), matcher_(matcher) {}

  /// Takes what `signs` call for. Asking twice adds nothing.
  void add(const SetSigns& signs);

 private:
  enum class Got { nothing, some };
  void add_settings(const std::string& why);
  void add_all(const std::string& why);
  Got add_tier(knowledge::FontName::Tier tier, const std::string& why);
  Got add_named_files(const std::string& program);
  void tell_left_out(const std::string& program);
  void tell_blank(const std::string& program);
  const FontMatcher& matcher();
  Group group(std::string path, std::string why) const;

  const Options& options_;
  const packages::Database* database_;
  Collector& collector_;
  std::shared_ptr<const FontMatcher>& matcher_;
  bool has_settings_ = false, has_faces_ = false;
  uint64_t spent_ = 0;                          // bytes
  std::set<std::string> offered_;               // faces that a tier led to, taken or not
  std::set<std::string> left_;                  // of those the ones without room
  std::optional<std::set<std::string>> lists_;  // of files of fonts, on this machine, that were not looked at yet
};

}  // namespace bundle::discover
