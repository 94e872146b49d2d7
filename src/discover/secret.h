// What refusal's looks at names and contents share. Internal to discover.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bundle::discover {

std::string lower_case(std::string_view text);  // of ASCII

/// "id_rsa.bak", "settings.ini~" -> what it is a copy of.
std::string_view without_copy_marks(std::string_view name);

/// Whether a file of that path is written to be read as settings: what stands there as `password = x` is meant so. In
/// sources, markup, documents and translations it says nothing.
bool is_settings(std::string_view path);

/// "config.php", "settings.py": a program's source that is its settings.
bool is_source_of_settings(std::string_view path);

/// "has a value for db_password", "names a password in an address": of the text of a settings file.
std::optional<std::string> secret_in_settings(std::string_view text, std::string_view path);

/// Whether a value says itself that it is none: empty, "changeme", "${DB_PASSWORD}", "<your key>", "xxxx".
bool is_placeholder(std::string_view value);

/// Letters and digits mixed, without white space, at least `least` of them: no word and no number.
bool is_mixed(std::string_view value, size_t least);

}  // namespace bundle::discover
