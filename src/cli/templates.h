// The starter files of `bundle init`, embedded from templates/ at build time (templates/CMakeLists.txt makes
// the source).
#pragma once

#include <string_view>
#include <vector>

namespace bundle::cli {

struct TemplateFile {
  std::string_view kind;  // "aws-sam"
  std::string_view path;  // in the folder that is made: "function/app.py"
  std::string_view text;  // with @NAME@ where a value goes
};

/// All of them, sorted by kind and path.
const std::vector<TemplateFile>& template_files();

}  // namespace bundle::cli
