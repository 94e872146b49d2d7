// HOME/dropped.json: the files that slim took out of a bundle, so that a run which asks for one can be told why it is
// not there.
//
// A tree, in which each folder's name stands once: {"": ["libz.so.1"], "root": {"usr": {"share": {"": ["words"]}}}}.
// Paths are those that the files had, relative to HOME, the folder that holds the manifest: what the program knows as
// /usr/share/words is root/usr/share/words. Stable bytes for the same set of paths.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bundle::report {

/// Where the list lies in a bundle, by its home: "lib/rig".
std::string path_of_dropped(const std::string& home);

std::string render_dropped(const std::vector<std::string>& paths);
/// Sorted, each once. None for any other text.
std::vector<std::string> parse_dropped(std::string_view text);

}  // namespace bundle::report
