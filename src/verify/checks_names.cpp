// Names, kinds and modes: what can be unpacked where the bundle goes, and read and run there by an unprivileged user.
//
// Lambda unpacks a layer as root, keeps the modes of the zip, and runs as a user who is neither owner nor group (its
// developer guide, "Working with layers"). NAME_MAX and PATH_MAX are the kernel's.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "verify/checks.h"

namespace bundle::verify {

namespace {

constexpr size_t longest_part = 255, longest_path = 4095;
constexpr const char* rename_it = "Leave it out of the archive, or give it a name of its own inside";

/// What is wrong with a name, or nothing.
std::string fault_of_name(const std::string& path) {
  if (path.empty()) return "is an entry without a name";
  if (path.starts_with('/')) return "has an absolute name, and would be written outside of the bundle's folder";
  if (path.find('\0') != std::string::npos) return "has a NUL in its name";
  for (const std::string& part : split(path, "/")) {
    if (part == "..") return "has '..' in its name, and would be written outside of the bundle's folder";
    if (part.empty() || part == ".") return "has an empty part in its name";
    if (part.size() > longest_part) return "has a part in its name that is longer than a file's may be (255 bytes)";
  }
  if (path.size() > longest_path) return "has a name that is longer than a path may be (4095 bytes)";
  if (path.find('\\') != std::string::npos) {
    return "has a backslash in its name: made on Windows, it is no folder and file on Linux but one odd name";
  }
  return "";
}

/// A file of that path, or one in a folder of that path.
bool is_there(const Opened& bundle, const std::string& path) {
  if (bundle.find(path) != nullptr) return true;
  const std::vector<OpenedFile>& files = bundle.files();
  const auto below =
      std::lower_bound(files.begin(), files.end(), path + "/",
                       [](const OpenedFile& file, const std::string& wanted) { return file.path < wanted; });
  return below != files.end() && below->path.starts_with(path + "/");
}

}  // namespace

void check_names(const Subject& subject, Findings& findings) {
  const std::vector<OpenedFile>& files = subject.bundle.files();
  for (size_t i = 0; i < files.size(); ++i) {
    const OpenedFile& file = files[i];
    const report::ListedFile* const listed = subject.listed(file.path);
    // A source machine's file may have any name, and its manifest says that it is no slip.
    const std::string fault =
        listed != nullptr && listed->path.find('\\') != std::string::npos && file.path.find("..") == std::string::npos
            ? ""
            : fault_of_name(file.path);
    if (!fault.empty()) findings.error(file.path, fault, rename_it);
    if (i > 0 && files[i - 1].path == file.path) {
      findings.error(file.path, "is there twice, and which of the two is unpacked differs from tool to tool",
                     "Make the archive again, with one of them");
    }
    for (size_t slash = file.path.find('/'); slash != std::string::npos; slash = file.path.find('/', slash + 1)) {
      const OpenedFile* const above = subject.bundle.find(std::string_view(file.path).substr(0, slash));
      if (above == nullptr || above->node == Node::folder || slash == 0) continue;
      findings.error(above->path, fmt::format("is no folder, and {} lies in it", printable(file.path)), rename_it);
    }
  }
}

void check_links(const Subject& subject, Findings& findings) {
  for (const OpenedFile& file : subject.bundle.files()) {
    if (file.node == Node::other) {
      findings.error(file.path, "is neither a file nor a folder nor a symlink", "Leave it out of the archive");
    }
    if (file.node != Node::link) continue;
    std::string text;
    try {
      text = subject.bundle.content(file, longest_path);
    } catch (const Error& error) {
      findings.error(file.path, fmt::format("is a symlink that cannot be read: {}", error.sentence()),
                     "Make the archive again");
      continue;
    }
    const std::string lies_in = subject.absolute(std::string(folder_name(file.path)));
    const std::string leads_to = normal_path(text.starts_with('/') ? text : lies_in + "/" + text);
    const std::string shown = printable(text);
    if (!subject.is_inside(leads_to)) {
      findings.error(file.path, fmt::format("is a symlink that leads out of the bundle, to {}", shown),
                     "Store the file that it leads to in its place");
      continue;
    }
    const std::string inside = subject.relative(leads_to);
    if (!is_there(subject.bundle, inside)) {
      findings.error(file.path, fmt::format("is a symlink to {}, which is not there", shown),
                     "Store the file that it leads to in its place");
      continue;
    }
    const bool keeps_links = subject.target->keeps_run_bits;
    findings.add(keeps_links ? subject.promised() : Severity::error, file.path,
                 fmt::format("is a symlink to {}, which {}", shown,
                             keeps_links ? "deploy tools follow, flatten or store as text"
                                         : "becomes a text file on the way there"),
                 "Store the file itself under this name: zip without -y, or cp -L");
  }
}

void check_modes(const Subject& subject, Findings& findings) {
  std::set<std::string> run;  // what the kernel is asked to execute
  for (const Loading& loading : subject.loadings) {
    if (loading.is_plugin) continue;
    if (!loading.in_process) run.insert(subject.path_of(loading));
    const Closure& closure = loading.closure;
    if (closure.interpreter == no_object || loading.in_process) continue;
    const std::string& path = closure.objects[closure.interpreter].real_path;
    if (subject.is_inside(path)) run.insert(subject.relative(path));
  }
  for (const ElfFacts& elf : subject.elfs) {
    if (elf.launcher) run.insert(subject.path_of(elf));
  }
  for (size_t i = 0; i < subject.bundle.files().size(); ++i) {
    const OpenedFile& file = subject.bundle.files()[i];
    if (file.node != Node::file && file.node != Node::folder) continue;
    if (!file.has_mode) {
      if (run.contains(file.path) && subject.target->keeps_run_bits) {
        findings.error(file.path, "has no mode, as in zips that are made on Windows, and cannot be run",
                       "Make the archive on Linux or macOS, or with an archiver that stores modes");
      }
      continue;
    }
    if (file.node == Node::folder) {
      if ((file.mode & 05) != 05) {
        findings.error(file.path, fmt::format("is a folder of mode {:04o}, which others may not enter", file.mode),
                       "chmod 755 it, and make the archive again");
      }
      continue;
    }
    if ((file.mode & 04) == 0) {
      findings.error(file.path,
                     fmt::format("has mode {:04o}, and programs run there as a user who may not read it", file.mode),
                     "chmod o+r it, and make the archive again");
    }
    if (!subject.target->keeps_run_bits) continue;
    const bool is_command = subject.contents[i].is_script() && file.path.starts_with("bin/");
    if ((file.mode & 01) == 0 && (run.contains(file.path) || is_command)) {
      findings.error(file.path,
                     fmt::format("has mode {:04o}, without a run bit, and cannot be started: nothing can be chmod'ed "
                                 "there",
                                 file.mode),
                     "chmod 755 it, and make the archive again");
    }
    if ((file.mode & 06000) != 0) {
      findings.add(subject.promised(), file.path,
                   fmt::format("has mode {:04o}: the set-ID bit is lost or refused there", file.mode),
                   "chmod u-s,g-s it, and make the archive again");
    }
  }
}

}  // namespace bundle::verify
