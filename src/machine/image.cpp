// See image.h. The files that an image is made of are asked through a Root: of the tar's members, or of the folder.
#include "machine/image.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "machine/image_disk.h"
#include "machine/root.h"

namespace bundle::machine {

namespace {

using nlohmann::json;

constexpr uint64_t longest_json = 16U << 20U;
constexpr int deepest_index = 8;
constexpr size_t most_layers = 512;  // docker stops at 127

/// This machine, as OCI names it (GOARCH).
std::string own_architecture() {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> names = {
      std::pair{"x86_64", "amd64"}, {"aarch64", "arm64"}, {"i686", "386"}, {"armv7l", "arm"}};
  struct utsname machine = {};
  if (::uname(&machine) != 0) return "amd64";
  for (const auto& [here, there] : names) {
    if (here == machine.machine) return std::string(there);
  }
  return machine.machine;
}

std::string text_at(const json& object, const char* key) {
  if (!object.is_object()) return "";
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::vector<std::string> texts_at(const json& object, const char* key) {
  std::vector<std::string> texts;
  if (!object.is_object()) return texts;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array()) return texts;
  for (const json& item : *found) {
    if (item.is_string()) texts.push_back(item.get<std::string>());
  }
  return texts;
}

const json& part_of(const json& object, const char* key) {
  static const json nothing;
  if (!object.is_object()) return nothing;
  const auto found = object.find(key);
  return found == object.end() ? nothing : *found;
}

/// docker writes "app" for "docker.io/library/app:latest".
std::string whole_name(std::string name) {
  for (const std::string_view usual : {"docker.io/library/", "docker.io/"}) {
    if (name.starts_with(usual)) name.erase(0, usual.size());
  }
  const size_t slash = name.rfind('/');
  const bool has_tag = name.find(':', slash == std::string::npos ? 0 : slash) != std::string::npos;
  return has_tag || name.find('@') != std::string::npos ? name : name + ":latest";
}

/// The names that an image has, and what it is.
struct Named {
  std::vector<std::string> names;
  json what;
  bool is_for(const std::string& wanted) const {
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return name == wanted || whole_name(name) == whole_name(wanted);
    });
  }
};

class Opening {
 public:
  Opening(const ImageRequest& request, std::string place, Root archive)
      : request_(request), place_(std::move(place)), archive_(std::move(archive)) {}

  bool is_docker_save() {
    const std::optional<json> list = document("/manifest.json");
    return list && list->is_array() && !list->empty() && part_of(list->front(), "Layers").is_array();
  }
  bool is_layout() { return archive_.look("/oci-layout").is_file() && archive_.look("/index.json").is_file(); }

  SourceImage open() { return is_docker_save() ? open_docker_save() : open_layout(); }

 private:
  [[noreturn]] void fail(const std::string& sentence) const {
    throw Error(Exit::cannot_bundle, place_, sentence, get_it_again);
  }

  /// A JSON file of the archive. Nothing when there is none, or it is none.
  std::optional<json> document(const std::string& path) {
    if (!archive_.look(path).is_file() || archive_.look(path).size > longest_json) return std::nullopt;
    const std::optional<std::string> text = archive_.read(path);
    if (!text) return std::nullopt;
    json root = json::parse(*text, nullptr, false);
    return root.is_discarded() ? std::nullopt : std::optional(std::move(root));
  }
  json document_named(const std::string& path, const char* what) {
    if (!archive_.look(path).is_file()) fail(fmt::format("lacks {}, {}", printable(path.substr(1)), what));
    std::optional<json> root = document(path);
    if (!root) fail(fmt::format("has {}, {}, that is no JSON", printable(path.substr(1)), what));
    return std::move(*root);
  }

  /// "sha256:HEX" as the hex; any other is no name of a file.
  std::string hex_of(const json& descriptor) const {
    const std::string digest = text_at(descriptor, "digest");
    constexpr std::string_view start = "sha256:";
    const std::string hex = digest.substr(std::min(start.size(), digest.size()));
    const bool is_hex = hex.size() == 64 && hex.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!digest.starts_with(start) || !is_hex)
      fail(fmt::format("names a blob by '{}', which is no SHA-256", printable(digest)));
    return hex;
  }
  json blob(const json& descriptor, const char* what) {
    const std::string hex = hex_of(descriptor);
    const std::string path = "/blobs/sha256/" + hex;
    json root = document_named(path, what);
    const std::string found = sha256_hex(Pieces::of_text(archive_.read(path).value_or("")));
    if (found != hex) {
      fail(fmt::format("has {}, {}, that is not what its name says: its SHA-256 is {}", path.substr(1), what, found));
    }
    return root;
  }

  const Named& chosen(const std::vector<Named>& images) const {
    std::vector<std::string> names;
    for (const Named& image : images) names.insert(names.end(), image.names.begin(), image.names.end());
    const std::string list = names.empty() ? "none of them has a name" : fmt::format("{}", fmt::join(names, ", "));
    if (images.empty()) fail("holds no image");
    if (request_.name.empty()) {
      if (images.size() == 1) return images.front();
      throw Error(Exit::usage, place_,
                  fmt::format("holds {} images. Name one as {}:NAME. There are: {}", images.size(),
                              printable(base_name(place_)), printable(list)));
    }
    for (const Named& image : images) {
      if (image.is_for(request_.name)) return image;
    }
    throw Error(Exit::usage, place_,
                fmt::format("holds no image {}. There are: {}", printable(request_.name), printable(list)));
  }

  SourceImage open_docker_save() {
    const json list = document_named("/manifest.json", "the list of its images");
    std::vector<Named> images;
    for (const json& image : list) images.push_back({texts_at(image, "RepoTags"), image});
    const json image = chosen(images).what;
    std::vector<std::pair<std::string, std::string>> layers;
    for (const std::string& path : texts_at(image, "Layers")) layers.emplace_back("/" + path, "");
    const std::string config = text_at(image, "Config");
    return with_layers(layers, document_named("/" + config, "the configuration of the image"));
  }

  SourceImage open_layout() {
    const json index = document_named("/index.json", "the list of its images");
    std::vector<Named> images;
    if (!part_of(index, "manifests").is_array()) fail("holds no image: index.json has no list of manifests");
    for (const json& entry : part_of(index, "manifests")) {
      const json& notes = part_of(entry, "annotations");
      Named image{{}, entry};
      for (const char* key : {"org.opencontainers.image.ref.name", "io.containerd.image.name"}) {
        if (const std::string name = text_at(notes, key); !name.empty()) image.names.push_back(name);
      }
      images.push_back(std::move(image));
    }
    // Those of no name are one image for several architectures, as those of one name are.
    const bool is_one = std::all_of(images.begin(), images.end(),
                                    [&](const Named& image) { return image.names == images.front().names; });
    const json root = is_one && images.size() > 1 && request_.name.empty() ? index : chosen(images).what;
    const json manifest = root.contains("manifests") ? manifest_in(root, 0) : manifest_of(root, 0);
    std::vector<std::pair<std::string, std::string>> layers;
    for (const json& layer : part_of(manifest, "layers")) {
      const std::string hex = hex_of(layer);
      layers.emplace_back("/blobs/sha256/" + hex, hex);
    }
    return with_layers(layers, blob(part_of(manifest, "config"), "the configuration of the image"));
  }

  /// What a descriptor names: a manifest, or an index of more of them.
  json manifest_of(const json& descriptor, int depth) {
    json found = blob(descriptor, "a manifest");
    return part_of(found, "manifests").is_array() ? manifest_in(found, depth + 1) : found;
  }
  json manifest_in(const json& index, int depth) {
    if (!part_of(index, "manifests").is_array()) fail("has an index without a list of manifests");
    if (depth > deepest_index) fail(fmt::format("has indexes more than {} deep in one another", deepest_index));
    const std::string wanted = request_.architecture.empty() ? own_architecture() : request_.architecture;
    std::set<std::string> others;
    const json& entries = part_of(index, "manifests");
    for (const json& entry : entries) {
      const json& platform = part_of(entry, "platform");
      const std::string system = text_at(platform, "os"), architecture = text_at(platform, "architecture");
      // One alone need not say what it is for; of the notes of a build, "unknown" is.
      const bool is_any = platform.is_null() && entries.size() == 1;
      if (is_any || ((system.empty() || system == "linux") && architecture == wanted)) return manifest_of(entry, depth);
      if (!architecture.empty() && architecture != "unknown") others.insert(architecture);
    }
    throw Error(Exit::usage, place_,
                fmt::format("has no image for {}. Choose by --arch one of: {}", wanted,
                            printable(fmt::format("{}", fmt::join(others, ", ")))));
  }

  SourceImage with_layers(const std::vector<std::pair<std::string, std::string>>& layers, const json& config) {
    const std::string its = text_at(config, "architecture");
    if (!request_.architecture.empty() && !its.empty() && its != request_.architecture) {
      throw Error(Exit::usage, place_,
                  fmt::format("holds an image for {}, and --arch asks for {}", printable(its), request_.architecture));
    }
    if (layers.size() > most_layers) fail(fmt::format("has {} layers, and {} are read", layers.size(), most_layers));
    const auto tree = std::make_shared<ImageTree>(place_, request_.limits);
    for (size_t i = 0; i < layers.size(); ++i) {
      const auto& [path, sha256] = layers[i];
      const std::string name = fmt::format("{}, layer {} of {}", place_, i + 1, layers.size());
      int error_number = 0;
      const std::shared_ptr<const OpenFile> file = archive_.open(path, error_number);
      if (file == nullptr)
        fail(fmt::format("lacks its layer {} of {}, {}", i + 1, layers.size(), printable(path.substr(1))));
      tree->add({file, name, sha256, true});
    }
    tree->finish();
    SourceImage image;
    image.disk = disk_of_image(tree, place_);
    const json& settings = part_of(config, "config");
    image.environment = texts_at(settings, "Env");
    image.command = texts_at(settings, "Entrypoint");
    for (std::string& word : texts_at(settings, "Cmd")) image.command.push_back(std::move(word));
    image.working_folder = text_at(settings, "WorkingDir");
    return image;
  }

  const ImageRequest& request_;
  const std::string place_;
  Root archive_;
};

SourceImage open_file(const ImageRequest& request, const std::string& place, const Disk& live) {
  int error_number = 0;
  const std::shared_ptr<const OpenFile> file = live.open(place, error_number);
  if (file == nullptr) throw cannot_open(place, error_number);
  const auto tree = std::make_shared<ImageTree>(place, request.limits);
  tree->add({file, place, "", false});
  tree->finish();
  if (tree->inode(ImageTree::root).entries->empty()) {
    throw Error(Exit::cannot_bundle, place,
                "holds no files. --image takes a tar of a root, docker save's, or an OCI image");
  }
  const std::shared_ptr<const Disk> disk = disk_of_image(tree, place);
  Opening archive(request, place, Root(disk));
  if (archive.is_docker_save() || archive.is_layout()) return archive.open();
  if (!request.name.empty()) {
    throw Error(
        Exit::usage, place,
        fmt::format("is the tar of a root, in which no image has a name. Leave out ':{}'", printable(request.name)));
  }
  if (!request.architecture.empty())
    throw Error(Exit::usage, place, "is the tar of a root, which is for one architecture. Leave out --arch");
  SourceImage image;
  image.disk = disk;
  return image;
}

}  // namespace

ImageRequest image_request(const std::string& written) {
  ImageRequest request;
  request.file = written;
  if (real_path(written)) return request;
  for (size_t colon = written.rfind(':'); colon != std::string::npos && colon > 0;
       colon = written.rfind(':', colon - 1)) {
    if (!real_path(written.substr(0, colon))) continue;
    request.file = written.substr(0, colon);
    request.name = written.substr(colon + 1);
    break;
  }
  return request;
}

SourceImage open_image(const ImageRequest& request, std::shared_ptr<const Disk> live) {
  const std::optional<std::string> place = real_path(request.file);
  if (!place) {
    throw Error(
        Exit::usage, request.file,
        "is not there. --image takes a file: a tar of a root, what docker save wrote, or an OCI image, and behind "
        "a ':' the name of one of several images in it");
  }
  SourceImage image;
  if (live->status(*place).is_folder()) {
    Opening folder(request, *place, Root(*place));
    if (!folder.is_docker_save() && !folder.is_layout()) {
      throw Error(
          Exit::usage, *place,
          "is a folder and no image: it has neither oci-layout with index.json nor manifest.json. The root of a "
          "system is given by --sysroot");
    }
    image = folder.open();
  } else {
    image = open_file(request, *place, *live);
  }
  image.place = *place;
  image.disk = mounted(image.disk, *place, std::move(live));
  return image;
}

}  // namespace bundle::machine
