// What never goes into a bundle unasked: machine settings, homes, run-time state, secrets.
//
// Four looks, each by itself: where a path lies and what it is called (its text), who may read the file (its mode), and
// what is in it. Callers judge both the path that was named and the path that its symlinks lead to. Rule of the design:
// whatever names it, a trace included. Only a file that the user names in full is exempt, and from the names and the
// contents what is byte for byte as its package ships it: that is public.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "machine/root.h"

namespace bundle::discover {

/// "lies in /etc", when it lies in /etc, /usr/local/etc, /home, /root, /var, /proc, /sys, /dev, /run or /tmp.
std::optional<std::string> refusal_by_place(std::string_view path);

/// "is a file for keys or credentials by its name (.netrc)", anywhere in the path.
std::optional<std::string> refusal_by_name(std::string_view path);

/// "is not readable for everyone (mode 0640)", by its own mode or by that of a folder above, of those below `top`.
/// `path` has its symlinks resolved; a file that is not there or not regular is refused too.
std::optional<std::string> refusal_by_mode(machine::Root& root, const std::string& path, std::string_view top = "");

/// "holds a private key", "has a value for db_password": what a file holds, whatever it is called. What is never part
/// of the answer is the secret itself.
std::optional<std::string> secret_in(const std::string& path, Bytes content);

}  // namespace bundle::discover
