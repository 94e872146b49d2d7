// See generated.h.
#include "knowledge/generated.h"

#include <fnmatch.h>

#include <algorithm>
#include <string>

#include "base/file.h"

namespace bundle::knowledge {

bool is_generated(std::string_view path) {
  return std::any_of(generated.begin(), generated.end(), [&](const Generated& row) {
    constexpr std::string_view all_below = "/**", name = "{name}";
    if (row.path.ends_with(all_below)) return is_below(path, row.path.substr(0, row.path.size() - all_below.size()));
    std::string glob(row.path);
    if (const size_t at = glob.find(name); at != std::string::npos) glob.replace(at, name.size(), "*");
    return ::fnmatch(glob.c_str(), std::string(path).c_str(), FNM_PATHNAME) == 0;
  });
}

}  // namespace bundle::knowledge
