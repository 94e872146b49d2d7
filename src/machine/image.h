// A container image as a source machine: what `docker save`, `skopeo copy`, `umoci` and `tar` write, without docker.
//
// Rules: the OCI image-spec (image-layout.md, image-index.md, manifest.md, config.md), and docker's image spec v1.2 for
// manifest.json of `docker save`; a tar with neither is the root of a system. Blobs that are read whole are held to
// their SHA-256: indexes, manifests, configurations, compressed layers; a layer that lies there uncompressed is read in
// part and is not. Invariant: nothing of this machine is read but FILE, whatever is written in it: a folder is read as
// a root of its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "machine/disk.h"
#include "machine/image_tree.h"

namespace bundle::machine {

struct ImageRequest {
  std::string file;          // a tar or a folder
  std::string name;          // of one of several images in it, "app:1.0"; empty: the only one
  std::string architecture;  // of an image for several, as OCI names it; empty: this machine's
  TreeLimits limits = {};
};

struct SourceImage {
  std::shared_ptr<const Disk> disk;      // this machine's, on which the image is mounted
  std::string place;                     // where: the real path of the file
  std::vector<std::string> environment;  // KEY=VALUE
  std::vector<std::string> command;      // what a container starts: the entrypoint, then its arguments
  std::string working_folder;            // "" is /
};

/// "FILE" or "FILE:NAME": the longest part up to a ':' that is there is the file. Without one, all of it.
ImageRequest image_request(const std::string& written);

/// Throws Error: usage when there is no such file, no image of that name, or several and none is named, all of which it
/// lists; cannot_bundle for what is damaged or no image; limit for one that is too large.
SourceImage open_image(const ImageRequest& request, std::shared_ptr<const Disk> live = live_disk());

}  // namespace bundle::machine
