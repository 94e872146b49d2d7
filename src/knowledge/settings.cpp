// See settings.h. One row a path or a folder; hier(7), Debian's policy 9 and 10, and what
// other families' tools have there.
#include "knowledge/settings.h"
#include "base/file.h"

#include <algorithm>
#include <array>

namespace bundle::knowledge {

namespace {

/// The very path, or all below it.
struct Row {
  std::string_view path;
  bool with_all_below = false;
};

constexpr std::array<Row, 32> every_systems = {{
    {"/etc/passwd"},
    {"/etc/group"},
    {"/etc/shadow"},
    {"/etc/hosts"},
    {"/etc/resolv.conf"},
    {"/etc/mtab"},
    {"/etc/services"},
    {"/etc/nsswitch.conf"},
    {"/etc/localtime"},
    {"/etc/ld.so.cache"},
    {"/etc/shells"},
    {"/etc/fstab"},
    {"/etc/hostname"},
    {"/etc/os-release"},
    {"/etc/debian_version"},
    {"/etc/host.conf"},
    {"/etc/environment"},
    {"/etc/profile"},
    {"/etc/papersize"},
    {"/etc/machine-id"},
    {"/etc/ld.so.preload"},
    {"/etc/timezone"},
    {"/etc/terminfo"},
    {"/etc/protocols"},
    {"/etc/ssl"},
    {"/etc/ssl/certs", true},
    {"/etc/ssl/private", true},
    {"/etc/pki"},
    {"/etc/pki/tls"},
    {"/etc/pki/tls/certs", true},
    {"/etc/pki/tls/private", true},
    {"/etc/pki/ca-trust", true},
}};

constexpr std::array<std::string_view, 50> for_the_system = {
    "/etc/alternatives",
    "/etc/apk",
    "/etc/apparmor",
    "/etc/apparmor.d",
    "/etc/apport",
    "/etc/apt",
    "/etc/avahi",
    "/etc/bash_completion.d",
    "/etc/binfmt.d",
    "/etc/cron.d",
    "/etc/cron.daily",
    "/etc/cron.hourly",
    "/etc/cron.monthly",
    "/etc/cron.weekly",
    "/etc/dnf",
    "/etc/dbus-1",
    "/etc/default",
    "/etc/dpkg",
    "/etc/emacs",
    "/etc/init",
    "/etc/init.d",
    "/etc/insserv.conf.d",
    "/etc/kernel",
    "/etc/ld.so.conf.d",
    "/etc/logcheck",
    "/etc/logrotate.d",
    "/etc/modprobe.d",
    "/etc/modules-load.d",
    "/etc/network",
    "/etc/pacman.d",
    "/etc/pam.d",
    "/etc/profile.d",
    "/etc/rpm",
    "/etc/rsyslog.d",
    "/etc/skel",
    "/etc/sysconfig",
    "/etc/sudoers.d",
    "/etc/sysctl.d",
    "/etc/systemd",
    "/etc/tmpfiles.d",
    "/etc/udev",
    "/etc/ufw",
    "/etc/update-motd.d",
    "/etc/yum",
    "/etc/yum.repos.d",
    "/etc/zypp",
    "/etc/X11/Xsession.d",
    "/etc/X11/Xreset.d",
    "/etc/xdg/autostart",
    "/etc/xdg/systemd",
};

}  // namespace

bool is_every_systems(std::string_view path) {
  return std::any_of(every_systems.begin(), every_systems.end(), [&](const Row& row) {
    return row.with_all_below ? is_at_or_below(path, row.path) : path == row.path;
  });
}

bool is_for_the_system(std::string_view path) {
  return std::any_of(for_the_system.begin(), for_the_system.end(),
                     [&](std::string_view folder) { return is_at_or_below(path, folder); });
}

}  // namespace bundle::knowledge
