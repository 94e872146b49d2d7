// The folders that are everybody's: hier(7), the FHS, Debian's multiarch triplets, the lib64
// of others.
//
// One table for all who ask, a row a folder with all that is said of it. Discovery asks whether a folder's name says
// anything about what a program needs, what programs run without, what is nobody's business, and where a name in a
// program's bytes may begin; the plan asks whose listing a program should see: where one file of the bundle lies in a
// folder that the target fills, too, the target's folder stays the target's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

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

/// Whose modules they are, by the beginning of the interpreter's name ("python"); empty elsewhere.
std::string_view interpreter_of_modules(std::string_view folder);

/// Whether a name is that of a multiarch folder, as x86_64-linux-gnu.
bool is_triplet(std::string_view name);

/// The folder above a path, or the path itself, without which a package's programs run: documentation, translations,
/// headers, what desktops and services read; empty when there is none.
std::string_view left_out_folder(std::string_view path);

/// The same of a folder that each folder of one machine's libraries has one of, whether that is a triplet's or
/// /usr/lib64: pkgconfig.
bool is_left_out_of_machine(std::string_view path);

/// The same of a tree of the shape of /usr, by a path from its top: "share/man".
bool is_left_out_below_prefix(std::string_view path);

/// The folder above a path whose files are this machine's or somebody's, and taken by nobody's guess: /etc, /home;
/// empty when there is none.
std::string_view private_place(std::string_view path);

/// The folder above a path that holds what packages' installations and programs wrote, a folder each: /var/lib; empty
/// when there is none.
std::string_view state_place(std::string_view path);

/// Whether a path lies where software is installed, by packages or by hand: below /usr, /opt, /srv.
bool is_installed_place(std::string_view path);

/// Whether a path lies where packages have data and plugins: below /usr/share, /usr/lib, /usr/lib64, /usr/libexec.
bool is_data_place(std::string_view path);

/// How the absolute paths begin that are looked for in a program's bytes: "/usr/", "/etc/". Elsewhere a slash says
/// little.
const std::vector<std::string>& beginnings_of_names();

/// Whether a path lies straight in a folder of programs for users ("/usr/bin/x", "/usr/games/x").
bool is_in_program_folder(std::string_view path);

/// Whether a folder's path says nothing of what is in it: "/usr", "/usr/bin".
bool is_folder_of_anything(std::string_view folder);

/// Whether a folder's name is one for programs, so that a tree begins above it: bin, sbin, libexec.
bool is_for_programs(std::string_view folder_name);

/// Whether a path lies straight in a folder that the loader searches by itself.
bool is_in_library_folder(std::string_view path);

/// The same, where whoever names it by that path may as well name its last part. Not so in a store.
bool is_found_by_search(std::string_view path);

}  // namespace bundle::knowledge
