// The file that a word of the command line means, by one rule for all commands.
//
// A word with a slash is a path. One without means the ELF file of that name in the working folder - what is typed in a
// build folder, and what `for f in *` gives - else the program that PATH has under it, else whatever else lies here
// under that name, for the message that refuses it. Where both are there the one here is taken, and it is said.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace bundle::cli {

struct NamedFile {
  std::string path;        // absolute
  bool from_path = false;  // nobody named a folder, and it is not in this one
  std::string note;        // for the user; empty when there is nothing to be said
};

/// Throws Error (cannot_bundle) when there is no such file.
NamedFile find_named(const std::string& named);

/// Does `work` for each word. Of several one that fails is said at once and the rest go on; at the end an Error says
/// how many failed, of the first one's kind. A wrong usage ends it all, for it is the same for each.
void for_each_named(const std::vector<std::string>& words, const std::function<void(const std::string&)>& work);

}  // namespace bundle::cli
