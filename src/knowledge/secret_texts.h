// The texts by which keys, tokens and passwords are known in files, whatever these are called, and those by which a
// value is known to be none. All but tokens and keys in lower case.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace bundle::knowledge::secret_texts {

/// Sources: an example of a key in one is none.
inline constexpr std::array<std::string_view, 22> source_endings = {
    ".py", ".js", ".mjs", ".cjs",  ".ts", ".jsx", ".tsx", ".rb", ".go", ".rs",  ".c",
    ".h",  ".cc", ".cpp", ".java", ".kt", ".cs",  ".php", ".pl", ".pm", ".lua", ".swift"};

/// The lines that may stand between the first line of a key in PEM's way and its body.
inline constexpr std::array<const char*, 5> key_headers = {
    "Proc-Type:", "DEK-Info:", "Version:", "Comment:", "Key-Type:"};

/// How files of keys begin that are no PEM.
inline constexpr std::array<const char*, 6> key_file_beginnings = {"PuTTY-User-Key-File-",
                                                                   "SSH PRIVATE KEY FILE FORMAT",
                                                                   "Private-key-format:",
                                                                   "$ANSIBLE_VAULT;",
                                                                   "untrusted comment: minisign encrypted secret key",
                                                                   "untrusted comment: signify secret key"};

/// What a token is made of.
enum class Letters { upper, alnum, word, hex, wide };  // wide: words, '.', '/', '+', '='

/// A token that its issuer gave a prefix to be found by.
struct Token {
  std::string_view prefix;
  Letters letters;
  size_t least;
  const char* what;
  bool exact = false;
};

inline constexpr std::array<Token, 48> tokens = {{
    {"AKIA", Letters::upper, 16, "an access key of AWS", true},
    {"ASIA", Letters::upper, 16, "an access key of AWS", true},
    {"AIza", Letters::word, 35, "a key of Google", true},
    {"ya29.", Letters::word, 20, "a token of Google"},
    {"ghp_", Letters::alnum, 30, "a token of GitHub"},
    {"gho_", Letters::alnum, 30, "a token of GitHub"},
    {"ghu_", Letters::alnum, 30, "a token of GitHub"},
    {"ghs_", Letters::alnum, 30, "a token of GitHub"},
    {"ghr_", Letters::alnum, 30, "a token of GitHub"},
    {"github_pat_", Letters::word, 30, "a token of GitHub"},
    {"glpat-", Letters::word, 20, "a token of GitLab"},
    {"gldt-", Letters::word, 20, "a token of GitLab"},
    {"glrt-", Letters::word, 20, "a token of GitLab"},
    {"glptt-", Letters::word, 20, "a token of GitLab"},
    {"xoxb-", Letters::word, 20, "a token of Slack"},
    {"xoxp-", Letters::word, 20, "a token of Slack"},
    {"xoxa-", Letters::word, 20, "a token of Slack"},
    {"xoxr-", Letters::word, 20, "a token of Slack"},
    {"xoxs-", Letters::word, 20, "a token of Slack"},
    {"xoxe-", Letters::word, 20, "a token of Slack"},
    {"xapp-", Letters::word, 20, "a token of Slack"},
    {"hooks.slack.com/services/", Letters::wide, 20, "an address of Slack's that lets anyone write"},
    {"npm_", Letters::alnum, 30, "a token of npm"},
    {"pypi-", Letters::word, 40, "a token of PyPI"},
    {"rubygems_", Letters::hex, 40, "a token of RubyGems"},
    {"sk_live_", Letters::alnum, 16, "a key of Stripe"},
    {"rk_live_", Letters::alnum, 16, "a key of Stripe"},
    {"sk_test_", Letters::alnum, 16, "a key of Stripe"},
    {"whsec_", Letters::wide, 24, "a key of Stripe"},
    {"SG.", Letters::wide, 40, "a key of SendGrid"},
    {"hvs.", Letters::word, 20, "a token of Vault"},
    {"hvb.", Letters::word, 20, "a token of Vault"},
    {"dop_v1_", Letters::hex, 40, "a token of DigitalOcean"},
    {"sk-ant-", Letters::word, 20, "a key of Anthropic"},
    {"sk-proj-", Letters::word, 20, "a key of OpenAI"},
    {"sk-", Letters::alnum, 40, "a key of OpenAI"},
    {"hf_", Letters::alnum, 30, "a token of Hugging Face"},
    {"dckr_pat_", Letters::word, 20, "a token of Docker"},
    {"AGE-SECRET-KEY-1", Letters::upper, 40, "a key of age"},
    {"shpat_", Letters::hex, 32, "a token of Shopify"},
    {"shpss_", Letters::hex, 32, "a token of Shopify"},
    {"xkeysib-", Letters::word, 40, "a key of Brevo"},
    {"dapi", Letters::hex, 32, "a token of Databricks", true},
    {"NRAK-", Letters::upper, 27, "a key of New Relic", true},
    {"PMAK-", Letters::word, 40, "a key of Postman"},
    {"lin_api_", Letters::alnum, 32, "a key of Linear"},
    {"AccountKey=", Letters::wide, 40, "a key of Azure"},
    {"SharedAccessKey=", Letters::wide, 40, "a key of Azure"},
}};

/// Last words of keys whose value is a password, less their punctuation.
inline constexpr std::array<std::string_view, 14> passwords = {
    "password", "passwd",   "passphrase", "pwd",         "bindpw",     "rootpw",       "userpw",
    "dbpass",   "userpass", "smtppass",   "requirepass", "masterauth", "clientsecret", "secretkeybase"};

/// The same of keys whose value is secret if it is a mixture of letters and digits.
inline constexpr std::array<std::string_view, 21> other_secrets = {
    "secret",        "secretkey",  "secretaccesskey", "apikey",    "apitoken",  "token",        "privatekey",
    "encryptionkey", "signingkey", "accountkey",      "sharedkey", "accesskey", "masterkey",    "storagekey",
    "clientkeydata", "appkey",     "authkey",         "deploykey", "psk",       "cookiesecret", "licensekey"};

/// Where a list goes on: no secret.
inline constexpr std::array<const char*, 8> tokens_of_lists = {"pagetoken",    "page_token",       "page-token",
                                                               "output_token", "input_token",      "nexttoken",
                                                               "next_token",   "continuationtoken"};

/// What stands ahead of the secret of an authorization.
inline constexpr std::array<std::string_view, 3> schemes = {"basic ", "bearer ", "token "};

/// How the hashes of shadow(5) and htpasswd begin behind the name.
inline constexpr std::array<std::string_view, 10> hash_marks = {":$1$", ":$2a$", ":$2b$",   ":$2y$",  ":$5$",
                                                                ":$6$", ":$y$",  ":$apr1$", ":{SHA}", ":{SSHA}"};

/// Folders, and beginnings of names, of translations.
inline constexpr std::array<std::string_view, 17> translations = {
    "locale",      "locales",      "_locales", "i18n", "l10n", "lang",         "langs",        "language", "languages",
    "translation", "translations", "messages", "nls",  "intl", "localization", "localisation", "strings"};

/// Languages, ISO 639-1.
inline constexpr std::array<std::string_view, 56> languages = {
    "de", "en", "fr", "es", "it", "pt", "nl", "ru", "pl", "cs", "sv", "da", "fi", "nb", "no", "nn", "hu", "tr", "ja",
    "zh", "ko", "ar", "he", "el", "uk", "ro", "bg", "hr", "sk", "sl", "lt", "lv", "et", "ca", "eu", "gl", "vi", "th",
    "id", "ms", "fa", "hi", "bn", "ta", "te", "sr", "is", "ga", "cy", "af", "sq", "hy", "ka", "kk", "mk", "us"};

/// What translations are written in.
inline constexpr std::array<std::string_view, 6> translation_endings = {".json",       ".yml", ".yaml",
                                                                        ".properties", ".ini", ".xml"};

/// Endings of files that are read as settings.
inline constexpr std::array<std::string_view, 41> settings_endings = {
    "url",        "uri",      "log",    "jwt",  "csv",   "conf",    "cfg",   "cnf",   "config", "ini",  "inf",
    "properties", "props",    "env",    "yml",  "yaml",  "json",    "json5", "jsonc", "toml",   "xml",  "txt",
    "tf",         "hcl",      "sh",     "rc",   "local", "plist",   "dsn",   "creds", "cred",   "auth", "secret",
    "secrets",    "password", "passwd", "ovpn", "reg",   "service", "sql",   "prefs"};

/// Names of programs' sources that are their settings, and how they end.
inline constexpr std::array<std::string_view, 7> settings_sources = {
    "config", "configuration", "settings", "local_settings", "secrets", "database", "parameters"};

inline constexpr std::array<std::string_view, 5> settings_source_endings = {"php", "py", "rb", "js", "ts"};

/// Values that say themselves that they are none: the whole value,
inline constexpr std::array<std::string_view, 52> no_values = {
    "null",   "nil",        "none",          "true",   "false",       "yes",      "no",       "on",
    "off",    "string",     "str",           "text",   "varchar",     "required", "optional", "password",
    "passwd", "passphrase", "pass",          "pwd",    "undefined",   "todo",     "tbd",      "fixme",
    "n/a",    "empty",      "default",       "unset",  "placeholder", "redacted", "hidden",   "masked",
    "prompt", "ask",        "env",           "file",   "plain",       "md5",      "sha1",     "sha256",
    "sha512", "bcrypt",     "scram-sha-256", "base64", "integer",     "boolean",  "number",   "object",
    "array",  "any",        "bytes",         "keyring"};

/// how it begins,
inline constexpr std::array<std::string_view, 16> no_value_beginnings = {
    "your",      "enter", "insert", "replace", "env:", "env(",  "arn:",        "vault:",
    "secretref", "ref+",  "file:",  "enc[",    "enc(", "op://", "process.env", "example"};

/// and what is somewhere in it.
inline constexpr std::array<std::string_view, 9> no_value_parts = {
    "changeme", "change_me", "change-me", "change this", "change_this", "placeholder", "your_", "your-", "..."};

}  // namespace bundle::knowledge::secret_texts
