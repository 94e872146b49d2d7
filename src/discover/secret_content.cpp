// Keys and tokens by their shape, whatever the file is called.
//
// Private keys: PEM (RFC 7468, RFC 1421) and its relatives of OpenSSH, SSH2, OpenPGP and OpenVPN, with a first line of
// key behind the header, so that a program which only names the header holds none; PuTTY, age; DER of PKCS#1, PKCS#8
// and SEC 1; key stores of Java (the entries are walked: a store of certificates alone holds no secret) and PKCS#12
// (RFC 7292: a bag of a key). Tokens: those with a prefix that their issuers gave them to be found by.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "discover/refusal.h"
#include "discover/secret.h"
#include "knowledge/secret_texts.h"

namespace bundle::discover {

namespace {

namespace texts = knowledge::secret_texts;
using texts::Letters;
using texts::Token;

constexpr size_t first_look = 4096;
constexpr size_t most_text = 1 << 20;
constexpr size_t most_settings = 64 << 10;

bool is_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool is_word(char c) { return is_alnum(c) || c == '_'; }

bool is_source(std::string_view path) {
  return std::any_of(texts::source_endings.begin(), texts::source_endings.end(),
                     [&](std::string_view end) { return path.ends_with(end); });
}

std::string_view beginning_of(Bytes content, size_t most) { return content.text().substr(0, most); }

/// Whether a key follows the end of a "BEGIN … PRIVATE KEY" line. `rest` begins behind the last dash.
bool has_key_body(std::string_view rest) {
  bool broken = false, quoted = false;
  size_t at = 0;
  for (; at < std::min<size_t>(rest.size(), 80); ++at) {
    const char c = rest[at];
    if (c == '\n') {
      broken = true;
    } else if (c == '\\' && at + 1 < rest.size() && (rest[at + 1] == 'n' || rest[at + 1] == 'r')) {
      ++at;
      broken = true;
    } else if (c == '"' || c == '\'' || c == '+' || c == ',' || c == '\\' || c == '.') {
      quoted = true;  // of a source: the key goes on in the next string
    } else if (c != ' ' && c != '\t' && c != '\r') {
      break;
    }
  }
  rest.remove_prefix(std::min(at, rest.size()));
  for (const char* header : texts::key_headers) {
    if (broken && rest.starts_with(header)) return true;
  }
  const auto is_body = [](char c) { return is_alnum(c) || c == '+' || c == '/' || c == '='; };
  const size_t run = static_cast<size_t>(std::find_if_not(rest.begin(), rest.end(), is_body) - rest.begin());
  const bool ends = run == rest.size() || std::string_view("\r\n\\\"'").find(rest[run]) != std::string_view::npos;
  return run >= 40 || (broken && ends && run >= (quoted ? 16 : 3));
}

bool holds_private_key(std::string_view text) {
  for (const char* start : texts::key_file_beginnings) {
    if (text.starts_with(start)) return true;
  }
  for (const std::string_view mark : {"PRIVATE KEY", "Static key V1"}) {
    for (size_t at = text.find(mark); at != text.npos; at = text.find(mark, at + 1)) {
      const std::string_view before = text.substr(at < 40 ? 0 : at - 40, std::min<size_t>(at, 40));
      const size_t begin = before.rfind("BEGIN ");
      if (begin == before.npos || before.find('\n', begin) != before.npos ||
          before.substr(0, begin).find("----") == before.npos)
        continue;
      std::string_view rest = text.substr(at + mark.size());
      if (rest.starts_with(" BLOCK")) rest.remove_prefix(6);
      if (rest.starts_with(" ")) rest.remove_prefix(1);
      if (!rest.starts_with("----")) continue;
      rest.remove_prefix(std::min(rest.find_first_not_of('-'), rest.size()));
      if (has_key_body(rest)) return true;
    }
  }
  // JSON: what Google's tools write for a program to log in with, and a JSON Web Key with its private part (RFC 7517).
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos || (text[first] != '{' && text[first] != '[') || text.size() > 4 * first_look) return false;
  const auto has = [&](std::string_view part) { return text.find(part) != text.npos; };
  if (has("\"type\"") && (has("\"service_account\"") || has("\"authorized_user\""))) return true;
  return has("\"kty\"") && has("\"d\"") && (has("\"n\"") || has("\"x\""));
}

size_t run_of(std::string_view text, Letters letters) {
  const auto is_in = [letters](char c) {
    switch (letters) {
      case Letters::upper:
        return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      case Letters::alnum:
        return is_alnum(c);
      case Letters::word:
        return is_word(c) || c == '-';
      case Letters::hex:
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
      case Letters::wide:
        return is_word(c) || std::string_view("-./+=").find(c) != std::string_view::npos;
    }
    return false;
  };
  return static_cast<size_t>(std::find_if_not(text.begin(), text.end(), is_in) - text.begin());
}

/// A token of `text` whose issuer is known, in words; null when there is none.
const char* token_in(std::string_view text, bool is_source) {
  static const std::array<std::vector<const Token*>, 256> by_first_letter = [] {
    std::array<std::vector<const Token*>, 256> table;
    for (const Token& token : texts::tokens) table[static_cast<unsigned char>(token.prefix[0])].push_back(&token);
    return table;
  }();
  for (size_t at = 0; at < text.size(); ++at) {
    const std::vector<const Token*>& candidates = by_first_letter[static_cast<unsigned char>(text[at])];
    if (candidates.empty() || (at > 0 && is_word(text[at - 1]))) continue;
    const std::string_view here = text.substr(at);
    for (const Token* const candidate : candidates) {
      const Token& token = *candidate;
      if (!here.starts_with(token.prefix)) continue;
      const std::string_view rest = here.substr(token.prefix.size());
      const size_t run = run_of(rest, token.letters);
      if (run < token.least || (token.exact && (run != token.least || (run < rest.size() && is_word(rest[run])))))
        continue;
      // A browser's key is meant to be seen, and AWS's documents have keys that say what they are.
      const bool is_known_sample =
          rest.substr(0, run).ends_with("EXAMPLE") && (is_source || text.size() > 4 * first_look);
      if ((is_source && token.prefix == "AIza") || is_known_sample) continue;
      if (!is_placeholder(rest.substr(0, run))) return token.what;
    }
  }
  return nullptr;
}

/// A big-endian number of `size` bytes; nothing behind the end.
std::optional<uint64_t> number_at(std::string_view data, size_t at, size_t size) {
  if (at > data.size() || size > data.size() - at) return std::nullopt;
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i) value = value << 8 | static_cast<unsigned char>(data[at + i]);
  return value;
}

/// sun.security.provider.JavaKeyStore: entries of tag 1 are keys, of tag 2 certificates, 3 (JCEKS) secret keys.
bool has_key_entry(std::string_view store) {
  const uint64_t version = number_at(store, 4, 4).value_or(0), count = number_at(store, 8, 4).value_or(0);
  size_t at = 12;
  for (uint64_t i = 0; i < count; ++i) {
    const std::optional<uint64_t> tag = number_at(store, at, 4), alias = number_at(store, at + 4, 2);
    if (!tag || !alias) return false;  // cut short
    if (*tag != 2) return true;
    at += 4 + 2 + *alias + 8;
    if (version == 2) at += 2 + number_at(store, at, 2).value_or(0);
    at += 4 + number_at(store, at, 4).value_or(0);
  }
  return false;
}

std::optional<std::string> secret_in_binary(Bytes content, std::string_view head) {
  const auto begins = [&](std::string_view magic) { return head.starts_with(magic); };
  using namespace std::string_view_literals;
  if (begins("\xfe\xed\xfe\xed"sv) || begins("\xce\xce\xce\xce"sv)) {
    if (has_key_entry(beginning_of(content, most_text))) return "is a key store with a private key";
    return std::nullopt;
  }
  if (begins("\x03\xd9\xa2\x9a"sv)) return "is a store of passwords (KeePass)";
  if (begins("GnomeKeyring\n\r\0\n"sv)) return "is a store of passwords (GNOME keyring)";
  if (begins("openssh-key-v1\0"sv)) return "holds a private key";
  // DER: one SEQUENCE that is the whole file.
  if (head.size() < 32 || head[0] != '\x30') return std::nullopt;
  const auto length_byte = static_cast<unsigned char>(head[1]);
  const size_t length_size = length_byte < 0x80 ? 0 : length_byte & 0x7fU;
  if (length_size > 3) return std::nullopt;
  const std::string_view whole = beginning_of(content, most_text);
  const uint64_t length = length_size == 0 ? length_byte : number_at(whole, 2, length_size).value_or(0);
  if (length + 2 + length_size != whole.size()) return std::nullopt;
  const std::string_view body = whole.substr(2 + length_size);
  const std::string_view key_bag = "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01"sv;
  if (body.starts_with("\x02\x01\x03\x30"sv)) {  // PFX, version 3
    for (size_t at = body.find(key_bag); at != body.npos; at = body.find(key_bag, at + 1)) {
      const char bag = at + key_bag.size() < body.size() ? body[at + key_bag.size()] : '\0';
      if (bag == '\x01' || bag == '\x02') return "is a key store with a private key";
    }
    return std::nullopt;
  }
  const bool is_pkcs1 = body.starts_with("\x02\x01\x00\x02\x82"sv) || body.starts_with("\x02\x01\x00\x02\x81"sv);
  const bool is_pkcs8 = body.starts_with("\x02\x01\x00\x30"sv) || body.starts_with("\x02\x01\x01\x30"sv);
  const bool is_sec1 = body.starts_with("\x02\x01\x01\x04"sv);
  // EncryptedPrivateKeyInfo: an algorithm of PKCS#5 or of PKCS#12.
  const std::string_view start = body.substr(0, 16);
  const bool is_encrypted = start.find("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05"sv) != start.npos ||
                            start.find("\x06\x0a\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01"sv) != start.npos;
  if (is_pkcs1 || is_pkcs8 || is_sec1 || is_encrypted) return "holds a private key";
  return std::nullopt;
}

/// A short text that is called a key and is no public one is one: "server.key" of OpenSSL's rand -hex.
bool is_key_by_both(std::string_view path, std::string_view text) {
  const std::string name = lower_case(without_copy_marks(base_name(path)));
  const bool is_named = name.ends_with(".key") || name.ends_with("key.pem") || name.ends_with("key.der");
  const auto has = [&](std::string_view part) { return text.find(part) != text.npos; };
  return is_named && name.find("pub") == name.npos && text.size() < first_look && !has("PUBLIC KEY") &&
         !has("BEGIN CERTIFICATE") && text.find_first_not_of(" \t\r\n") != text.npos &&
         text.find_first_of("=<") == text.npos;
}

}  // namespace

std::optional<std::string> secret_in(const std::string& path, Bytes content) {
  std::string_view text = beginning_of(content, first_look);
  const bool is_binary = text.find('\0') != text.npos || text.starts_with('\x30') || text.starts_with("\xfe\xed") ||
                         text.starts_with("\xce\xce");
  if (is_binary) {
    if (std::optional<std::string> why = secret_in_binary(content, text)) return why;
    if (text.find('\0') != text.npos) return std::nullopt;
  }
  if (text.size() == first_look) text = beginning_of(content, most_text);
  if (holds_private_key(text)) return "holds a private key";
  if (const char* const what = token_in(text, is_source(path))) return fmt::format("holds what looks like {}", what);
  if (is_key_by_both(path, text)) return fmt::format("is a key by its name ({})", printable(base_name(path), 100));
  if (text.size() <= most_settings && (is_settings(path) || is_source_of_settings(path)))
    return secret_in_settings(text, path);
  return std::nullopt;
}

}  // namespace bundle::discover
