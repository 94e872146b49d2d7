// See font_match.h.
#include "discover/font_match.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <list>
#include <map>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/parallel.h"

namespace bundle::discover {

namespace {

constexpr size_t most_fonts = 20'000;
constexpr double never = std::numeric_limits<double>::max();

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string plain(std::string_view text, bool without_blanks) {
  std::string out;
  for (const char c : text) {
    if (!without_blanks || c != ' ') out += lower(c);
  }
  return out;
}

using Values = std::list<FontValue>;
using Pattern = std::map<std::string, Values>;

bool holds(const FontValue& value, const FontStep& test, const FontValue& wanted) {
  if (value.is_number != wanted.is_number) return false;
  if (value.is_number) {
    const double a = value.number, b = wanted.number;
    if (test.how == "eq") return a == b;
    if (test.how == "not_eq") return a != b;
    if (test.how == "less") return a < b;
    if (test.how == "less_eq") return a <= b;
    if (test.how == "more") return a > b;
    return test.how == "more_eq" && a >= b;
  }
  const std::string a = plain(value.text, test.ignores_blanks), b = plain(wanted.text, test.ignores_blanks);
  if (test.how == "eq") return a == b;
  if (test.how == "not_eq") return a != b;
  if (test.how == "contains") return a.find(b) != std::string::npos;
  return test.how == "not_contains" && a.find(b) == std::string::npos;
}

/// Where the test holds; end() when it does not.
Values::iterator matching_value(Values& values, const FontStep& test) {
  auto found = values.end();
  for (const FontValue& wanted : test.values) {
    for (auto value = values.begin(); value != values.end(); ++value) {
      if (holds(*value, test, wanted)) {
        if (found == values.end()) found = value;
        if (test.qual != "all") break;
      } else if (test.qual == "all") {
        found = values.end();
        break;
      }
    }
  }
  return found;
}

/// One rule's tests and edits.
class Substitution {
 public:
  explicit Substitution(Pattern& pattern) : pattern_(pattern) {}

  void apply(const FontRule& rule) {
    for (const FontStep& step : rule) {
      if (step.is_edit) {
        if (step.is_understood) edit(step);
      } else if (!step.is_understood || !test(step)) {
        return;
      }
    }
  }

 private:
  bool test(const FontStep& step) {
    const auto at = pattern_.find(step.object);
    if (at == pattern_.end() || at->second.empty()) return step.qual == "all";
    const auto found = matching_value(at->second, step);
    if (found == at->second.end()) return false;
    places_.try_emplace(step.object, found);
    if (step.qual == "first") return found == at->second.begin();
    return step.qual != "not_first" || found != at->second.begin();
  }

  void edit(const FontStep& step) {
    Values& values = pattern_[step.object];
    const auto known = places_.find(step.object);
    const bool is_placed = known != places_.end();
    const auto place = is_placed ? known->second : values.end();
    // "same" is the binding of what is replaced or stood beside; of nothing it is weak.
    Values fresh(step.values.begin(), step.values.end());
    for (FontValue& value : fresh) {
      value.binding = step.binding != FontBinding::same ? step.binding : is_placed ? place->binding : FontBinding::weak;
    }
    const bool is_at_end = step.how == "append_last" || step.how == "prepend_first" || step.how == "assign_replace" ||
                           step.how == "delete_all";
    if (is_at_end && step.binding == FontBinding::same) {
      for (FontValue& value : fresh) value.binding = FontBinding::weak;
    }
    if (step.how == "assign" && is_placed && !fresh.empty()) {
      const auto first = fresh.begin();
      values.splice(std::next(place), fresh);
      values.erase(place);
      places_[step.object] = first;
    } else if (step.how == "assign" || step.how == "assign_replace") {
      values = std::move(fresh);
      places_.erase(step.object);
    } else if (step.how == "prepend" && is_placed) {
      values.splice(place, fresh);
    } else if (step.how == "prepend" || step.how == "prepend_first") {
      values.splice(values.begin(), fresh);
    } else if (step.how == "append" && is_placed) {
      values.splice(std::next(place), fresh);
    } else if (step.how == "append" || step.how == "append_last") {
      values.splice(values.end(), fresh);
    } else if (step.how == "delete" && is_placed) {
      values.erase(place);
      places_.erase(step.object);
    } else if (step.how == "delete" || step.how == "delete_all") {
      values.clear();
      places_.erase(step.object);
    }
    if (values.empty()) pattern_.erase(step.object);
  }

  Pattern& pattern_;
  std::map<std::string, Values::iterator> places_;
};

/// How far a face is from what was asked for, what counts most first.
using Distance = std::array<double, 10>;

double between(double asked, const FontRange& range) {
  return asked < range.low ? range.low - asked : asked > range.high ? asked - range.high : 0;
}

/// Of several values the best, each later one a little worse (FcCompareValueList).
template <class Compare>
double nearest(const Pattern& pattern, const std::string& object, const Compare& compare) {
  const auto at = pattern.find(object);
  if (at == pattern.end()) return 0;
  double best = never, index = 0;
  for (const FontValue& value : at->second) {
    const double each = compare(value) * 1000 + index;
    best = std::min(best, each);
    index += 100;
    if (best < 1000) break;
  }
  return best;
}

struct FamilyPlaces {
  double strong = never, weak = never;
};

Distance distance(const Pattern& pattern, const std::map<std::string, FamilyPlaces>& families, const FontFace& face) {
  FamilyPlaces best;
  for (const std::string& family : face.families) {
    const auto at = families.find(plain(family, true));
    if (at == families.end()) continue;
    best.strong = std::min(best.strong, at->second.strong);
    best.weak = std::min(best.weak, at->second.weak);
  }
  const auto number = [](const FontValue& value, double of_face) { return std::abs(value.number - of_face); };
  const bool has_size = face.size.low != 0 || face.size.high != 0;
  return {
      best.strong,
      nearest(pattern, "lang",
              [&](const FontValue& value) { return value.text.starts_with("en") && face.writes_english ? 0.0 : 2.0; }),
      best.weak,
      nearest(pattern, "symbol", [&](const FontValue& value) { return number(value, face.is_symbol ? 1 : 0); }),
      has_size ? nearest(pattern, "size", [&](const FontValue& value) { return between(value.number, face.size); }) : 0,
      nearest(pattern, "slant", [&](const FontValue& value) { return number(value, face.slant); }),
      nearest(pattern, "weight", [&](const FontValue& value) { return between(value.number, face.weight); }),
      nearest(pattern, "width", [&](const FontValue& value) { return between(value.number, face.width); }),
      nearest(pattern, "decorative", [&](const FontValue& value) { return number(value, face.is_decorative ? 1 : 0); }),
      -face.version,  // the latest of all that were ever made is asked for
  };
}

FontValue numbered(double number) { return {true, number, {}, FontBinding::strong}; }

/// What was asked for, as the rules leave it.
Pattern substituted(const FontWish& wish, const FontSettings& settings) {
  Pattern pattern;
  pattern["family"].push_back({false, 0, wish.family, FontBinding::strong});
  if (wish.is_bold) pattern["weight"].push_back(numbered(200));
  if (wish.is_slanted) pattern["slant"].push_back(numbered(100));
  pattern["lang"].push_back({false, 0, "en", FontBinding::weak});
  for (const FontRule& rule : settings.rules) Substitution(pattern).apply(rule);
  // FcDefaultSubstitute
  constexpr std::pair<const char*, double> defaults[] = {{"weight", 80}, {"slant", 0}, {"width", 100},
                                                         {"symbol", 0},  {"size", 12}, {"decorative", 0}};
  for (const auto& [object, number] : defaults) {
    if (!pattern.contains(object)) pattern[object].push_back(numbered(number));
  }
  return pattern;
}

bool matches_any(const std::vector<std::string>& globs, const std::string& path) {
  return std::any_of(globs.begin(), globs.end(),
                     [&](const std::string& glob) { return fnmatch(glob.c_str(), path.c_str(), 0) == 0; });
}

}  // namespace

FontMatcher::FontMatcher(machine::Root& root) : settings_(read_font_settings(root)) { read_folders(root); }

void FontMatcher::read_folders(machine::Root& root) {
  std::vector<std::string> queue = settings_.folders;
  std::set<std::string> seen(queue.begin(), queue.end());
  std::vector<std::pair<std::string, std::string>> files;  // by their paths, and where they are
  for (size_t next = 0; next < queue.size() && files.size() < most_fonts; ++next) {
    std::string folder = queue[next];  // the queue grows below
    std::vector<std::string> names = root.list(folder);
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) {
      const std::string path = folder + "/" + name;
      if (name.starts_with('.')) continue;
      const machine::Kind kind = root.kind(path);
      const bool is_out = matches_any(settings_.rejected, path) && !matches_any(settings_.accepted, path);
      if (is_out || kind == machine::Kind::absent) continue;
      if (kind == machine::Kind::folder) {
        // A folder that a link leads back to is looked at once.
        if (seen.insert(root.real(path).value_or(path)).second && seen.size() < most_fonts) queue.push_back(path);
        continue;
      }
      if (const std::optional<std::string> real = root.real(path)) files.emplace_back(path, root.at(*real));
    }
  }
  std::vector<std::vector<FontFace>> faces(files.size());
  parallel_for(files.size(), default_jobs(), [&](size_t i) {
    try {
      const std::shared_ptr<const OpenFile> file = root.open_source(files[i].second);
      faces[i] = read_font_faces(Source(*file), files[i].first);
    } catch (const Error& error) {
      if (error.kind() == Exit::machine) throw;  // what cannot be read is no font here
    }
  });
  for (std::vector<FontFace>& each : faces) std::move(each.begin(), each.end(), std::back_inserter(faces_));
}

const FontFace* FontMatcher::match(const FontWish& wish) const {
  const auto [at, is_new] = answers_.try_emplace(wish);
  if (is_new) at->second = find(wish);
  return at->second;
}

const FontFace* FontMatcher::find(const FontWish& wish) const {
  const Pattern pattern = substituted(wish, settings_);
  std::map<std::string, FamilyPlaces> families;
  if (const auto at = pattern.find("family"); at != pattern.end()) {
    double index = 0;
    for (const FontValue& value : at->second) {
      FamilyPlaces& places = families[plain(value.text, true)];
      double& place = value.binding == FontBinding::weak ? places.weak : places.strong;
      place = std::min(place, index++);
    }
  }
  const FontFace* best = nullptr;
  Distance least{};
  for (const FontFace& face : faces_) {
    const Distance each = distance(pattern, families, face);
    if (best != nullptr && !(each < least)) continue;
    best = &face;
    least = each;
  }
  return best;
}

}  // namespace bundle::discover
