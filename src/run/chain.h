// What leads to a library of the bundle: who needs it, who needs that, up to what the user named or a rule found.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "plan/layout.h"
#include "run/follow.h"

namespace bundle::run {

class Chains {
 public:
  Chains(const std::vector<plan::NamedProgram>& programs, const Followed& followed);
  /// Of the file with this real path, the nearest first: "needed by libcurl.so.4", "needed by git-remote-http",
  /// "here by rule helpers: programs that git names". The shortest that begins at a program which the user named, else
  /// the shortest from anything found. Empty for what no loader loads and no object opens.
  std::vector<std::string> of(const std::string& source) const;

 private:
  struct Need {
    std::string by;    // real path
    std::string text;  // "needed by git"
  };
  void note(const Closure& closure, const std::vector<Opening>& openings);
  void walk(std::vector<std::string> sources);

  std::map<std::string, std::vector<std::pair<std::string, std::string>>> needs_;  // real path -> (real path, text)
  std::map<std::string, std::string> starts_;                                      // real path -> why it is here
  std::map<std::string, Need> nearest_;
};

}  // namespace bundle::run
