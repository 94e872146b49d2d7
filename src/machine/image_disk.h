// An image as a disk, and a disk below a path of this machine's.
#pragma once

#include <memory>
#include <string>

#include "machine/disk.h"
#include "machine/image_tree.h"

namespace bundle::machine {

/// Its paths are those of the image. Links are not followed here: Root does that. `place`: what stands ahead of the
/// path by which a file that is open calls itself.
std::shared_ptr<const Disk> disk_of_image(std::shared_ptr<const ImageTree> tree, std::string place = "");

/// `below` with `disk` mounted at the absolute path `at`, which it hides: what a Root takes for a sysroot of that path.
/// So the files of another system have paths of their own among those of this machine, whose files may be laid in.
std::shared_ptr<const Disk> mounted(std::shared_ptr<const Disk> disk, std::string at,
                                    std::shared_ptr<const Disk> below);

}  // namespace bundle::machine
