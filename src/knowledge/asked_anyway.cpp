// See asked_anyway.h. Seen in traces of programs that work in an empty root.
#include "knowledge/asked_anyway.h"

#include <algorithm>
#include <array>

#include "base/file.h"
#include "knowledge/settings.h"

namespace bundle::knowledge {

namespace {

struct Row {
  std::string_view text, why;
};

constexpr std::array<Row, 14> folders = {{
    {"/proc", "the kernel's, and each system's own"},
    {"/sys", "the kernel's, and each system's own"},
    {"/dev", "devices, which no bundle can bring"},
    {"/run", "what runs there says that it does"},
    {"/var/run", "what runs there says that it does"},
    {"/tmp", "for what a run writes"},
    {"/var/tmp", "for what a run writes"},
    {"/usr/tmp", "for what a run writes"},
    {"/usr/lib/locale", "glibc looks for each locale in several spellings; the bundle's own are named to it"},
    {"/usr/gnemul", "qemu's user mode looks for another system's files"},
    {"/etc/qemu-binfmt", "qemu's user mode looks for another system's files"},
    {"/usr/local/etc", "an administrator's, on the few systems that have it"},
    {"/etc/selinux", "whether the system has SELinux"},
    {"/selinux", "whether the system has SELinux"},
}};

constexpr std::array<Row, 8> parts = {{
    {"/glibc-hwcaps/", "the loader looks for builds for newer processors first"},
    {"/tls/", "the loader before glibc 2.37 looks for builds for newer processors first"},
    {"/haswell/", "the loader before glibc 2.37 looks for builds for newer processors first"},
    {"/x86_64/", "the loader before glibc 2.37 looks for builds for this processor first"},
    {"/avx512_1/", "the loader before glibc 2.37 looks for builds for newer processors first"},
    {"/aarch64/", "the loader before glibc 2.37 looks for builds for this processor first"},
    {"/LC_MESSAGES/", "a translation, without which a program speaks English"},
    {"/__pycache__/", "what Python compiles when it is not there"},
}};

constexpr std::array<Row, 7> names = {{
    {"pyvenv.cfg", "whether Python is a virtual environment's"},
    {"pybuilddir.txt", "whether Python lies where it was built"},
    {"sitecustomize.py", "a site's own changes to Python"},
    {"usercustomize.py", "a user's own changes to Python"},
    {".git", "whether a folder is a repository's"},
    {"locale.alias", "other names of locales"},
    {"gconv-modules.cache", "a cache of what the folder says"},
}};

struct Option {
  std::string_view folder, option;
};

constexpr std::array<Option, 8> sets = {{
    {"/gconv/", "--gconv usual"},
    {"/usr/share/zoneinfo/", "--zoneinfo usual"},
    {"/terminfo/", "--terminfo usual"},
    {"/ssl/certs/", "--ca-bundle usual"},
    {"/etc/pki/tls/", "--ca-bundle usual"},
    {"/usr/share/fonts/", "--fonts usual"},
    {"/etc/fonts/", "--fonts usual"},
    {"/libnss_", "--nss usual"},
}};

}  // namespace

std::string_view option_of_set(std::string_view path) {
  const std::string whole = std::string(path) + "/";
  const auto set = std::find_if(sets.begin(), sets.end(),
                                [&](const Option& row) { return whole.find(row.folder) != std::string::npos; });
  return set != sets.end() ? set->option : "";
}

std::string_view asked_anyway(std::string_view path) {
  if (is_every_systems(path)) return "every system has its own";
  const auto folder =
      std::find_if(folders.begin(), folders.end(), [&](const Row& row) { return is_at_or_below(path, row.text); });
  if (folder != folders.end()) return folder->why;
  const auto part = std::find_if(parts.begin(), parts.end(), [&](const Row& row) {
    return (std::string(path) + "/").find(row.text) != std::string::npos;
  });
  if (part != parts.end()) return part->why;
  const auto name =
      std::find_if(names.begin(), names.end(), [&](const Row& row) { return base_name(path) == row.text; });
  return name != names.end() ? name->why : "";
}

}  // namespace bundle::knowledge
