// See finding.h.
#include "verify/finding.h"

#include <algorithm>

namespace bundle::verify {

void Findings::add(Severity severity, std::string path, std::string what, std::string to_do) {
  Finding finding{std::string(check_), severity, std::move(path), std::move(what), std::move(to_do)};
  // Those of one check follow one another, so the last are the ones that it may be found among.
  for (auto at = all_.rbegin(); at != all_.rend() && at->check == check_; ++at) {
    if (at->path == finding.path && at->what == finding.what) return;  // of two severities the first is the true one
  }
  all_.push_back(std::move(finding));
}

}  // namespace bundle::verify
