// What an output can be: a zip, a tar as it is or compressed, a folder, an installer, an image. Each is a file of this
// room, which ends with its row, and a line in format.cpp.
//
// Invariant of all: the bytes depend on the entries, the level, the time and what About says alone.
#pragma once

#include <sys/types.h>

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "pack/archive.h"

namespace bundle::pack {

/// One program of a bundle: what it is called, and what starts it, a path of the output.
struct Start {
  std::string name, path;
};

/// What an installer or an image says of a bundle.
struct About {
  std::string name;
  uint16_t machine = 0;                        // e_machine
  std::vector<Start> programs;                 // as the user named them
  std::string entry;                           // what an image starts, a path of the output
  std::string root = "/";                      // where the output is to be unpacked
  std::vector<std::string> image_environment;  // KEY=VALUE
  std::string image_user;                      // empty: root
};

/// All that goes into an output.
struct Load {
  std::vector<Entry> entries;
  Settings settings;
  About about;
};

/// Takes the bytes of an output in order. Throws Error when they cannot be written.
using Sink = std::function<void(std::string_view)>;

struct Format {
  std::string_view name;                                     // of --format: "tar.gz"
  std::array<std::string_view, 2> endings = {"", ""};        // of an output's name; the first is the usual one
  mode_t mode = 0666;                                        // of the file, less the umask
  bool is_for_anywhere = false;                              // no cloud takes it
  uint64_t (*stream)(const Sink& out, Load load) = nullptr;  // each returns the size of what it wrote,
  uint64_t (*file)(AtomicFile& out, Load load) = nullptr;    // for which it has to go back in it
  uint64_t (*folder)(const std::string& folder, Load load) = nullptr;  // below a folder that is there and empty

  bool is_folder() const { return folder != nullptr; }
  bool has_ending(std::string_view path) const;
};

/// All that there are.
const std::vector<const Format*>& formats();
/// Null when none is called so.
const Format* find_format(std::string_view name);
/// The one that `path`, less its trailing slashes, has the ending of. Null when there is none.
const Format* format_of(std::string_view path);

}  // namespace bundle::pack
