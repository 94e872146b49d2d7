// The table of checks.h.
#include "verify/checks.h"

namespace bundle::verify {

const std::vector<Check>& checks() {
  static const std::vector<Check> all = {
      {"zip", "the archive itself: headers that agree, nothing between or twice, no encryption, no data descriptors",
       check_zip},
      {"names", "names that are unique, lie inside and can be unpacked", check_names},
      {"links", "no symlinks, devices or the like", check_links},
      {"modes", "what is to be read or run may be", check_modes},
      {"contents", "each file's bytes, by its CRC, and ELF files that a loader can take", check_contents},
      {"limits", "what the target allows in size", check_limits},
      {"manifest", "each file as its manifest lists it, none missing, none beside", check_manifest},
      {"launchers", "each launcher's settings lead to what is there", check_launchers},
      {"interpreters", "each program's loader is there", check_interpreters},
      {"needed", "each library that a program needs is found by the loader's rules", check_needed},
      {"versions", "each symbol version that is asked for is defined", check_versions},
      {"runtime", "what would come from the target's own libraries", check_runtime},
      {"run-paths", "run paths stay inside", check_run_paths},
      {"symbols", "each strong undefined symbol has a definition in its scope", check_symbols},
      {"second-opinion", "LIEF reads the same of each ELF file up to 8 MB", check_second_opinion},
      {"redirects", "the table of the redirect library leads to what is there", check_redirects},
      {"reach", "files that nothing can reach", check_reach},
  };
  return all;
}

}  // namespace bundle::verify
