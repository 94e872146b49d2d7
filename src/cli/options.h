// The command line: argv becomes a Request, or help, or an Error (usage) that says what to type instead.
#pragma once

#include <set>
#include <string>

#include "run/options.h"

namespace CLI {
class App;
}  // namespace CLI

namespace bundle::cli {

/// What the user asked of `bundle PROGRAM…`.
struct Request {
  run::BundleOptions bundle;
  bool quiet = false;
  bool verbose = false;
  std::string image;         // FILE[:NAME], in place of a sysroot
  std::string architecture;  // of an image for several
  std::string save_case;     // a folder, for a bug report
};

/// Adds the arguments and options of the bundling itself to `app`.
void add_bundle_options(CLI::App& app, Request& request);

/// Adds --level and --jobs, for whatever packs an output.
void add_packing_options(CLI::App& app, int& level, unsigned& jobs);
/// --image and --arch, below the heading `group` of the help page.
void add_image_options(CLI::App& app, std::string& image, std::string& architecture, const std::string& group);
/// Throws Error (usage) for what contradicts itself.
void check_image_options(const std::string& image, const std::string& architecture, const std::string& sysroot);

/// Checks what one option alone cannot, and adds what the environment says. Throws Error (usage).
void complete_request(Request& request);

/// Parses, and turns CLI11's exceptions into Error (usage); an unknown option suggests the nearest known one. So is an
/// empty value, but of the options `may_be_empty` (their first long names). False when help or the version was asked
/// for and has been printed.
bool parse(CLI::App& app, int argc, const char* const* argv, const std::set<std::string>& may_be_empty = {});

/// LD_LIBRARY_PATH of this environment; empty when it is not set.
std::string environment_library_path();

}  // namespace bundle::cli
