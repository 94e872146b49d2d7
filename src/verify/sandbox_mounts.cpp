// See sandbox_mounts.h. Options by bwrap(1) of 0.4 and later.
#include "verify/sandbox_mounts.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <optional>
#include <system_error>

#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "knowledge/devices.h"
#include "machine/root.h"

namespace bundle::verify {

namespace {

constexpr std::array<std::string_view, 3> mounted_anew = {"/proc", "/dev", "/tmp"};

class Options {
 public:
  template <typename... Words>
  void add(const Words&... words) {
    (words_.push_back(std::string(words)), ...);
  }
  std::vector<std::string> take() { return std::move(words_); }

 private:
  std::vector<std::string> words_;
};

/// Where a path leads in a root that has links of its own, as /opt -> var/opt: bubblewrap would follow them out of it.
/// What is mounted anew has none.
std::string led_to(machine::Root& root, const std::string& path) {
  for (const std::string_view anew : mounted_anew) {
    if (is_at_or_below(path, anew)) return path;
  }
  for (std::string above = path; above.size() > 1; above = std::string(folder_name(above))) {
    const std::optional<std::string> real = root.real(above);
    if (real) return normal_path(*real + path.substr(above.size()));
  }
  return path;
}

/// A root's own folder as it is, or, where something is to be mounted below it that it has no place for, a new one with
/// the same in it: the root itself is never written to.
void surround(Options& options, const std::string& root, const std::string& inside,
              const std::vector<std::string>& points) {
  const auto has_no_place = [&](const std::string& point) {
    if (!is_below(point, inside.empty() ? "/" : inside)) return false;
    const std::optional<struct stat> status = link_status_of(root + point);
    return !status || S_ISLNK(status->st_mode);
  };
  if (!inside.empty() && std::none_of(points.begin(), points.end(), has_no_place)) {
    options.add("--ro-bind", root + inside, inside);
    return;
  }
  int error_number = 0;
  for (const auto& [name, node] : list_folder(root + inside + "/", error_number)) {
    const std::string path = inside + "/" + name;
    if (std::find(points.begin(), points.end(), path) != points.end()) continue;
    if (node == Node::folder) {
      surround(options, root, path, points);
    } else if (node == Node::link) {
      options.add("--symlink", link_text(root + path, error_number).value_or(""), path);
    } else if (node == Node::file) {
      options.add("--ro-bind", root + path, path);
    }
  }
  if (error_number != 0) {
    throw Error(Exit::cannot_bundle, root + inside,
                "cannot be read: " + std::generic_category().message(error_number) +
                    ". Give --root a folder that this user may read");
  }
}

void add_devices(Options& options, const plan::Target& target) {
  if (target.has_shared_memory) {
    options.add("--dev", "/dev");
    return;
  }
  options.add("--tmpfs", "/dev");
  for (const std::string_view name : knowledge::bare_devices) {
    const std::string path = "/dev/" + std::string(name);
    options.add("--dev-bind-try", path, path);
  }
  for (const auto& [name, leads_to] : knowledge::device_links) {
    options.add("--symlink", leads_to, "/dev/" + std::string(name));
  }
  options.add("--remount-ro", "/dev");
}

void add_world(Options& options, const Place& place, const World& world) {
  if (world.own_processes) {
    options.add("--unshare-all");
    if (place.network) options.add("--share-net");
  } else {
    options.add("--unshare-user", "--unshare-ipc", "--unshare-uts");
    if (!place.network) options.add("--unshare-net");
  }
  options.add("--die-with-parent", "--uid", std::to_string(place.target->user), "--gid",
              std::to_string(place.target->group), "--cap-drop", "ALL");
}

}  // namespace

std::vector<std::string> bubblewrap_options(const Place& place, const World& world,
                                            const std::vector<std::string>& arguments) {
  const std::string working_folder =
      place.working_folder.empty() ? std::string(place.target->working_folder) : place.working_folder;
  std::vector<Bind> binds = {{place.folder, prefix_of(place)}};
  binds.insert(binds.end(), place.binds.begin(), place.binds.end());
  std::string stands_in = working_folder;
  Options options;
  add_world(options, place, world);
  if (!place.root.empty()) {
    machine::Root its_own(place.root);
    stands_in = led_to(its_own, working_folder);
    std::vector<std::string> points(mounted_anew.begin(), mounted_anew.end());
    points.push_back(stands_in);
    for (Bind& bind : binds) points.push_back(bind.inside = led_to(its_own, bind.inside));
    for (const std::string_view path : knowledge::files_of_the_network) {
      if (place.network && status_of(std::string(path))) points.emplace_back(path);
    }
    std::string root = place.root;
    while (root.ends_with('/')) root.pop_back();
    surround(options, root, "", points);
  }
  if (world.own_processes) {
    options.add("--proc", "/proc");
  } else {
    options.add("--bind", "/proc", "/proc");
  }
  add_devices(options, *place.target);
  options.add("--tmpfs", "/tmp");
  if (place.network) {
    for (const std::string_view path : knowledge::files_of_the_network) options.add("--ro-bind-try", path, path);
  }
  for (const Bind& bind : binds) options.add(bind.is_writable ? "--bind" : "--ro-bind", bind.source, bind.inside);
  const auto is_there = [&](const Bind& bind) { return is_at_or_below(stands_in, bind.inside); };
  if (std::none_of(binds.begin(), binds.end(), is_there) && stands_in != "/tmp") {
    if (place.root.empty() || !status_of(place.root + stands_in)) options.add("--dir", stands_in);
  }
  options.add("--remount-ro", "/", "--chdir", working_folder);
  for (const plan::Variable& variable : place.target->environment) {
    options.add("--setenv", variable.name, variable.value);
  }
  for (const auto& [name, value] : place.environment) options.add("--setenv", name, value);
  options.add("--");
  std::vector<std::string> words = options.take();
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

}  // namespace bundle::verify
