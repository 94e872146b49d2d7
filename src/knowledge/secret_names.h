// The names that programs give to files of keys and credentials, and to the files in which people's typing ends up: in
// lower case. Names that are as often innocent (config.json, settings.ini, server.pem) are not here.
#pragma once

#include <array>
#include <string_view>

namespace bundle::knowledge::secret_names {

/// Folders in which all is private.
inline constexpr std::array<std::string_view, 23> folders = {
    ".ssh",         ".aws",      ".gnupg",      ".kube",     ".azure",    ".docker",           ".password-store",
    ".gcloud",      ".oci",      ".bluemix",    ".electrum", ".bitcoin",  ".ethereum",         ".mozilla",
    ".chef",        ".putty",    ".subversion", ".pki",      ".minikube", "private-keys-v1.d", ".thunderbird",
    ".terraform.d", ".snowflake"};

/// The same by two parts: what else lies in the first is innocent.
inline constexpr std::array<std::string_view, 17> pairs = {".config/gcloud",
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

/// Whole names of files.
inline constexpr std::array<std::string_view, 99> files = {".xauthority",
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

/// Endings of their names.
inline constexpr std::array<std::string_view, 29> endings = {
    ".secret",      ".secrets",  ".password", ".p12",        ".pfx",           ".jks",
    ".jceks",       ".bks",      ".keystore", ".kdbx",       ".kdb",           ".psafe3",
    ".ppk",         ".keytab",   ".tfstate",  ".tfvars",     ".tfvars.json",   ".keychain",
    ".keychain-db", ".kwallet",  ".keyring",  ".kubeconfig", ".agilekeychain", ".opvault",
    ".pwsafe",      ".htpasswd", ".pgpass",   ".netrc",      ".authinfo.gpg"};

/// Private keys of OpenSSH: its own names, and what people append ("id_rsa.bak", "id_ed25519_github").
inline constexpr std::array<std::string_view, 7> key_beginnings = {"id_rsa",  "id_dsa",  "id_ecdsa", "id_ed25519",
                                                                   "id_xmss", "krb5cc_", "ssh_host_"};

/// What keeps an .env file from being one: it is there to be filled in.
inline constexpr std::array<std::string_view, 6> samples = {".example", ".sample",   ".template",
                                                            ".dist",    ".defaults", ".tpl"};

/// What editors and people add to the name of a copy.
inline constexpr std::array<std::string_view, 17> copy_marks = {
    "~",    ".bak", ".old", ".orig", ".save",     ".saved",    ".backup",  ".copy",    ".tmp",
    ".swp", ".1",   ".2",   "-old",  ".dpkg-old", ".dpkg-new", ".rpmsave", ".disabled"};

}  // namespace bundle::knowledge::secret_names
