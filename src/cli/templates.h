// The kinds of `bundle init` and their files, embedded from templates/ at build time (templates/CMakeLists.txt makes
// the source).
#pragma once

#include <string_view>
#include <vector>

namespace bundle::cli {

struct TemplateKind {
  std::string_view name;    // "aws-sam", a folder of templates/
  std::string_view target;  // what its bundle is made for: a name of --target, or "any"
  std::string_view
      place;  // of the bundle in the project: "layer.zip"; "tools/": unpacked there; empty: it stays where it is
  std::string_view about;  // a line for the help
};

struct TemplateFile {
  std::string_view kind;  // "aws-sam"
  std::string_view path;  // in the folder that is made: "function/app.py"
  std::string_view text;  // with @NAME@ where a value goes
};

/// In the order of the help.
const std::vector<TemplateKind>& template_kinds();
/// All of them, by kind and path.
const std::vector<TemplateFile>& template_files();

}  // namespace bundle::cli
