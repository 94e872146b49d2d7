// unpack(), see opened.h. What is asked of each name is asked here once more, for an archive may hold any.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "verify/opened.h"

namespace bundle::verify {

namespace {

constexpr uint32_t usual_mode = 0644, usual_folder_mode = 0755;
// Whose zip it is nobody knows: no file of it may lend the user's rights to whoever else can reach the folder.
constexpr uint32_t permissions = 0777;

[[noreturn]] void refuse(const Opened& bundle, const OpenedFile& file, const std::string& why) {
  throw Error(Exit::cannot_bundle, bundle.path(), "cannot be unpacked: its " + printable(file.path) + " " + why);
}

void check_name(const Opened& bundle, const OpenedFile& file) {
  if (file.path.empty() || file.path.find('\0') != std::string::npos)
    refuse(bundle, file, "has no name to unpack it by");
  for (const std::string& part : split(file.path, "/")) {
    if (part.empty() || part == "." || part == "..") refuse(bundle, file, "has a part '" + part + "' in its path");
  }
}

void make_link(const std::string& text, const std::string& path) {
  if (::symlink(text.c_str(), path.c_str()) == 0) return;
  const int error_number = errno;
  throw system_error(path, "cannot be created", error_number);
}

void set_mode(const std::string& path, uint32_t mode) {
  if (::chmod(path.c_str(), mode) == 0) return;
  const int error_number = errno;
  throw system_error(path, "its mode cannot be set", error_number);
}

}  // namespace

void unpack(const Opened& bundle, const std::string& folder) {
  const std::vector<OpenedFile>& files = bundle.files();
  std::set<std::string_view> folders, not_folders;
  for (size_t i = 0; i < files.size(); ++i) {
    const OpenedFile& file = files[i];
    check_name(bundle, file);
    for (size_t slash = file.path.find('/'); slash != std::string::npos; slash = file.path.find('/', slash + 1)) {
      folders.insert(std::string_view(file.path).substr(0, slash));
    }
    (file.node == Node::folder ? folders : not_folders).insert(file.path);
  }
  // From here on no name leads out, and nothing is written through a symlink.
  for (const std::string_view path : folders) {
    if (not_folders.contains(path)) refuse(bundle, *bundle.find(path), "is no folder, and files lie in it");
    make_folders(folder + "/" + std::string(path));
  }
  for (size_t i = 0; i < files.size(); ++i) {
    const OpenedFile& file = files[i];
    const bool is_last = i + 1 == files.size() || files[i + 1].path != file.path;
    if (file.node == Node::folder || !is_last) continue;
    const std::string path = folder + "/" + file.path;
    if (file.node == Node::other) refuse(bundle, file, "is neither file, folder nor symlink");
    if (file.node == Node::link) {
      make_link(bundle.content(file), path);
    } else {
      write_new_file(path, bundle.content(file), file.has_mode ? file.mode & permissions : usual_mode);
    }
  }
  // Last and from the inside out: a mode may take away the right to write there.
  for (auto path = folders.rbegin(); path != folders.rend(); ++path) {
    const OpenedFile* told = bundle.find(*path);
    const bool is_told = told != nullptr && told->has_mode;
    set_mode(folder + "/" + std::string(*path), is_told ? told->mode & permissions : usual_folder_mode);
  }
}

}  // namespace bundle::verify
