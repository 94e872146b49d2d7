// Passwords in settings: `password = x` in all the ways that settings are written in.
//
// INI, properties, shell, YAML, TOML, JSON, XML elements and attributes, pairs of a name and a value (Kubernetes,
// plist, web.config), .netrc's and redis' words, addresses with a password (RFC 3986, userinfo), and the hashes of
// htpasswd and shadow. A key counts by its last word, a value when it does not say itself that it is none. A file with
// a translation of the word "password" has none, so the files of translations are passed over.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "discover/secret.h"
#include "knowledge/secret_names.h"
#include "knowledge/secret_texts.h"

namespace bundle::discover {

namespace {

namespace texts = knowledge::secret_texts;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_in_key(char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.'; }
bool is_blank(char c) { return c == ' ' || c == '\t'; }

bool is_any_of(std::string_view word, const auto& all) { return std::find(all.begin(), all.end(), word) != all.end(); }

/// What a key says about its value: nothing, a password, or something that is secret if it is a mixture of letters and
/// digits (there are tokens of grammars and keys of tables).
enum class Weight { none, password, mixed };

Weight weight_of(std::string_view key) {
  std::string plain;
  for (const char c : lower_case(key)) {
    if (c != '_' && c != '-' && c != '.') plain += c;
  }
  const auto ends = [&](const auto& words) {
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return plain.ends_with(word); });
  };
  if (ends(texts::passwords)) return Weight::password;
  if (ends(texts::other_secrets) || plain == "auth") return Weight::mixed;
  // "pass" ends other words, too: only as a word of its own.
  const std::string lower = lower_case(key);
  const size_t at = lower.size() < 4 ? 0 : lower.size() - 4;
  const bool is_own = lower.ends_with("pass") && (at == 0 || !is_letter(lower[at - 1]) ||
                                                  (key[at] == 'P' && !(key[at - 1] >= 'A' && key[at - 1] <= 'Z')));
  return is_own ? Weight::password : Weight::none;
}

bool is_secret(std::string_view key, std::string_view value) {
  const Weight weight = weight_of(key);
  if (weight == Weight::none || is_placeholder(value)) return false;
  const bool is_path = value.starts_with('/') || value.starts_with("./") || value.starts_with("~/");
  if (weight == Weight::mixed) {
    const std::string lower = lower_case(key);
    // Where a list goes on is no secret.
    for (const char* place : texts::tokens_of_lists) {
      if (lower.ends_with(place)) return false;
    }
    const bool is_told = lower.ends_with("secret") || lower.ends_with("psk");
    return !is_path && (is_told ? value.size() >= 4 : is_mixed(value, 8) && value.find("://") == value.npos);
  }
  if (value.size() < 3 || (is_path && lower_case(key).ends_with("pwd"))) return false;
  if (key == "PASS") return is_mixed(value, 5);  // "PASS: test of x"
  // A count of passes, a length, a switch.
  return value.size() > 3 || !std::all_of(value.begin(), value.end(), is_digit);
}

/// The value that begins at `rest`: quoted, or one word up to what ends one in any of these languages. Nothing when
/// more words follow, as they do in prose.
std::optional<std::string_view> value_at(std::string_view rest) {
  size_t at = 0;
  while (at < rest.size() && is_blank(rest[at])) ++at;
  rest.remove_prefix(at);
  if (rest.empty()) return std::nullopt;
  const char quote = rest[0];
  if (quote == '"' || quote == '\'') {
    const size_t end = rest.find_first_of(quote == '"' ? "\"\n" : "'\n", 1);
    return end == rest.npos ? std::nullopt : std::optional(rest.substr(1, end - 1));
  }
  // YAML's blocks: the next line.
  if ((quote == '|' || quote == '>') && rest.find('\n') <= 3) {
    rest.remove_prefix(rest.find('\n'));
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size()));
    return rest.substr(0, std::min(rest.find_first_of(" \t\r\n"), rest.size()));
  }
  const size_t end = std::min(rest.find_first_of(" \t\r\n,;<\"'`"), rest.size());
  const std::string_view value = rest.substr(0, end);
  rest.remove_prefix(end);
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r"), rest.size()));
  const bool is_last = rest.empty() || std::string_view("\n,;<\"'`#}])/\\").find(rest[0]) != rest.npos;
  if (!is_last) {
    // name=value pairs in a row, as of a connection
    const std::string_view next = rest.substr(0, std::min(rest.find_first_of(" \t\r\n"), rest.size()));
    if (next.find('=') == next.npos) return std::nullopt;
  }
  return value;
}

/// The key that ends right before `at`, quotes and blanks between them aside.
std::string_view key_before(std::string_view text, size_t at) {
  size_t end = at;
  while (end > 0 && is_blank(text[end - 1])) --end;
  if (end > 0 && text[end - 1] == ']') --end;
  if (end > 0 && (text[end - 1] == '"' || text[end - 1] == '\'')) --end;
  size_t start = end;
  while (start > 0 && end - start < 100 && is_in_key(text[start - 1])) --start;
  return text.substr(start, end - start);
}

/// The name of the element whose tag ends at `at`, a '>'; empty for what is none.
std::string_view element_before(std::string_view text, size_t at) {
  const size_t open = text.substr(0, at).rfind('<');
  if (open == text.npos || at - open > 200 || text[at - 1] == '/') return {};
  std::string_view tag = text.substr(open + 1, at - open - 1);
  return tag.substr(0, std::min(tag.find_first_of(" \t\r\n"), tag.size()));
}

/// What stands for a name given as a value: <add key="password" value="x"/>, name: PASSWORD / value: x,
/// <key>password</key><string>x</string>. `rest` begins behind the name.
std::optional<std::string_view> value_of_named(std::string_view rest) {
  if (rest.starts_with('"') || rest.starts_with('\'')) rest.remove_prefix(1);
  rest = rest.substr(0, std::min<size_t>(rest.size(), 300));
  for (const std::string_view plist : {"</key>", "</name>"}) {
    if (!rest.starts_with(plist)) continue;
    rest.remove_prefix(plist.size());
    const size_t open = rest.find('>');
    return open == rest.npos || open > 40 ? std::nullopt : value_at(rest.substr(open + 1));
  }
  if (rest.starts_with('>')) return value_at(rest.substr(1));
  const size_t at = lower_case(rest).find("value");
  if (at == rest.npos || at > 60 || rest.substr(0, at).find_first_of(">}") != rest.npos) return std::nullopt;
  rest.remove_prefix(at + 5);
  if (rest.starts_with('"')) rest.remove_prefix(1);
  while (!rest.empty() && is_blank(rest[0])) rest.remove_prefix(1);
  if (!rest.starts_with('=') && !rest.starts_with(':')) return std::nullopt;
  return value_at(rest.substr(1));
}

/// Whether the line that `at` lies on is a comment: there a sample stands.
bool is_in_comment(std::string_view text, size_t at) {
  size_t start = text.rfind('\n', at);
  start = start == text.npos ? 0 : start + 1;
  while (start < at && is_blank(text[start])) ++start;
  return text[start] == '#' || text[start] == ';' || text.substr(start, 2) == "//";
}

/// `must_be_literal`: of a source, where only a quoted mixture of letters and digits is one.
/// `has_commands`: its command lines are run, and no example.
std::optional<std::string> in_pairs(std::string_view text, bool must_be_literal, bool has_commands) {
  for (size_t at = text.find_first_of("=:>"); at != text.npos; at = text.find_first_of("=:>", at + 1)) {
    std::string_view key = text[at] == '>' ? element_before(text, at) : key_before(text, at);
    if (key.empty()) continue;
    size_t begin = at + 1;
    if (text.substr(begin).starts_with('=') || text.substr(begin).starts_with(':')) continue;  // a comparison, a scope
    if (text[at] == '=' && text.substr(begin).starts_with('>')) ++begin;                       // Ruby's and PHP's
    const std::optional<std::string_view> value = value_at(text.substr(begin));
    // "//registry:_authToken=" is no comment, "--password=x" an example of a command line or its synopsis.
    const bool is_told = value && is_secret(key, *value) && !(key.starts_with("--") && !has_commands) &&
                         (!is_in_comment(text, at) || text.substr(0, at).ends_with("_authToken"));
    const bool is_quoted =
        value && value->data() > text.data() && (value->data()[-1] == '"' || value->data()[-1] == '\'');
    if (is_told && (!must_be_literal || (is_quoted && is_mixed(*value, 6) && weight_of(key) == Weight::password)))
      return fmt::format("has a value for {}", printable(key, 100));
    if (must_be_literal) continue;
    const std::string lower = lower_case(key);
    if (lower == "authorization" || lower == "extraheader") {
      const std::string line = lower_case(text.substr(begin, std::min(text.find('\n', begin), text.size()) - begin));
      for (const std::string_view scheme : texts::schemes) {
        const size_t found = line.find(scheme);
        if (found == line.npos) continue;
        const std::string_view rest = text.substr(begin + found + scheme.size());
        const std::string_view token = rest.substr(0, std::min(rest.find_first_of(" \t\r\n\"'"), rest.size()));
        if (token.size() >= 8 && !is_placeholder(token)) return "has a value for authorization";
      }
    }
    if (value && (lower == "name" || lower == "key") && weight_of(*value) != Weight::none) {
      const size_t behind = static_cast<size_t>(value->data() - text.data()) + value->size();
      const std::optional<std::string_view> named = value_of_named(text.substr(behind));
      if (named && is_secret(*value, *named)) return fmt::format("has a value for {}", printable(*value, 100));
    }
  }
  return std::nullopt;
}

/// scheme://user:password@host
bool has_password_in_address(std::string_view text) {
  for (size_t at = text.find("://"); at != text.npos; at = text.find("://", at + 3)) {
    std::string_view authority = text.substr(at + 3);
    authority = authority.substr(0, std::min(authority.find_first_of("/ \t\r\n\"'<>`?#)"), authority.size()));
    const size_t host = authority.rfind('@');
    if (host == authority.npos) continue;
    const std::string_view user = authority.substr(0, host);
    const size_t colon = user.find(':');
    if (colon == user.npos ? is_mixed(user, 20) : !is_placeholder(user.substr(colon + 1))) return true;
  }
  return false;
}

/// "machine H login L password P", "requirepass P", "password P" and nothing behind.
bool has_password_in_words(std::string_view text, bool by_line) {
  const bool is_netrc = text.starts_with("machine ") || text.find("\nmachine ") != text.npos;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::vector<std::string> words = split(text.substr(begin, end - begin), " \t\r");
    std::erase(words, "");
    begin = end + 1;
    if (is_netrc) {
      for (size_t i = 0; i + 1 < words.size(); ++i) {
        if (words[i] == "password" && !is_placeholder(words[i + 1])) return true;
      }
    }
    if (words.size() != 2 || !by_line || weight_of(words[0]) != Weight::password) continue;
    if (words[0].find_first_of("=:<\"'") == std::string::npos && is_secret(words[0], words[1]) &&
        words[1].find_first_of("=:<{[(") == std::string::npos)
      return true;
  }
  return false;
}

/// user:$6$…, as in shadow(5) and htpasswd.
bool has_password_hash(std::string_view text) {
  for (const std::string_view mark : texts::hash_marks) {
    for (size_t at = text.find(mark); at != text.npos; at = text.find(mark, at + 1)) {
      size_t start = at;
      while (start > 0 && is_in_key(text[start - 1])) --start;
      if (start < at && (start == 0 || text[start - 1] == '\n')) return true;
    }
  }
  return false;
}

bool is_of_translations(std::string_view path) {
  const std::vector<std::string> parts = split(path, "/");
  for (size_t i = 0; i + 1 < parts.size(); ++i) {
    if (is_any_of(std::string_view(parts[i]), texts::translations)) return true;
  }
  const std::string& name = parts.back();
  const std::string_view stem = std::string_view(name).substr(0, name.find('.'));
  if (is_any_of(stem, texts::translations) || name.starts_with("messages") || name.starts_with("strings")) return true;
  // de.json, pt-BR.yml, labels_de.properties; not db.json
  const bool may_be = std::any_of(texts::translation_endings.begin(), texts::translation_endings.end(),
                                  [&](std::string_view end) { return name.ends_with(end); });
  const size_t mark = stem.find_last_of("_-");
  const std::string_view last = mark == stem.npos ? stem : stem.substr(mark + 1);
  const bool has_language = is_any_of(stem.substr(0, 2), texts::languages) && (stem.size() == 2 || mark == 2);
  return may_be && (has_language || (name.ends_with(".properties") && is_any_of(last, texts::languages)));
}

}  // namespace

bool is_settings(std::string_view path) {
  const std::string lower = lower_case(path);
  std::string_view name = without_copy_marks(base_name(lower));
  if (name == "nsswitch.conf" || name.find("schema") != name.npos || is_of_translations(lower)) return false;
  for (const std::string_view sample : knowledge::secret_names::samples) {
    if (name.ends_with(sample)) name.remove_suffix(sample.size());
  }
  const size_t dot = name.rfind('.');
  if (dot == name.npos || dot == 0) return true;  // "config", ".gitconfig"
  return is_any_of(name.substr(dot + 1), texts::settings_endings) || name.starts_with(".env") || name.ends_with("rc");
}

bool is_source_of_settings(std::string_view path) {
  const std::string lower = lower_case(base_name(path));
  const size_t dot = lower.rfind('.');
  if (dot == lower.npos || !is_any_of(std::string_view(lower).substr(0, dot), texts::settings_sources)) return false;
  const std::string_view ending = std::string_view(lower).substr(dot + 1);
  return is_any_of(ending, texts::settings_source_endings);
}

bool is_placeholder(std::string_view value) {
  const std::string lower = lower_case(value);
  if (lower.empty() || is_any_of(std::string_view(lower), texts::no_values)) return true;
  if (std::string_view("<{[").find(lower[0]) != std::string_view::npos) return true;
  // $NAME, ${NAME}, $(command), %NAME%, %(name)s, @NAME@
  const bool is_name = std::all_of(lower.begin() + 1, lower.end(), [](char c) { return is_in_key(c); });
  if (lower[0] == '$' && (is_name || lower.find_first_of("({") == 1)) return true;
  if (lower.size() > 1 && (lower[0] == '%' || lower[0] == '@') && (lower.back() == lower[0] || lower[1] == '('))
    return true;
  const auto begins = [&](std::string_view text) { return lower.starts_with(text); };
  const auto holds = [&](std::string_view text) { return lower.find(text) != std::string::npos; };
  const auto& beginnings = texts::no_value_beginnings;
  const auto& parts = texts::no_value_parts;
  if (std::any_of(beginnings.begin(), beginnings.end(), begins) || std::any_of(parts.begin(), parts.end(), holds))
    return true;
  return std::string_view("x*.-_0#?").find(lower[0]) != std::string_view::npos &&
         lower.find_first_not_of(lower[0]) == std::string::npos;
}

bool is_mixed(std::string_view value, size_t least) {
  return value.size() >= least && std::any_of(value.begin(), value.end(), is_digit) &&
         std::any_of(value.begin(), value.end(), is_letter) && value.find_first_of(" \t\n") == value.npos;
}

std::optional<std::string> secret_in_settings(std::string_view text, std::string_view path) {
  const bool is_program = is_source_of_settings(path);
  const std::string_view shown = base_name(path);
  const bool has_commands = shown.ends_with(".sh") || shown.ends_with(".service") || shown.ends_with(".conf");
  if (std::optional<std::string> why = in_pairs(text, is_program, has_commands)) return why;
  if (is_program) return std::nullopt;
  if (text.find("\"auths\"") != text.npos && text.find("\"auth\"") != text.npos) return "holds logins of registries";
  // A signed JSON Web Token: two parts of JSON, and the signature.
  for (size_t at = text.find("eyJ"); at != text.npos; at = text.find("eyJ", at + 3)) {
    const std::string_view token = text.substr(at, std::min(text.find_first_of(" \t\r\n\"'<,;", at), text.size()) - at);
    const size_t second = token.find(".eyJ");
    if (second != token.npos && second > 12 && token.find('.', second + 12) != token.npos)
      return "holds a signed token";
  }
  const size_t identified = lower_case(text).find("identified by '");
  if (identified != text.npos) {
    const std::string_view rest = text.substr(identified + 15);
    if (!is_placeholder(rest.substr(0, rest.find('\'')))) return "holds a password";
  }
  const std::string name = lower_case(without_copy_marks(base_name(path)));
  const bool by_line =
      name.ends_with(".conf") || name.ends_with(".cfg") || name.ends_with(".cnf") || name.ends_with("rc");
  if (has_password_in_words(text, by_line)) return "holds a password";
  if (has_password_in_address(text)) return "has a password in an address";
  if (has_password_hash(text)) return "holds hashes of passwords";
  return std::nullopt;
}

}  // namespace bundle::discover
