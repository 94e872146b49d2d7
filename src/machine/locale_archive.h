// glibc's archive of locales, and a disk on which each of them lies as a folder.
//
// localedef(1) puts the locales that it compiles into one file, /usr/lib/locale/locale-archive: Fedora's, Arch's and
// SUSE's whole set of them (some 200 MB), or on Debian those that locale-gen made. libc takes a locale from there or
// from a folder beside it, which holds the same bytes, a file a category (locale/loadarchive.c, locale/findlocale.c).
// So whoever asks for a locale's folder gets it, whichever of the two there is, and an archive never has to be copied.
//
// The format is that of locale/locarchive.h: a header, a hash table of names, which is walked here from its first slot
// to its last, and records that tell where the bytes of each category lie. Invariant: what a LocaleArchive hands out
// lies within its file, whatever that says.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "machine/disk.h"

namespace bundle::machine {

class LocaleArchive {
 public:
  /// Throws Error (cannot_bundle) without a path when these are not the bytes of an archive. `bytes` must outlive it.
  /// An empty file is an archive without locales.
  explicit LocaleArchive(Bytes bytes);

  /// "de_DE.utf8", "german": each name as setlocale() looks for it, sorted.
  std::vector<std::string> names() const;
  bool has(std::string_view name) const { return records_.find(name) != records_.end(); }

  struct File {
    std::string path;  // below the locale's folder: "LC_CTYPE", "LC_MESSAGES/SYS_LC_MESSAGES"
    Bytes content;
  };
  /// The files of a locale's folder; none when there is no such locale. Throws as the constructor.
  std::vector<File> files(std::string_view name) const;

 private:
  Bytes bytes_;
  std::map<std::string, uint32_t, std::less<>> records_;  // where the record of each name lies
};

/// The same disk, on which the locales of an archive lie beside it, each as the folder that localedef --no-archive
/// makes; what is there already stays as it is. Throws Error (cannot_bundle) with what is wrong with an archive and
/// what to do, when asked for something that only the archive can hold.
std::shared_ptr<const Disk> with_locale_folders(std::shared_ptr<const Disk> disk);

}  // namespace bundle::machine
