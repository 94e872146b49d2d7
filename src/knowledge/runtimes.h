// What the places that bundles run in have of their own: the libraries of AWS Lambda's runtimes, and where programs
// there look for libraries.
//
// From public documents: Lambda's developer guide ("Lambda runtimes": the operating system of each; "Environment
// variables": LD_LIBRARY_PATH), Amazon Linux's release notes for the versions of its packages (glibc 2.34, gcc 11, zlib
// 1.2.11, OpenSSL 3 of AL2023; glibc 2.26, gcc 7.3, zlib 1.2.7 of AL2). A language's runtime may have more than the one
// without a language. What is not in the table is not known to be there, which is not the same as not being there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bundle::knowledge {

/// A library of a runtime. Without versions: it may be there, no public document says so, and nothing is to be claimed.
struct RuntimeLibrary {
  std::string_view soname;
  std::vector<std::string> versions;  // all that it defines, older ones than any machine needs among them
};

struct Runtime {
  std::string_view name;    // "Amazon Linux 2023"
  std::string_view folder;  // that its libraries lie in
  std::vector<RuntimeLibrary> libraries;

  /// Whether public documents say that it has the library of that name.
  bool is_confirmed(std::string_view soname) const;
};

/// The runtimes of a target by its name, the newest first. None where nothing is known.
const std::vector<Runtime>& runtimes_of(std::string_view target);

/// LD_LIBRARY_PATH as a target sets it for every process; empty where it sets none.
std::string_view library_path_of(std::string_view target);

}  // namespace bundle::knowledge
