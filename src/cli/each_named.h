// What a command does for each of the files that its words name.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace bundle::cli {

/// Does `work` for each word. Of several one that fails is said at once and the rest go on; at the end an Error says
/// how many failed, of the first one's kind. A wrong usage ends it all, for it is the same for each.
void for_each_named(const std::vector<std::string>& words, const std::function<void(const std::string&)>& work);

}  // namespace bundle::cli
