// An OCI image layout: a folder that skopeo, umoci, podman and buildah take for an image, without a registry.
//
// Outside rule: OCI image-spec 1.0 (image-layout.md, manifest.md, config.md, layer.md). One image, called `latest`, of
// one layer: the bundle where its target unpacks it, and an empty /tmp, which is all that the root file system has;
// where the user has a name, /etc/passwd and /etc/group with that, for it is by these that an engine knows which user
// that is. Its entrypoint is what starts the first program. Blobs are called by the SHA-256 of what they hold.
#include "pack/oci.h"

#include <elf.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "base/digest.h"
#include "base/error.h"
#include "elf/format.h"
#include "pack/format_rows.h"
#include "pack/stream.h"
#include "pack/tar.h"

namespace bundle::pack {

namespace {

using nlohmann::ordered_json;

constexpr const char* made_by = "io.bundle.made-by";
const std::string layout_text = R"({"imageLayoutVersion":"1.0.0"})";

/// As Go names it (GOARCH), which the specification goes by.
std::string architecture(uint16_t e_machine) {
  switch (e_machine) {
    case EM_X86_64:
      return "amd64";
    case EM_AARCH64:
      return "arm64";
    case EM_386:
      return "386";
    case EM_ARM:
      return "arm";
    default:
      return elf::machine_name(e_machine);
  }
}

/// RFC 3339.
std::string moment(int64_t time) {
  const time_t seconds = time;
  struct tm parts = {};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

/// Names of files are bytes and JSON is UTF-8.
std::string text_of(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

void make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) == 0) return;
  const int error_number = errno;
  throw system_error(path, "cannot be created", error_number);
}

class Layout {
 public:
  explicit Layout(const std::string& folder) : folder_(folder), blobs_(folder + "/blobs/sha256/") {
    make_folder(folder + "/blobs");
    make_folder(folder + "/blobs/sha256");
  }

  /// The descriptor of a blob of ours.
  ordered_json add(const std::string& media_type, const ordered_json& json) {
    const std::string text = text_of(json);
    const std::string digest = sha256_hex(Pieces::of_text(text));
    write_new_file(blobs_ + digest, text, 0644);
    return descriptor(media_type, digest, text.size());
  }

  ordered_json add_layer(const Pieces& tar, const Settings& settings) {
    const std::string passing = blobs_ + "layer";
    Sha256 digest;
    uint64_t size = 0;
    {
      AtomicFile file(passing);
      size = write_gzip(
          [&](std::string_view data) {
            digest.add(Bytes(data));
            file.write(data);
          },
          tar, settings);
      file.set_mode(0644);
      file.commit(false);
    }
    const std::string name = digest.hex();
    if (::rename(passing.c_str(), (blobs_ + name).c_str()) != 0) {
      const int error_number = errno;
      throw system_error(blobs_ + name, "cannot be put in place", error_number);
    }
    written_ += size;
    return descriptor("application/vnd.oci.image.layer.v1.tar+gzip", name, size);
  }

  void finish(const ordered_json& index) {
    write_new_file(folder_ + "/oci-layout", layout_text, 0644);
    write_new_file(folder_ + "/index.json", text_of(index), 0644);
  }
  uint64_t written() const { return written_; }

 private:
  static ordered_json descriptor(const std::string& media_type, const std::string& digest, uint64_t size) {
    return {{"mediaType", media_type}, {"digest", "sha256:" + digest}, {"size", size}};
  }

  const std::string folder_, blobs_;
  uint64_t written_ = 0;
};

std::string at_root(const About& about, const std::string& path) { return normal_path(about.root + "/" + path); }

ordered_json config_of(const About& about, const std::string& diff_id, int64_t time) {
  ordered_json start;
  if (!about.image_user.empty()) start["User"] = about.image_user;
  start["Env"] = ordered_json::array();
  bool has_path = false;
  for (const std::string& variable : about.image_environment) has_path = has_path || variable.starts_with("PATH=");
  if (!has_path) {
    std::string path = "PATH=";
    if (!about.entry.empty()) path += std::string(folder_name(at_root(about, about.entry))) + ":";
    start["Env"].push_back(path + "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  }
  for (const std::string& variable : about.image_environment) start["Env"].push_back(variable);
  if (!about.entry.empty()) start["Entrypoint"] = ordered_json::array({at_root(about, about.entry)});
  ordered_json config = {{"created", moment(time)},
                         {"architecture", architecture(about.machine)},
                         {"os", "linux"},
                         {"config", start},
                         {"rootfs", {{"type", "layers"}, {"diff_ids", ordered_json::array({"sha256:" + diff_id})}}}};
  config["history"] =
      ordered_json::array({ordered_json{{"created", moment(time)}, {"created_by", "bundle " BUNDLE_VERSION}}});
  return config;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// The number of a user or group called `name`: those that any system has by that one, another's is the first of a
/// person's.
std::string number_of(std::string_view name) {
  if (is_number(name)) return std::string(name);
  if (name == "root") return "0";
  return name == "nobody" || name == "nogroup" ? "65534" : "1000";
}

/// passwd(5) and group(5), where a name is to be looked up: root's lines, and those of `user`, "USER[:GROUP]".
void add_names(std::vector<Entry>& entries, std::string_view user) {
  const size_t colon = user.find(':');
  const std::string_view name = user.substr(0, colon);
  const std::string_view group = colon == std::string_view::npos ? name : user.substr(colon + 1);
  if (is_number(name) && is_number(group)) return;
  std::string passwd = "root:x:0:0:root:/:/sbin/nologin\n", groups = "root:x:0:\n";
  if (!is_number(name) && name != "root") {
    passwd += fmt::format("{}:x:{}:{}::/:/sbin/nologin\n", name, number_of(name), number_of(group));
  }
  if (!is_number(group) && group != "root") groups += fmt::format("{}:x:{}:\n", group, number_of(group));
  entries.push_back({"etc/passwd", 0644, Pieces::of_text(std::move(passwd))});
  entries.push_back({"etc/group", 0644, Pieces::of_text(std::move(groups))});
}

uint64_t write(const std::string& folder, Load load) {
  const About& about = load.about;
  std::vector<Entry> entries = std::move(load.entries);
  for (Entry& entry : entries) entry.path = at_root(about, entry.path).substr(1);
  entries.push_back({"tmp/", 01777, {}});
  add_names(entries, about.image_user);
  const Pieces tar = tar_of(std::move(entries), load.settings.time);

  Layout layout(folder);
  const ordered_json layer = layout.add_layer(tar, load.settings);
  const ordered_json config =
      layout.add("application/vnd.oci.image.config.v1+json", config_of(about, sha256_hex(tar), load.settings.time));
  const std::string manifest_type = "application/vnd.oci.image.manifest.v1+json";
  ordered_json manifest = layout.add(manifest_type, {{"schemaVersion", 2},
                                                     {"mediaType", manifest_type},
                                                     {"config", config},
                                                     {"layers", ordered_json::array({layer})}});
  manifest["platform"] = {{"architecture", architecture(about.machine)}, {"os", "linux"}};
  manifest["annotations"] = {{"org.opencontainers.image.ref.name", "latest"}};
  layout.finish({{"schemaVersion", 2},
                 {"mediaType", "application/vnd.oci.image.index.v1+json"},
                 {"manifests", ordered_json::array({manifest})},
                 {"annotations", {{made_by, "bundle " BUNDLE_VERSION}}}});
  return layout.written();
}

/// The JSON object in a small file below `folder`; null when there is none.
ordered_json read_object(const std::string& path) {
  const std::optional<std::string> text = read_file(path);
  if (!text || text->size() > 1U << 20U) return nullptr;
  ordered_json json = ordered_json::parse(*text, nullptr, false);
  return json.is_object() ? json : nullptr;
}

/// "blobs/sha256/HEX" that a descriptor leads to; empty when it is none.
std::string blob_of(const ordered_json& descriptor) {
  constexpr std::string_view algorithm = "sha256:";
  if (!descriptor.is_object() || !descriptor.contains("digest") || !descriptor["digest"].is_string()) return "";
  const std::string digest = descriptor["digest"].get<std::string>();
  return digest.starts_with(algorithm) ? "blobs/sha256/" + digest.substr(algorithm.size()) : "";
}

}  // namespace

bool is_layout_of_ours(const std::string& folder, const std::vector<std::string>& files) {
  const ordered_json index = read_object(folder + "/index.json");
  if (index.is_null() || !index.contains("annotations") || !index["annotations"].is_object() ||
      !index["annotations"].contains(made_by) || !index.contains("manifests") || !index["manifests"].is_array() ||
      index["manifests"].size() != 1) {
    return false;
  }
  std::set<std::string> blobs = {blob_of(index["manifests"][0])};
  const ordered_json manifest = read_object(folder + "/" + *blobs.begin());
  if (manifest.is_null() || !manifest.contains("config") || !manifest.contains("layers")) return false;
  blobs.insert(blob_of(manifest["config"]));
  for (const ordered_json& layer : manifest["layers"]) blobs.insert(blob_of(layer));
  return std::all_of(files.begin(), files.end(), [&](const std::string& path) {
    if (path == "index.json") return true;
    if (path == "oci-layout") return read_file(folder + "/" + path) == layout_text;
    if (!blobs.contains(path)) return false;
    const std::shared_ptr<const MappedFile> blob = MappedFile::open(folder + "/" + path);
    return sha256_hex(Pieces::of_span(blob->bytes())) == base_name(path);
  });
}

const Format oci_format = {.name = "oci", .endings = {".oci", ""}, .is_for_anywhere = true, .folder = write};

}  // namespace bundle::pack
