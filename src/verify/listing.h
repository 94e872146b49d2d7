// What a bundle holds, file by file: told by its manifests where they tell of it, and else by the files themselves, so
// that what others made is told, too.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "report/listed.h"
#include "verify/manifests.h"
#include "verify/opened.h"

namespace bundle::verify {

class Listing {
 public:
  /// `bundle` must outlive it. Throws Error (cannot_bundle) for a manifest that is damaged.
  explicit Listing(const Opened& bundle);

  /// What is known of a file whose content nobody read. Its kind is empty when no manifest tells of it.
  report::Content told(const OpenedFile& file) const;
  /// What its content says: whether it is an ELF file, and its kind where no manifest told it.
  static void look_into(report::Content& file, const std::string& content);

 private:
  std::map<std::string, report::ListedFile> told_;  // by path in the bundle, as a manifest spells it
};

/// Which files are looked into: those of which no manifest tells, or all.
enum class Look { where_untold, everywhere };

/// All but its folders, in the order of their paths; a path that is there twice stands twice. Throws Error
/// (cannot_bundle) for what is damaged or cannot be read.
std::vector<report::Content> contents_of(const Opened& bundle, Look look);

}  // namespace bundle::verify
