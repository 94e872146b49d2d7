// Small sets of files that an imported function stands for, and that no path string of the program names
// because libc or another library opens them: converters, locales, time zones, terminals, certificates, the
// paper format.
//
// Each is on when the program imports what needs it, and each has an option that turns it off or widens it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "discover/collector.h"

namespace bundle::discover {

/// How one object finds the fonts that it draws with. See fonts.h.
enum class FontUse {
  none,
  walks,      // it looks through the folders of fonts by itself: Skia, fontdb
  fontconfig  // fontconfig's library, by whatever name, or that library linked into another
};

/// What the sets go by.
struct SetSigns {
  std::set<std::string> imports;     // of the program, its helpers and its packages' libraries and plugins
  std::string program;               // base name, for the reasons
  std::string asker;                 // its source, for wishes
  std::string libc_folder;           // where the closure's libc lies; empty for a static program
  std::string libcrypto;             // real path of the closure's libcrypto, or empty
  bool names_ca_bundle = false;      // it or a library that it links names /etc/ssl/certs
  bool names_zones = false;          // it reads a variable of its own for where zones lie
  FontUse font_use = FontUse::none;  // of the closure's objects, whichever says most
  bool links_libpaper = false;       // somewhere in the closure
  bool names_shell = false;          // it names /bin/sh and starts programs
  bool is_musl = false;              // its loader is musl's
  bool is_plugin = false;            // a library: locale, zones and terminals are its host's choice
  bool is_helper = false;            // a program that was found, not named
  bool has_old_glibc = false;        // before 2.34, when NSS's files and dns were libraries of their own
};

/// Adds to `collector` and to `wishes` whatever `signs` call for under `options`. Asking twice adds nothing.
void add_named_sets(const SetSigns& signs, const Options& options, Collector& collector, std::vector<Wish>& wishes);

/// The folders of /usr/lib/locale that a locale may lie in, as glibc tries them (intl/l10nflist.c): by the normalized
/// codeset, "utf8" for "UTF-8", "iso88591" for "ISO-8859-1", and by the codeset as it is written. Which of the two
/// there is, is the distribution's choice: C.UTF-8 in Debian 11, C.utf8 later. So UTF-8 in any spelling stands for
/// both.
std::vector<std::string> locale_folders(const std::string& name);

}  // namespace bundle::discover
