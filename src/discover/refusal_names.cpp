// The names that programs give to files of keys and credentials, and to the files in which people's typing ends up.
//
// A name counts in any spelling of its letters, and under what editors and people add to it when they keep a copy
// (.bak, ~, .old). Names that are as often innocent (config.json, settings.ini, server.pem) are not here: what is in
// such files tells.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "discover/refusal.h"
#include "discover/secret.h"

namespace bundle::discover {

namespace {

/// Folders in which all is private.
constexpr std::array<std::string_view, 23> folders = {
    ".ssh",         ".aws",      ".gnupg",      ".kube",     ".azure",    ".docker",           ".password-store",
    ".gcloud",      ".oci",      ".bluemix",    ".electrum", ".bitcoin",  ".ethereum",         ".mozilla",
    ".chef",        ".putty",    ".subversion", ".pki",      ".minikube", "private-keys-v1.d", ".thunderbird",
    ".terraform.d", ".snowflake"};

/// The same by two parts: what else lies in the first is innocent.
constexpr std::array<std::string_view, 17> pairs = {".config/gcloud",
                                                    ".config/gh",
                                                    ".config/hub",
                                                    ".config/op",
                                                    ".config/doctl",
                                                    ".config/heroku",
                                                    ".config/rclone",
                                                    ".config/github-copilot",
                                                    ".config/containers",
                                                    ".config/google-chrome",
                                                    ".config/chromium",
                                                    ".cargo/credentials",
                                                    ".cargo/credentials.toml",
                                                    ".gem/credentials",
                                                    ".m2/settings.xml",
                                                    ".m2/settings-security.xml",
                                                    ".gradle/gradle.properties"};

constexpr std::array<std::string_view, 99> files = {".xauthority",
                                                    ".iceauthority",
                                                    "password.txt",
                                                    "passwords.txt",
                                                    "passwd.txt",
                                                    "token.txt",
                                                    "secret.txt",
                                                    "secrets.txt",
                                                    "api_key.txt",
                                                    "apikey.txt",
                                                    "api_token.txt",
                                                    ".netrc",
                                                    "_netrc",
                                                    ".authinfo",
                                                    ".npmrc",
                                                    ".pypirc",
                                                    ".env",
                                                    ".envrc",
                                                    ".git-credentials",
                                                    ".pgpass",
                                                    "pgpass.conf",
                                                    ".my.cnf",
                                                    ".mylogin.cnf",
                                                    ".boto",
                                                    ".s3cfg",
                                                    ".passwd-s3fs",
                                                    ".dockercfg",
                                                    ".dockerconfigjson",
                                                    ".htpasswd",
                                                    "htpasswd",
                                                    ".htdigest",
                                                    "htdigest",
                                                    "shadow",
                                                    "gshadow",
                                                    "shadow-",
                                                    "gshadow-",
                                                    ".rhosts",
                                                    ".vault-token",
                                                    ".vault-password",
                                                    ".vault_pass",
                                                    ".vault_password",
                                                    "vault_pass.txt",
                                                    "terraform.tfstate",
                                                    ".terraformrc",
                                                    "terraform.rc",
                                                    "credentials.tfrc.json",
                                                    "krb5.keytab",
                                                    "wallet.dat",
                                                    "credentials",
                                                    ".credentials",
                                                    "credentials.json",
                                                    "credentials.toml",
                                                    "credentials.yml",
                                                    "credentials.yaml",
                                                    "credentials.xml",
                                                    "credentials.ini",
                                                    "credentials.csv",
                                                    "credentials.db",
                                                    "credentials.properties",
                                                    "application_default_credentials.json",
                                                    "access_tokens.db",
                                                    "secrets",
                                                    ".secrets",
                                                    ".secret",
                                                    "secrets.json",
                                                    "secrets.yml",
                                                    "secrets.yaml",
                                                    "secrets.toml",
                                                    "secrets.env",
                                                    "secrets.ini",
                                                    "secrets.properties",
                                                    "secrets.xml",
                                                    "kubeconfig",
                                                    "rclone.conf",
                                                    ".databrickscfg",
                                                    ".flyrc",
                                                    ".curlrc",
                                                    ".msmtprc",
                                                    ".fetchmailrc",
                                                    ".mbsyncrc",
                                                    ".offlineimaprc",
                                                    ".smbcredentials",
                                                    ".viminfo",
                                                    ".lesshst",
                                                    ".dbshell",
                                                    "fish_history",
                                                    "hub_token",
                                                    "key3.db",
                                                    "key4.db",
                                                    "logins.json",
                                                    "cookies.sqlite",
                                                    "signons.sqlite",
                                                    "login data",
                                                    "sitemanager.xml",
                                                    "recentservers.xml",
                                                    "wp-config.php",
                                                    "localsettings.php",
                                                    "secring.gpg",
                                                    "master.key"};

constexpr std::array<std::string_view, 29> endings = {
    ".secret",      ".secrets",  ".password", ".p12",        ".pfx",           ".jks",
    ".jceks",       ".bks",      ".keystore", ".kdbx",       ".kdb",           ".psafe3",
    ".ppk",         ".keytab",   ".tfstate",  ".tfvars",     ".tfvars.json",   ".keychain",
    ".keychain-db", ".kwallet",  ".keyring",  ".kubeconfig", ".agilekeychain", ".opvault",
    ".pwsafe",      ".htpasswd", ".pgpass",   ".netrc",      ".authinfo.gpg"};

/// Private keys of OpenSSH: its own names, and what people append ("id_rsa.bak", "id_ed25519_github").
constexpr std::array<std::string_view, 7> key_beginnings = {"id_rsa",  "id_dsa",  "id_ecdsa", "id_ed25519",
                                                            "id_xmss", "krb5cc_", "ssh_host_"};

/// What keeps an .env file from being one: it is there to be filled in.
constexpr std::array<std::string_view, 6> samples = {".example", ".sample", ".template", ".dist", ".defaults", ".tpl"};

bool ends_with_any(std::string_view name, const auto& all) {
  return std::any_of(all.begin(), all.end(), [&](std::string_view end) { return name.ends_with(end); });
}

bool is_any_of(std::string_view name, const auto& all) { return std::find(all.begin(), all.end(), name) != all.end(); }

bool is_secret_file(std::string_view name) {
  if (is_any_of(name, files)) return true;
  // ".tfstate" alone names nobody's file.
  for (const std::string_view ending : endings) {
    if (name.size() > ending.size() && name.ends_with(ending)) return true;
  }
  if (name.starts_with(".env.") && !ends_with_any(name, samples)) return true;
  // .bash_history, .python_history, .psql_history …; .zhistory, .histfile
  if (name.starts_with('.') && (name.ends_with("history") || name.ends_with("_hist") || name == ".histfile"))
    return true;
  const bool is_public_half = name.ends_with(".pub") || name.ends_with("-cert.pub");
  for (const std::string_view beginning : key_beginnings) {
    if (!name.starts_with(beginning) || is_public_half) continue;
    const std::string_view rest = name.substr(beginning.size());
    if (beginning == "krb5cc_" || (beginning == "ssh_host_" && rest.ends_with("_key"))) return true;
    if (beginning.starts_with("id_") && (rest.empty() || std::string_view("0123456789._- ").find(rest[0]) != rest.npos))
      return true;
  }
  // "work_id_rsa"
  for (const std::string_view key : key_beginnings) {
    const bool is_whole = key.starts_with("id_") && name.size() > key.size() && name.ends_with(key);
    if (is_whole && std::string_view("._-").find(name[name.size() - key.size() - 1]) != name.npos) return true;
  }
  return false;
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

std::string_view without_copy_marks(std::string_view name) {
  static constexpr std::array<std::string_view, 17> marks = {
      "~",    ".bak", ".old", ".orig", ".save",     ".saved",    ".backup",  ".copy",    ".tmp",
      ".swp", ".1",   ".2",   "-old",  ".dpkg-old", ".dpkg-new", ".rpmsave", ".disabled"};
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view mark : marks) {
      if (name.size() <= mark.size() || !name.ends_with(mark)) continue;
      name.remove_suffix(mark.size());
      again = true;
    }
  }
  return name;
}

std::optional<std::string> refusal_by_name(std::string_view path) {
  const std::string lower = lower_case(path);
  for (std::string_view rest = lower, before; !rest.empty();) {
    const size_t end = std::min(rest.find('/'), rest.size());
    const std::string_view part = rest.substr(0, end);
    const bool is_last = end == rest.size();
    const auto shown = [&](std::string_view what) {
      return printable(path.substr(static_cast<size_t>(what.data() - lower.data()), what.size()), 100);
    };
    if (is_any_of(part, folders)) return fmt::format("lies in a folder for keys and credentials ({})", shown(part));
    const std::string_view name = is_last ? without_copy_marks(part) : part;
    const std::string pair = std::string(before) + "/" + std::string(name);
    if (is_any_of(pair, pairs) || (is_last && (is_secret_file(part) || is_secret_file(name)))) {
      return fmt::format("{} for keys {} credentials{} ({})", is_last ? "is a file" : "lies in a folder",
                         is_last ? "or" : "and", is_last ? " by its name" : "", shown(part));
    }
    before = part;
    rest.remove_prefix(is_last ? end : end + 1);
  }
  return std::nullopt;
}

}  // namespace bundle::discover
