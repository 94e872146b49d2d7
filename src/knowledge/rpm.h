// Where rpm's people have its database, and what they install with.
#pragma once

#include <array>
#include <string_view>

namespace bundle::knowledge {

/// Of the database: Fedora's and SUSE's, everybody's before, and what an ostree keeps. One is often a link to another.
inline constexpr std::array<std::string_view, 3> rpm_folders = {"/usr/lib/sysimage/rpm", "/var/lib/rpm",
                                                                "/usr/share/rpm"};

/// A program that gets packages, and what is typed to get the one that provides a capability, which follows.
struct RpmInstaller {
  std::string_view program;
  std::string_view command;
  std::string_view family;  // a word of os-release(5) of those who use it; of all others where empty
};
/// The first that a system has; where an image has none, the first of its family. tdnf installs by names alone, and is
/// asked for the name.
inline constexpr std::array<RpmInstaller, 5> rpm_installers = {{
    {"/usr/bin/zypper", "zypper install", "suse"},
    {"/usr/bin/dnf", "dnf install", ""},
    {"/usr/bin/microdnf", "microdnf install", ""},
    {"/usr/bin/tdnf", "tdnf provides", ""},
    {"/usr/bin/yum", "yum install", ""},
}};

}  // namespace bundle::knowledge
