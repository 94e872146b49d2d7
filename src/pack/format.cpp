// See format.h. The rows.
#include "pack/format.h"

#include <algorithm>

#include "pack/format_rows.h"

namespace bundle::pack {

bool Format::has_ending(std::string_view path) const {
  return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) {
    return !ending.empty() && base_name(path).ends_with(ending);
  });
}

const std::vector<const Format*>& formats() {
  static const std::vector<const Format*> all = {&zip_format, &tar_format, &tar_gz_format, &tar_zst_format,
                                                 &sh_format,  &oci_format, &folder_format};
  return all;
}

const Format* find_format(std::string_view name) {
  const auto found =
      std::find_if(formats().begin(), formats().end(), [&](const Format* format) { return format->name == name; });
  return found == formats().end() ? nullptr : *found;
}

const Format* format_of(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const auto found =
      std::find_if(formats().begin(), formats().end(), [&](const Format* format) { return format->has_ending(path); });
  return found == formats().end() ? nullptr : *found;
}

}  // namespace bundle::pack
