// What docker save, skopeo and umoci write, made up here to the letter, and the ways in which it can be wrong.
#include "machine/image.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "base/error.h"
#include "base/temporary_folder.h"
#include "machine/root.h"
#include "made_tar.h"

using namespace bundle::machine;
using bundle::Error;
using made_tar::Tar;
using nlohmann::json;

namespace {

std::string sum_of(const std::string& text) { return bundle::sha256_hex(bundle::Pieces::of_text(text)); }

/// An OCI layout, file by file.
class Layout {
 public:
  json blob(const std::string& content) {
    files_["blobs/sha256/" + sum_of(content)] = content;
    return {{"digest", "sha256:" + sum_of(content)}, {"size", content.size()}};
  }
  json manifest(const std::vector<std::string>& layers, const json& settings = json::object()) {
    json descriptors = json::array();
    for (const std::string& layer : layers) descriptors.push_back(blob(layer));
    return blob(json{{"config", blob(json{{"config", settings}}.dump())}, {"layers", descriptors}}.dump());
  }
  static json called(json descriptor, const std::string& name) {
    descriptor["annotations"]["org.opencontainers.image.ref.name"] = name;
    return descriptor;
  }
  static json of_platform(json descriptor, const std::string& architecture) {
    descriptor["platform"] = {{"os", "linux"}, {"architecture", architecture}};
    return descriptor;
  }
  std::map<std::string, std::string> files(const json& manifests) {
    files_["oci-layout"] = R"({"imageLayoutVersion":"1.0.0"})";
    files_["index.json"] = json{{"manifests", manifests}}.dump();
    return files_;
  }

 private:
  std::map<std::string, std::string> files_;
};

using Files = std::map<std::string, std::string>;

/// Each both as a tar and as a folder.
class Written {
 public:
  explicit Written(const Files& files) {
    Tar tar;
    for (const auto& [path, content] : files) {
      tar.file(path, content);
      bundle::make_folders(std::string(bundle::folder_name(folder() + "/" + path)));
      bundle::write_new_file(folder() + "/" + path, content, 0644);
    }
    bundle::write_new_file(this->tar(), tar.bytes(), 0644);
  }
  std::string tar() const { return scratch_.path() + "/image.tar"; }
  std::string folder() const { return scratch_.path() + "/layout"; }
  std::vector<std::string> both() const { return {tar(), folder()}; }

 private:
  bundle::TemporaryFolder scratch_;
};

SourceImage open(const std::string& file, const std::string& name = "", const std::string& architecture = "") {
  return open_image({file, name, architecture});
}

std::string read(const SourceImage& image, const std::string& path) {
  Root root(image.place, image.disk);
  return root.read(path).value_or("nothing");
}

std::string fault_of(const std::string& file, const std::string& name = "", const std::string& architecture = "") {
  try {
    open(file, name, architecture);
  } catch (const Error& error) {
    return error.sentence();
  }
  return "nothing";
}

void check_fault(const std::string& fault, std::string_view part) {
  CHECK_MESSAGE(fault.find(part) != std::string::npos, fault);
}

const std::string lower = Tar().file("etc/a", "1").file("etc/b", "1").bytes();
const std::string upper = Tar().file("etc/.wh.a").file("bin/app", "2", 0755).bytes();

}  // namespace

TEST_CASE("an OCI layout: its layers, what it starts, its environment") {
  Layout layout;
  const json image = layout.manifest(
      {lower, upper}, {{"Env", {"PATH=/bin", "A=b"}}, {"Entrypoint", {"app"}}, {"Cmd", {"-x"}}, {"WorkingDir", "/w"}});
  const Written written(layout.files(json::array({Layout::called(image, "latest")})));
  for (const std::string& file : written.both()) {
    const SourceImage opened = open(file);
    CHECK(opened.place == file);
    CHECK(read(opened, "/bin/app") == "2");
    CHECK(read(opened, "/etc/a") == "nothing");
    CHECK(read(opened, "/etc/b") == "1");
    CHECK(opened.environment == std::vector<std::string>{"PATH=/bin", "A=b"});
    CHECK(opened.command == std::vector<std::string>{"app", "-x"});
    CHECK(opened.working_folder == "/w");
    CHECK(open(file, "latest").command.size() == 2);
    check_fault(fault_of(file, "1.0"), "holds no image 1.0. There are: latest");
  }
}

TEST_CASE("a file of an image has its source below the image's, and this machine's files stay theirs") {
  Layout layout;
  const Written written(layout.files(json::array({layout.manifest({lower})})));
  const SourceImage image = open(written.tar());
  Root root(image.place, image.disk);
  int error_number = 0;
  CHECK(root.locate("/etc/b").host == written.tar() + "/etc/b");
  CHECK(root.map("/etc/b", error_number)->path() == written.tar() + "/etc/b");
  CHECK(root.map_source(written.tar() + "/etc/b")->bytes().text() == "1");
  CHECK(root.open_source(written.folder() + "/oci-layout")->size() > 10);
  CHECK(root.meant_by(written.tar() + "/etc/b") == "/etc/b");
}

TEST_CASE("docker save: layers by their path, names as docker writes them") {
  const auto image = [](const std::vector<std::string>& tags, const std::string& layer) {
    return json{{"Config", "config.json"}, {"RepoTags", tags}, {"Layers", {"a/layer.tar", layer}}};
  };
  const std::string config =
      json{{"architecture", "amd64"}, {"config", {{"Env", {"A=b"}}, {"Cmd", {"/bin/app"}}}}}.dump();
  const Written one({{"manifest.json", json::array({image({"app:1.0"}, "b/layer.tar")}).dump()},
                     {"config.json", config},
                     {"a/layer.tar", lower},
                     {"b/layer.tar", upper}});
  for (const std::string& file : one.both()) {
    CHECK(read(open(file), "/bin/app") == "2");
    CHECK(open(file).command == std::vector<std::string>{"/bin/app"});
    CHECK(open(file, "", "amd64").command.size() == 1);
    check_fault(fault_of(file, "", "arm64"), "holds an image for amd64, and --arch asks for arm64");
  }
  const Written two({{"manifest.json", json::array({image({"docker.io/library/app:1.0"}, "b/layer.tar"),
                                                    image({"other:latest", "second:x"}, "c/layer.tar")})
                                           .dump()},
                     {"config.json", config},
                     {"a/layer.tar", lower},
                     {"b/layer.tar", upper},
                     {"c/layer.tar", Tar().file("bin/app", "3").bytes()}});
  check_fault(fault_of(two.tar()),
              "holds 2 images. Name one as image.tar:NAME. There are: docker.io/library/app:1.0, "
              "other:latest, second:x");
  CHECK(read(open(two.tar(), "app:1.0"), "/bin/app") == "2");
  CHECK(read(open(two.tar(), "other"), "/bin/app") == "3");
  CHECK(read(open(two.tar(), "second:x"), "/bin/app") == "3");
  check_fault(fault_of(two.tar(), "app"), "holds no image app. There are");
}

TEST_CASE("of an image for several architectures one is chosen, however deep the indexes are") {
  Layout layout;
  const json arm = Layout::of_platform(layout.manifest({Tar().file("is", "arm").bytes()}), "arm64");
  const json intel = Layout::of_platform(layout.manifest({Tar().file("is", "intel").bytes()}), "amd64");
  const json notes = Layout::of_platform(layout.manifest({Tar().file("is", "notes").bytes()}), "unknown");
  const json inner = layout.blob(json{{"manifests", json::array({notes, arm, intel})}}.dump());
  const json outer = layout.blob(json{{"manifests", json::array({Layout::of_platform(inner, "amd64")})}}.dump());
  const Written nested(layout.files(json::array({Layout::called(inner, "app:1.0"), Layout::called(outer, "app:2.0")})));
  CHECK(read(open(nested.tar(), "app:1.0", "arm64"), "/is") == "arm");
  CHECK(read(open(nested.tar(), "app:1.0", "amd64"), "/is") == "intel");
  CHECK(read(open(nested.tar(), "app:2.0", "amd64"), "/is") == "intel");
  check_fault(fault_of(nested.tar(), "app:1.0", "s390x"),
              "has no image for s390x. Choose by --arch one of: amd64, arm64");
  const Written flat(layout.files(json::array({arm, intel})));
  CHECK(read(open(flat.tar(), "", "arm64"), "/is") == "arm");
}

TEST_CASE("the tar of a root is a machine as it is") {
  const Written written(Files{{"usr/bin/app", "x"}});
  CHECK(read(open(written.tar()), "/usr/bin/app") == "x");
  check_fault(fault_of(written.tar(), "latest"),
              "is the tar of a root, in which no image has a name. Leave out ':latest'");
  check_fault(fault_of(written.tar(), "", "arm64"), "is for one architecture. Leave out --arch");
  bundle::write_new_file(written.folder() + "/text", std::string("a text"), 0644);
  check_fault(fault_of(written.folder() + "/text"), "is no tar, which is never so short");
  check_fault(fault_of(written.folder()), "is a folder and no image");
  check_fault(fault_of(written.folder() + "/nothing"), "is not there");
  const Written empty(Files{});
  check_fault(fault_of(empty.tar()), "holds no files");
}

TEST_CASE("FILE:NAME is cut at the last colon ahead of which there is a file") {
  const Written written(Files{{"usr/bin/app", "x"}});
  const auto parts = [&](const std::string& text) {
    const ImageRequest request = image_request(text);
    return std::pair(request.file, request.name);
  };
  const std::string tar = written.tar();
  CHECK(parts(tar) == std::pair(tar, std::string()));
  CHECK(parts(tar + ":app:1.0") == std::pair(tar, std::string("app:1.0")));
  CHECK(parts("/not/there:app") == std::pair(std::string("/not/there:app"), std::string()));
  bundle::write_new_file(tar + ":app", "", 0644);
  CHECK(parts(tar + ":app") == std::pair(tar + ":app", std::string()));
  CHECK(parts(tar + ":app:x") == std::pair(tar + ":app", std::string("x")));
}

TEST_CASE("what an image lacks, or what is not what it is called, is said by name") {
  Layout layout;
  const json manifest = layout.manifest({lower, upper});
  const Files good = layout.files(json::array({manifest}));
  const auto with = [&](const std::string& path, const std::optional<std::string>& content) {
    Files files = good;
    files.erase(path);
    if (content) files[path] = *content;
    const Written written(files);
    return fault_of(written.folder());
  };
  CHECK(with("x", "y") == "nothing");
  check_fault(with("blobs/sha256/" + sum_of(upper), std::nullopt), "lacks its layer 2 of 2, blobs/sha256/");
  const std::string at = "blobs/sha256/" + manifest["digest"].get<std::string>().substr(7);
  check_fault(with(at, std::nullopt), "a manifest");
  check_fault(with(at, "{}"), "a manifest, that is not what its name says");
  check_fault(with(at, "no json"), "that is no JSON");
  check_fault(with("index.json", "[]"), "holds no image");
  check_fault(with("index.json", R"({"manifests":[]})"), "holds no image");
  check_fault(with("index.json", R"({"manifests":[{"digest":"sha256:../../etc/passwd"}]})"), "which is no SHA-256");
  check_fault(with("index.json", R"({"manifests":[7]})"), "which is no SHA-256");
}

TEST_CASE("links in the folder of an image lead nowhere outside of it") {
  Layout layout;
  const json manifest = layout.manifest({lower});
  Files files = layout.files(json::array({manifest}));
  const std::string layer = "blobs/sha256/" + sum_of(lower);
  files.erase(layer);
  const Written written(files);
  bundle::write_new_file(written.folder() + "/../outside", lower, 0644);
  REQUIRE(::symlink("../../../outside", (written.folder() + "/" + layer).c_str()) == 0);
  check_fault(fault_of(written.folder()), "lacks its layer 1 of 1");
}
