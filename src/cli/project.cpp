// Writing the files of a project, see project.h.
#include "cli/project.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <memory>

#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/interrupt.h"

namespace bundle::cli {

namespace {

/// Of one file in a package; more than any service takes.
constexpr uint64_t largest_file = 4ULL << 30;

/// Takes away what was made when the rest of it cannot be.
class Undo {
 public:
  ~Undo() {
    for (auto path = made_.rbegin(); path != made_.rend(); ++path) remove_tree(*path);
  }
  void add(std::string path) { made_.push_back(std::move(path)); }
  void keep() { made_.clear(); }

 private:
  std::vector<std::string> made_;
};

/// Makes the folder, and has the topmost one that was not there undone.
void make_folders_for(const std::string& path, Undo& undo) {
  std::string folder(folder_name(path)), topmost;
  for (std::string at = folder; !status_of(at); at = std::string(folder_name(at))) topmost = at;
  if (!topmost.empty()) undo.add(topmost);
  make_folders(folder);
}

void check_place(const std::string& path, bool replace) {
  if (!replace && link_status_of(path)) {
    throw Error(Exit::usage, path, "is there already: give --force to overwrite it, or another folder with -o");
  }
  std::string above(folder_name(path));
  while (!link_status_of(above)) above = folder_name(above);
  const std::optional<struct stat> status = status_of(above);
  if (!status || !S_ISDIR(status->st_mode)) {
    throw Error(Exit::usage, above, "is no folder, and files are to be written below it: give another folder with -o");
  }
}

void unpack(const Project::Unpacking& unpacking, const std::string& into) {
  const std::string prefix = unpacking.folder + "/";
  for (const verify::ArchiveEntry& entry : unpacking.archive->entries()) {
    check_interrupted();
    if (!entry.path.starts_with(prefix) || entry.is_folder()) continue;
    const bool is_link = entry.mode != 0 && !S_ISREG(entry.mode);
    if (is_link || normal_path(entry.path) != entry.path) {
      throw Error(Exit::cannot_bundle, entry.path, "is no plain file of a package: give a zip that bundle made");
    }
    const std::string path = fmt::format("{}/{}", into, entry.path.substr(prefix.size()));
    make_folders(std::string(folder_name(path)));
    write_new_file(path, unpacking.archive->content(entry, largest_file), (entry.mode & 0111) != 0 ? 0755 : 0644);
  }
}

}  // namespace

std::vector<std::string> write_project(const Project& project, bool replace) {
  const bool is_new = !link_status_of(project.folder);
  std::vector<std::string> names;
  for (const auto& [name, text] : project.texts) names.push_back(name);
  if (project.copy) names.push_back(project.copy->path);
  if (project.unpacking) names.push_back(project.unpacking->path);
  for (const std::string& name : names) check_place(fmt::format("{}/{}", project.folder, name), replace);

  Undo undo;
  make_folders_for(project.folder, undo);
  std::optional<AtomicFolder> whole;
  if (is_new) whole.emplace(project.folder);
  const std::string root = is_new ? whole->path() : project.folder;
  try {
    std::vector<std::pair<std::string, std::unique_ptr<AtomicFile>>> files;
    const auto add = [&](const std::string& name) -> AtomicFile& {
      const std::string path = fmt::format("{}/{}", root, name);
      make_folders_for(path, undo);
      files.emplace_back(path, std::make_unique<AtomicFile>(path));
      return *files.back().second;
    };
    for (const auto& [name, text] : project.texts) add(name).write(text);
    if (project.copy) {
      const std::shared_ptr<const MappedFile> source = MappedFile::open(project.copy->source);
      add(project.copy->path).copy(*source, 0, source->bytes().size());
    }
    std::optional<AtomicFolder> unpacked;
    const std::string place = project.unpacking ? fmt::format("{}/{}", root, project.unpacking->path) : "";
    if (project.unpacking) {
      make_folders_for(place, undo);
      unpacked.emplace(place);
      unpack(*project.unpacking, unpacked->path());
    }
    for (auto& [path, file] : files) {
      file->commit(replace);
      if (!replace) undo.add(path);
    }
    if (unpacked) unpacked->commit(replace);
    if (unpacked && !replace) undo.add(place);
    if (whole) whole->commit(false);
  } catch (Error& error) {
    if (whole) error.rename_folder(root, project.folder);
    throw;
  }
  undo.keep();

  std::vector<std::string> written;
  for (const std::string& name : names) written.push_back(fmt::format("{}/{}", project.folder, name));
  if (project.unpacking) written.back() += "/";
  return written;
}

}  // namespace bundle::cli
