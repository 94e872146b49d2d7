// The prebuilt launchers that are embedded in `bundle`, and their configuration.
//
// A launcher (launchers/) is the file in bin/ that starts a program of the bundle. make_launcher() copies the
// prebuilt one of an architecture and fills in its configuration block; nothing else of it changes. Same
// settings, same bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace bundle::launch {

/// How a launcher starts its program. Paths but `prefix` are relative to the bundle's root, with no slash at
/// either end. The launcher itself
/// lies `depth` folders below the root: 1 for bin/NAME.
struct Settings {
  std::string prefix;     // absolute: where the kernel can start the program by itself
  std::string program;    // "lib/rig/root/usr/bin/rig"
  std::string loader;     // "lib/rig/ld.so"; empty for a static program
  std::string libraries;  // "lib/rig:lib/rig/2:/lib64": the folders of the run path, absolute ones the target's; may be
                          // empty for a static program

  /// What the program is told it is called, in the place of the caller's name for it; empty: that. With `instead_of`
  /// only where that is the launcher's own name, without a folder.
  std::string argv0, instead_of;
  /// For the interpreter of a script: what stands between its argv[0] and the caller's arguments, with @root@ for the
  /// bundle's root ("-w", "@root@/lib/cowsay/root/usr/games/cowsay").
  std::vector<std::string> arguments;

  /// "KEY=VALUE", given to the program when the caller has no KEY. @root@ in VALUE becomes the bundle's root.
  std::vector<std::string> environment;

  unsigned depth = 1;

  bool musl = false;  // the loader is musl's
  /// The run path is a DT_RUNPATH, as --runpath asks: away from the prefix, too, LD_LIBRARY_PATH goes first.
  bool runpath = false;
  /// The program could not be rewritten for the prefix: started in process everywhere.
  bool never_exec = false;
  /// A library that is to be loaded ahead of the program's own, for a program that could not be told so in its file;
  /// empty for none. With it the program is started in process everywhere.
  std::string first_needed;
};

/// Whether there is a launcher for this e_machine. Programs of other machines go into bin/ themselves and
/// start at the prefix only.
bool has_launcher(uint16_t e_machine);

/// The bytes of a finished launcher, to be stored with mode 0755. Throws Error (usage) for a setting that is
/// not as described above, or when all together are longer than the block; Error (cannot_bundle) without
/// has_launcher().
std::string make_launcher(uint16_t e_machine, const Settings& settings);

/// Settings::program of a launcher that make_launcher() made; nothing for any other file. Throws Error (cannot_bundle)
/// for a launcher whose block is damaged.
std::optional<std::string> program_of_launcher(Bytes launcher);

}  // namespace bundle::launch
