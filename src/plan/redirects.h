// Which paths of the source machine the redirect library answers from the bundle: no more than are needed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plan/plan.h"

namespace bundle::plan {

/// `data` are absolute paths of files that lie in the bundle under root/, `others` the entries of programs and of files
/// and folders that are stored under another name.
/// A folder that belongs to what was bundled (/usr/share/rig) is answered as a whole, so that it can be listed; one
/// that every system has (/usr/share) only for the very files. Sorted by path.
std::vector<Redirect> make_redirects(const std::vector<std::string>& data, std::vector<Redirect> others);

/// Variables for what libc opens without a call that could be answered: its gconv modules, locales and time zones, when
/// they are among `data`. "KEY=@root@/…", as launch::RedirectSettings has them.
std::vector<std::string> redirect_environment(const std::vector<std::string>& data);

}  // namespace bundle::plan
