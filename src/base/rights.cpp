// Reads what a file has beside its bytes, and says it in the words of the tools that set it.
#include "base/rights.h"

#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/bytes.h"

namespace bundle {

namespace {

constexpr const char* capability_attribute = "security.capability";

// In the order of their numbers (linux/capability.h).
constexpr std::array capability_names = {"chown",
                                         "dac_override",
                                         "dac_read_search",
                                         "fowner",
                                         "fsetid",
                                         "kill",
                                         "setgid",
                                         "setuid",
                                         "setpcap",
                                         "linux_immutable",
                                         "net_bind_service",
                                         "net_broadcast",
                                         "net_admin",
                                         "net_raw",
                                         "ipc_lock",
                                         "ipc_owner",
                                         "sys_module",
                                         "sys_rawio",
                                         "sys_chroot",
                                         "sys_ptrace",
                                         "sys_pacct",
                                         "sys_admin",
                                         "sys_boot",
                                         "sys_nice",
                                         "sys_resource",
                                         "sys_time",
                                         "sys_tty_config",
                                         "mknod",
                                         "lease",
                                         "audit_write",
                                         "audit_control",
                                         "setfcap",
                                         "mac_override",
                                         "mac_admin",
                                         "syslog",
                                         "wake_alarm",
                                         "block_suspend",
                                         "audit_read",
                                         "perfmon",
                                         "bpf",
                                         "checkpoint_restore"};

std::string capability_name(size_t number) {
  return number < capability_names.size() ? fmt::format("cap_{}", capability_names[number]) : fmt::format("{}", number);
}

std::string attribute_of(const std::string& path, const std::string& name) {
  std::string value(XATTR_SIZE_MAX, '\0');
  const ssize_t size = ::getxattr(path.c_str(), name.c_str(), value.data(), value.size());
  value.resize(size < 0 ? 0 : static_cast<size_t>(size));
  return value;
}

/// IMA and EVM sign the content, which a copy that differs does not have.
bool is_signature(std::string_view name) { return name == "security.ima" || name == "security.evm"; }

}  // namespace

bool FileRights::sets_id() const {
  // Without the right of the group to run it, the bit asks for mandatory locking, and lends nothing (inode(7)).
  return (mode & S_ISUID) != 0 || (mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);
}

std::optional<FileRights> rights_of(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  FileRights rights;
  rights.owner = status.st_uid;
  rights.group = status.st_gid;
  rights.mode = status.st_mode & 07777U;
  rights.names = status.st_nlink;
  rights.device = status.st_dev;
  rights.inode = status.st_ino;
  rights.is_regular = S_ISREG(status.st_mode);
  std::string names(XATTR_LIST_MAX, '\0');
  const ssize_t size = ::listxattr(path.c_str(), names.data(), names.size());
  names.resize(size < 0 ? 0 : static_cast<size_t>(size));
  for (size_t at = 0; at < names.size();) {
    const std::string name = names.c_str() + at;
    at += name.size() + 1;
    if (name == capability_attribute) {
      rights.capabilities = attribute_of(path, name);
    } else if (!is_signature(name)) {
      rights.attributes.emplace_back(name, attribute_of(path, name));
    }
  }
  return rights;
}

std::string capabilities_text(std::string_view attribute) {
  const Bytes bytes(attribute);
  if (!bytes.contains(0, 4)) return "";
  const bool effective = (bytes.read<uint32_t>(0) & VFS_CAP_FLAGS_EFFECTIVE) != 0;
  std::map<std::string, std::string> by_flags;
  for (uint64_t word = 0; word < 2 && bytes.contains(4 + word * 8, 8); ++word) {
    const auto permitted = bytes.read<uint32_t>(4 + word * 8);
    const auto inheritable = bytes.read<uint32_t>(8 + word * 8);
    for (size_t bit = 0; bit < 32; ++bit) {
      const bool is_permitted = ((permitted >> bit) & 1U) != 0;
      const bool is_inheritable = ((inheritable >> bit) & 1U) != 0;
      if (!is_permitted && !is_inheritable) continue;
      std::string flags = effective ? "e" : "";
      if (is_inheritable) flags += "i";
      if (is_permitted) flags += "p";
      std::string& names = by_flags[flags];
      names += (names.empty() ? "" : ",") + capability_name(word * 32 + bit);
    }
  }
  std::string out;
  for (const auto& [flags, names] : by_flags) out += fmt::format("{}{}={}", out.empty() ? "" : " ", names, flags);
  return out;
}

std::string set_id_text(const FileRights& rights) {
  const auto name_of = [](const char* kind, uint32_t id) {
    return id == 0 ? fmt::format("{} root", kind) : fmt::format("{} {}", kind, id);
  };
  const bool group = (rights.mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);
  if ((rights.mode & S_ISUID) == 0) return group ? name_of("set-group-ID", rights.group) : "";
  return name_of("set-user-ID", rights.owner) + (group ? " and " + name_of("set-group-ID", rights.group) : "");
}

}  // namespace bundle
