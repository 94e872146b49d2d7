// What a zip that bundle made tells whoever deploys it: the target that it is for, its programs, their architecture.
//
// All of it is told by where the launchers lie, which each target fixes (plan/target.h): bin/NAME in a layer,
// `bootstrap` in a function's zip, tools/HOME/bin/NAME in a package for Azure. A manifest is asked for one thing alone,
// what the program is called that `bootstrap` starts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "verify/archive_reader.h"

namespace bundle::cli {

struct MadeProgram {
  std::string name;
  std::string launcher;  // its path in the zip
  std::string home;      // the bundle's own name, by which tools/HOME or lib/HOME is called
  std::string manifest;  // its path in the zip, "lib/HOME/manifest.json" or, when flat, "lib/manifest.json"
};

class MadeBundle {
 public:
  /// Throws Error (cannot_bundle) for what is no zip, or holds no program where any target has them.
  explicit MadeBundle(const std::string& path);

  const verify::ArchiveReader& archive() const { return archive_; }
  std::string_view target() const { return target_; }
  const std::vector<MadeProgram>& programs() const { return programs_; }
  /// The one called `name`, or the only one when that is empty. Throws Error (usage), which lists what there is.
  const MadeProgram& program(const std::string& name) const;
  /// As AWS names it: x86_64 or arm64. Throws Error (cannot_bundle) for another one, or a launcher that is no program.
  std::string architecture(const MadeProgram& program) const;

 private:
  void find_function(const std::string& manifest, const std::string& home);
  void find_programs();
  [[noreturn]] void fail_without_programs() const;

  std::string path_;
  verify::ArchiveReader archive_;
  std::string_view target_;
  std::vector<MadeProgram> programs_;
  std::vector<std::string> odd_;  // names of programs that are not plain
};

/// Whether it can stand in Python, YAML and shell text as it is, without quotes.
bool is_plain_name(std::string_view name);

}  // namespace bundle::cli
