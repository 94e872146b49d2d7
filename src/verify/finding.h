// What a check found: which check, how bad, where, what is wrong and what to do about it.
//
// `check` is stable, for scripts; the sentences are for people and may change. Invariant: a finding has something to
// do.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bundle::verify {

enum class Severity {
  error,   // it will not work
  warning  // it may not
};

struct Finding {
  std::string check;
  Severity severity = Severity::error;
  std::string path;   // in the bundle; empty for the bundle itself
  std::string what;   // "its CRC is wrong"
  std::string to_do;  // "Make the archive again"
};

/// Where a check puts what it finds. The same thing found twice stands once.
class Findings {
 public:
  Findings(std::string_view check, std::vector<Finding>& all) : check_(check), all_(all) {}
  void add(Severity severity, std::string path, std::string what, std::string to_do);
  void error(std::string path, std::string what, std::string to_do) {
    add(Severity::error, std::move(path), std::move(what), std::move(to_do));
  }
  void warning(std::string path, std::string what, std::string to_do) {
    add(Severity::warning, std::move(path), std::move(what), std::move(to_do));
  }

 private:
  std::string_view check_;
  std::vector<Finding>& all_;
};

}  // namespace bundle::verify
