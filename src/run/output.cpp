// See output.h.
#include "run/output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <optional>
#include <system_error>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "pack/oci.h"
#include "plan/target.h"
#include "report/manifest.h"

namespace bundle::run {

namespace {

/// "layer.tar.xz" -> "layer", "layer.ZIP" -> "layer", and what has another ending stays as it is: a version may end a
/// name.
std::string_view without_known_ending(std::string_view path) {
  std::vector<std::string_view> endings = {".tar.xz", ".tar.bz2", ".rar", ".7z", ".deb",
                                           ".rpm",    ".gz",      ".bz2", ".xz", ".zst"};
  for (const pack::Format* format : pack::formats())
    endings.insert(endings.begin(), format->endings.begin(), format->endings.end());
  std::string small(path);
  for (char& letter : small) letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  for (const std::string_view ending : endings) {
    if (ending.empty() || !small.ends_with(ending) || small.size() == ending.size()) continue;
    return path.substr(0, path.size() - ending.size());
  }
  return path;
}

[[noreturn]] void refuse(const Output& output, const std::string& why) {
  throw Error(Exit::usage, output.given, why, "Name another output with -o, or remove it by hand");
}

/// "tar, tar.gz, sh": those that `fits` holds for.
template <class Fits>
std::string names_of_formats(const Fits& fits) {
  std::vector<std::string_view> names;
  for (const pack::Format* format : pack::formats()) {
    if (fits(*format)) names.push_back(format->name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

/// The ending says what is written: by one that is not known, nothing is.
const pack::Format* format_by_ending(const std::string& given) {
  const pack::Format* const found = pack::format_of(given);
  const bool is_folder = given.ends_with('/');
  if (is_folder) return found != nullptr && found->is_folder() ? found : pack::find_format("dir");
  if (found == nullptr) {
    throw Error(Exit::usage, given,
                fmt::format("is no kind of output that there is. Name it {0}.zip for a zip, or {0}/ for the same files "
                            "in a folder; .tar, .tar.gz, .tar.zst, .sh and .oci/ there are, too, or say --format",
                            printable(without_known_ending(given))));
  }
  if (found->is_folder()) {
    throw Error(Exit::usage, given, fmt::format("would be a folder. Write a '/' behind it: {}/", printable(given)));
  }
  return found;
}

const pack::Format* format_by_name(const std::string& given, const std::string& name) {
  const pack::Format* const format = pack::find_format(name);
  if (format == nullptr) {
    throw Error(Exit::usage, "",
                fmt::format("there is no format '{}', only {}", printable(name),
                            names_of_formats([](const pack::Format&) { return true; })));
  }
  const pack::Format* const ending = pack::format_of(given);
  if (ending != nullptr && ending != format && format->name != "dir") {
    throw Error(Exit::usage, given,
                fmt::format("ends as a {} does, and --format says {}. Leave out one of the two", ending->name, name));
  }
  if (given.ends_with('/') && !format->is_folder()) {
    throw Error(Exit::usage, given,
                fmt::format("is to be a folder, and --format {} is a file. Leave out the '/', or --format", name));
  }
  return format;
}

Output standard_output(const std::string& name) {
  const auto can_stream = [](const pack::Format& format) { return format.stream != nullptr; };
  if (name.empty()) {
    throw Error(Exit::usage, "",
                fmt::format("-o - writes to standard output, and nothing says what. Add --format: {}",
                            names_of_formats(can_stream)));
  }
  const pack::Format* const format = format_by_name("-", name);
  if (!can_stream(*format)) {
    throw Error(Exit::usage, "",
                fmt::format("--format {} cannot be written to standard output, front to back. Name a file with -o, or "
                            "choose one of {}",
                            name, names_of_formats(can_stream)));
  }
  return {"-", "", format};
}

/// Whether another file system is mounted there. Of one that is bound in, only statx(2) tells (Linux 5.8).
bool is_mount_point(const std::string& path, const struct stat& status, dev_t device) {
  if (status.st_dev != device) return true;
  struct statx more = {};
  if (::statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, 0, &more) != 0) return false;
  return (more.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0 && (more.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

/// A folder that is to be replaced. What is in it is looked at by paths relative to it.
class Old {
 public:
  explicit Old(const Output& output) : output_(output) {}
  void check();

 private:
  void list();
  void read_manifests();
  void check_file(const std::string& path) const;

  const Output& output_;
  std::vector<std::string> files_;
  std::multimap<std::string, report::ListedFile> listed_;  // by path: of layers over one another, each has a say
  std::vector<std::string> manifests_;
};

void Old::list() {
  const std::optional<struct stat> top = link_status_of(output_.path);
  if (!top) return;
  const std::string above(folder_name(output_.path));
  const std::optional<struct stat> parent = status_of(above);
  if (parent && is_mount_point(output_.path, *top, parent->st_dev)) {
    refuse(output_, "is where another file system is mounted, and is not replaced");
  }
  Walk walk;
  walk.each = [&](const std::string& whole, Node node) {
    const std::string path = whole.substr(output_.path.size() + 1);
    const std::optional<struct stat> status = link_status_of(whole);
    if (status && is_mount_point(whole, *status, top->st_dev)) {
      refuse(output_, fmt::format("is not replaced, for another file system is mounted at {} in it", printable(path)));
    }
    if (node == Node::file) {
      files_.push_back(path);
    } else if (node != Node::folder) {
      refuse(output_, fmt::format("holds something other than a bundle, and is not replaced: {} is {}", printable(path),
                                  node == Node::link ? "a symbolic link" : "neither file nor folder"));
    }
    return true;
  };
  walk.unreadable = [&](const std::string& whole, int error_number) {
    refuse(output_, fmt::format("is not replaced, for it cannot be seen what it holds: {}: {}", printable(whole),
                                std::generic_category().message(error_number)));
  };
  walk_folder(output_.path, walk);
}

void Old::read_manifests() {
  constexpr off_t longest = 256 << 20;
  for (const std::string& path : files_) {
    const std::optional<std::string> folder = report::folder_of_manifest(path);
    if (!folder) continue;
    const std::optional<struct stat> status = status_of(output_.path + "/" + path);
    if (!status || status->st_size > longest) continue;
    const std::optional<report::Manifest> manifest =
        report::parse_manifest(read_file(output_.path + "/" + path).value_or(""));
    if (!manifest) continue;
    // One that lies where a bundle of its name has it; a copy elsewhere is somebody's.
    if (!report::is_in_its_place(*manifest, path)) continue;
    for (const report::ListedFile& file : manifest->files) {
      listed_.emplace(report::manifest_spelling(*folder) + file.path, file);
    }
    manifests_.push_back(path);
  }
}

void Old::check_file(const std::string& path) const {
  const auto [first, last] = listed_.equal_range(report::manifest_spelling(path));
  if (first == last) {
    refuse(output_, fmt::format("holds something other than a bundle, and is not replaced: no manifest lists {}",
                                printable(path)));
  }
  const std::shared_ptr<const MappedFile> file = MappedFile::open(output_.path + "/" + path);
  std::string digest;
  for (auto at = first; at != last; ++at) {
    if (at->second.size != file->bytes().size()) continue;
    if (digest.empty()) digest = sha256_hex(Pieces::of_span(file->bytes()));
    if (at->second.sha256 == digest) return;
  }
  refuse(output_, fmt::format("is not replaced, for somebody changed {} in it", printable(path)));
}

void Old::check() {
  list();
  if (files_.empty()) return;
  if (pack::is_layout_of_ours(output_.path, files_)) return;
  read_manifests();
  if (manifests_.empty()) {
    refuse(output_, fmt::format("is a folder that holds something other than a bundle ({}), and is not replaced",
                                printable(files_.front())));
  }
  for (const std::string& path : files_) {
    if (std::find(manifests_.begin(), manifests_.end(), path) == manifests_.end()) check_file(path);
  }
}

}  // namespace

Output parse_output(const std::string& given, const std::string& format) {
  if (given == "-") return standard_output(format);
  Output output{given, absolute_path(given), nullptr};
  if (std::optional<struct stat> status = link_status_of(output.path); status && S_ISLNK(status->st_mode)) {
    const std::optional<std::string> real = real_path(output.path);
    if (!real) refuse(output, "is a symbolic link that leads nowhere");
    // An open file of some process is no place where an output can be put (/dev/stdout).
    if (output.path.starts_with("/dev/") || output.path.starts_with("/proc/")) {
      refuse(output, "stands for a file that is open already, and an output is put in place whole");
    }
    output.path = *real;
  }
  const std::optional<struct stat> status = status_of(output.path);
  const bool is_there_as_folder = status && S_ISDIR(status->st_mode);
  // A folder that is there may be named without the '/', if no file's ending is what it has.
  const std::string named = is_there_as_folder && !given.ends_with('/') ? given + "/" : given;
  if (is_there_as_folder && format.empty()) {
    const pack::Format* const ending = pack::format_of(given);
    if (!given.ends_with('/') && ending != nullptr && !ending->is_folder()) {
      refuse(output, fmt::format("is a folder, and a {} does not replace it. For the files in a folder write a '/' "
                                 "behind it",
                                 ending->name));
    }
  }
  if (status && !is_there_as_folder && !S_ISREG(status->st_mode)) {
    refuse(output, "is a device, a pipe or a socket, and is never replaced");
  }
  output.format = format.empty() ? format_by_ending(named) : format_by_name(given, format);
  if (status && is_there_as_folder != output.is_folder()) {
    refuse(output, is_there_as_folder ? fmt::format("is a folder, and a {} does not replace it", output.format->name)
                                      : "is a file, and a folder does not replace it");
  }
  return output;
}

const plan::Target& usual_target(const std::optional<Output>& output) {
  return output && output->format->is_for_anywhere ? *plan::find_target("plain") : plan::default_target();
}

void check_output(const Output& output, bool force) {
  if (output.is_stream()) return;
  const std::optional<struct stat> status = link_status_of(output.path);
  if (!status) return;
  if (!force) {
    throw Error(Exit::usage, output.given, "exists already. Add --force to replace it, or name another output with -o");
  }
  if (S_ISDIR(status->st_mode)) Old(output).check();
}

std::optional<Output> wanted_output(const BundleOptions& options) {
  if (options.output.empty()) return std::nullopt;
  Output output = parse_output(options.output, options.format);
  if (!options.dry_run) check_output(output, options.force);
  return output;
}

void check_inputs(const Output& output, const Plan& plan) {
  if (output.is_stream()) return;
  const std::optional<std::string> real_output = real_path(output.path);
  if (!real_output) return;
  for (const Item& item : plan.items) {
    if (item.source == *real_output || item.source.starts_with(*real_output + "/")) {
      throw Error(Exit::usage, output.given,
                  fmt::format("is one of the files to be bundled, or holds one ({}). Name another output with -o",
                              printable(item.source)));
    }
  }
}

}  // namespace bundle::run
