// See sandbox_program.h.
#include "verify/sandbox_program.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "verify/manifests.h"

namespace bundle::verify {

namespace {

struct Startable {
  std::string name, path;
};

std::vector<Startable> startables_of(const Opened& bundle) {
  std::vector<Startable> all;
  for (const Told& told : manifests_of(bundle)) {
    for (const report::ListedProgram& program : told.manifest.programs) {
      const std::string path = told.folder + (program.launcher.empty() ? program.program : program.launcher);
      if (bundle.find(path) != nullptr) all.push_back({std::string(base_name(program.name)), path});
    }
  }
  if (!all.empty()) return all;
  for (const OpenedFile& file : bundle.files()) {
    if (folder_name(file.path) == "bin" && file.node != Node::folder) {
      all.push_back({std::string(base_name(file.path)), file.path});
    }
  }
  return all;
}

std::string list_of(const std::vector<Startable>& startables) {
  if (startables.empty()) return "It has none that is known; give a path in it";
  std::string text;
  for (const Startable& one : startables) text += (text.empty() ? "" : ", ") + printable(one.name);
  return (startables.size() == 1 ? "Its program is " : "Its programs are ") + text;
}

}  // namespace

std::vector<std::string> programs_of(const Opened& bundle) {
  std::vector<std::string> paths;
  for (Startable& one : startables_of(bundle)) paths.push_back(std::move(one.path));
  return paths;
}

std::string program_inside(const Opened& bundle, const std::string& prefix, const std::string& word) {
  const std::vector<Startable> startables = startables_of(bundle);
  if (word.empty()) {
    if (startables.size() == 1) return prefix + "/" + startables.front().path;
    throw Error(Exit::usage, bundle.path(), "which program of it is to be run? Name one behind --",
                list_of(startables));
  }
  if (word.find('/') == std::string::npos) {
    for (const Startable& one : startables) {
      if (one.name == word || base_name(one.path) == word) return prefix + "/" + one.path;
    }
    if (bundle.find("bin/" + word) != nullptr) return prefix + "/bin/" + word;
    if (bundle.find(word) == nullptr) {
      throw Error(Exit::usage, bundle.path(), fmt::format("has no program {}", printable(word)), list_of(startables));
    }
  }
  const std::string path = normal_path(word.starts_with('/') ? word : prefix + "/" + word);
  if (is_below(path, prefix) && bundle.find(path.substr(prefix.size() + 1)) == nullptr) {
    throw Error(Exit::usage, bundle.path(), fmt::format("has no {}", printable(path.substr(prefix.size() + 1))),
                list_of(startables));
  }
  return path;
}

}  // namespace bundle::verify
