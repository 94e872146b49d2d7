// An image as what a run bundles from: machine/image.h's answer in the terms of a sysroot.
//
// Rule: the OCI image-spec's config.md. What the image says of a container's environment counts as this machine's own
// does: PATH for a bare name, LD_LIBRARY_PATH for the loader. Its entrypoint, or where it has none the first word of
// its command, is the program of who names none.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "machine/disk.h"

namespace bundle::run {

struct SourceOfImage {
  std::string sysroot;                        // where the image is mounted
  std::shared_ptr<const machine::Disk> disk;  // what on
  std::string environment_path;               // LD_LIBRARY_PATH
  std::vector<std::string> program_path;      // PATH; empty: it says nothing
  std::vector<std::string> command;           // of a container
  std::string working_folder;
};

/// `image`: FILE[:NAME]; `architecture`: which of several, as OCI or the kernel names it, or "". Throws what
/// machine::open_image() throws.
SourceOfImage source_of_image(const std::string& image, const std::string& architecture);

/// The program that a container would run. Throws Error (usage) where the image names none, or a line for a shell.
std::string program_of(const SourceOfImage& source);

}  // namespace bundle::run
