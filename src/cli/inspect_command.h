// `bundle inspect PROGRAM…`: what the loaders of programs would load, and why, without running anything.
//
// What is missing is shown and makes the exit code 1; a symbol version that nobody defines makes it 3. Of several
// programs each is shown, and the exit code is that of the first that has a fault.
#pragma once

#include <string>
#include <vector>

namespace bundle::cli {

struct InspectRequest {
  std::vector<std::string> programs;
  std::vector<std::string> library_path;  // -L
  std::vector<std::string> preload;
  std::string sysroot;
  std::string image;         // --image FILE[:NAME], in place of a sysroot
  std::string architecture;  // --arch
  std::string needs;         // --needs FILE|SONAME
  std::string colour = "auto";
  bool list = false;
  bool json = false;
};

/// The command line from the word `inspect` on. Throws what inspect() throws, and Error (usage).
void run_inspect(int argc, const char* const* argv);

/// Throws Error: cannot_bundle for what is no ELF file or when something is missing (after it printed the
/// rest), limit for a version that is not defined, usage for a --needs that nothing goes by.
void inspect(const InspectRequest& request);

}  // namespace bundle::cli
