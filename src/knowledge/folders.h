// The folders that are everybody's: hier(7), the FHS, Debian's multiarch triplets.
//
// One table for all who ask. Discovery asks whether a folder's name says anything about what a program needs; the plan
// asks whose listing a program should see: where one file of the bundle lies in a folder that the target fills, too,
// the target's folder stays the target's.
#pragma once

#include <string_view>

namespace bundle::knowledge {

/// "/usr/lib/x" -> "/lib/x": without the "/usr" ahead of the folders that distributions merge.
std::string_view unmerged(std::string_view path);

/// Whether many unrelated packages share the folder, so that naming it says nothing: "/usr/share", "/usr/lib/TRIPLET".
bool is_broad_folder(std::string_view folder);

/// Whether the target has things of its own in this folder, which a program is to see beside the bundle's. Not so for a
/// set that is bundled as one: time zones.
bool is_targets_folder(std::string_view folder);

/// Whether a folder holds the modules of an interpreter, each with its package's own use: dist-packages, perl5.
bool is_modules_folder(std::string_view folder);

/// Whether a name is that of a multiarch folder, as x86_64-linux-gnu.
bool is_triplet(std::string_view name);

}  // namespace bundle::knowledge
