// See target.h. The rows, the default first.
#include "plan/target.h"

#include <algorithm>

#include "plan/target_rows.h"

namespace bundle::plan {

std::string launcher_in_bin(size_t, const std::string& name, const std::string&) { return "bin/" + name; }

const std::vector<const Target*>& targets() {
  static const std::vector<const Target*> all = {&aws_lambda, &aws_bootstrap, &azure_functions, &plain};
  return all;
}

const Target& default_target() { return aws_lambda; }

const Target* find_target(std::string_view name) {
  const auto found =
      std::find_if(targets().begin(), targets().end(), [&](const Target* target) { return target->name == name; });
  return found == targets().end() ? nullptr : *found;
}

}  // namespace bundle::plan
