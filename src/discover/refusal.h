// What never goes into a bundle unasked: machine settings, homes, run-time state, secrets.
//
// Three looks, each by itself: where a path lies (its text), what it is called (its text), what the file is
// (its mode, its first bytes). Callers judge both the path that was named and the path that its symlinks lead
// to. Rule of the design: whatever names it, a trace included. Only a file that the user names in full is
// exempt.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bundle::discover {

/// "lies in /etc", when it lies in /etc, /home, /root, /var, /proc, /sys, /dev, /run or /tmp.
std::optional<std::string> refusal_by_place(std::string_view path);

/// "is a credentials file by its name (.netrc)": for keys and credentials, anywhere in the path.
std::optional<std::string> refusal_by_name(std::string_view path);

/// "is not readable for everyone (mode 0640)", "holds a private key". `path` has its symlinks resolved; a
/// file that is not there or not regular is refused too. The modes of folders above `tree` do not count. Looks into
/// files named like keys only.
std::optional<std::string> refusal_by_content(const std::string& path, const std::string& tree = "/");

/// The first of the three that applies to a path without symlinks.
std::optional<std::string> refusal(const std::string& real_path);

}  // namespace bundle::discover
