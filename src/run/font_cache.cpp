// See font_cache.h. fonts-conf(5): <cachedir>, of which the first that can be written to is used.
#include "run/font_cache.h"

#include "base/file.h"
#include "plan/target.h"

namespace bundle::run {

bool is_font_settings(const Plan& plan, const Item& item) {
  return item.kind == Kind::data && item.path == plan.home + "/root/etc/fonts/fonts.conf";
}

std::string with_font_cache(std::string_view settings, const Plan& plan) {
  const size_t end = settings.rfind("</fontconfig>");
  if (end == std::string_view::npos) return std::string(settings);
  std::string out(settings.substr(0, end));
  out += "<!-- added by bundle: places for the cache where none of the above can be written to -->\n";
  // With --prefix it may be for a place that we know nothing of.
  const bool has_own_tmp =
      plan.target->own_tmp && plan.prefix == normal_path(std::string(plan.target->prefix) + "/" + plan.folder);
  if (has_own_tmp) out += "\t<cachedir>/tmp/fontconfig-cache</cachedir>\n";
  out += "\t<cachedir>/dev/null</cachedir>\n";
  out += settings.substr(end);
  return out;
}

}  // namespace bundle::run
