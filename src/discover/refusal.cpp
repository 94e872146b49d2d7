#include "discover/refusal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/file.h"

namespace bundle::discover {

namespace {

constexpr std::array<std::string_view, 10> refused_places = {"/etc", "/home", "/root", "/var", "/proc",
                                                             "/sys", "/dev",  "/run",  "/tmp", "/lost+found"};

constexpr std::array<std::string_view, 8> secret_folders = {".ssh",   ".aws",    ".gnupg",          ".kube",
                                                            ".azure", ".docker", ".password-store", ".gcloud"};

constexpr std::array<std::string_view, 20> secret_files = {
    ".netrc",  "_netrc",   ".npmrc",     ".pypirc",    ".env",      ".git-credentials", ".pgpass",
    ".my.cnf", ".boto",    ".s3cfg",     ".dockercfg", ".htpasswd", ".mylogin.cnf",     "id_rsa",
    "id_dsa",  "id_ecdsa", "id_ed25519", "shadow",     "gshadow",   ".bash_history"};

constexpr std::array<std::string_view, 5> key_stores = {".p12", ".pfx", ".jks", ".keystore", ".kdbx"};

bool ends_with_any(std::string_view name, const auto& endings) {
  return std::any_of(endings.begin(), endings.end(), [&](std::string_view end) { return name.ends_with(end); });
}

/// The first few kilobytes: a private key in PEM form says so in its first line, or after some comments.
std::string head_of(const std::string& path) {
  std::string head(16384, '\0');
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) return {};
  const ssize_t count = ::read(descriptor, head.data(), head.size());
  ::close(descriptor);
  head.resize(count > 0 ? static_cast<size_t>(count) : 0);
  return head;
}

}  // namespace

std::optional<std::string> refusal_by_place(std::string_view path) {
  for (const std::string_view place : refused_places) {
    if (path.starts_with(place) && (path.size() == place.size() || path[place.size()] == '/')) {
      return fmt::format("lies in {}", place);
    }
  }
  return std::nullopt;
}

std::optional<std::string> refusal_by_name(std::string_view path) {
  for (std::string_view rest = path; !rest.empty();) {
    const size_t end = std::min(rest.find('/'), rest.size());
    const std::string_view part = rest.substr(0, end);
    const bool is_last = end == rest.size();
    if (std::find(secret_folders.begin(), secret_folders.end(), part) != secret_folders.end()) {
      return fmt::format("lies in a folder for keys and credentials ({})", part);
    }
    if (is_last && (std::find(secret_files.begin(), secret_files.end(), part) != secret_files.end() ||
                    part.starts_with(".env.") || ends_with_any(part, key_stores))) {
      return fmt::format("is a file for keys or credentials by its name ({})", part);
    }
    rest.remove_prefix(is_last ? end : end + 1);
  }
  return std::nullopt;
}

std::optional<std::string> refusal_by_content(const std::string& path, const std::string& tree) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return "cannot be read";
  if (!S_ISREG(status.st_mode)) return "is not a regular file";
  if ((status.st_mode & S_IROTH) == 0) {
    return fmt::format("is not readable for everyone (mode {:04o})", status.st_mode & 07777U);
  }
  // A file of mode 0644 in a folder of mode 0700 is not readable for everyone either.
  for (std::string folder(folder_name(path)); folder != "/" && folder != "." && folder != tree;
       folder = folder_name(folder)) {
    struct stat above = {};
    if (::stat(folder.c_str(), &above) == 0 && (above.st_mode & S_IXOTH) == 0) {
      return fmt::format("is not readable for everyone (the folder {} has mode {:04o})", folder,
                         above.st_mode & 07777U);
    }
  }
  constexpr std::array<std::string_view, 3> key_names = {".pem", ".key", "_key"};
  if (ends_with_any(base_name(path), key_names) && head_of(path).find("PRIVATE KEY-----") != std::string::npos) {
    return "holds a private key";
  }
  return std::nullopt;
}

std::optional<std::string> refusal(const std::string& real_path) {
  if (std::optional<std::string> why = refusal_by_place(real_path)) return why;
  if (std::optional<std::string> why = refusal_by_name(real_path)) return why;
  return refusal_by_content(real_path);
}

}  // namespace bundle::discover
