// Made-up objects of a closure, for what lays them out.
#pragma once

#include <string>

#include "plan/plan.h"

/// An x86-64 file without a run path. `soname` is also what it is asked for by.
inline bundle::Object object(const std::string& path, const std::string& soname) {
  bundle::Object out;
  out.path = out.real_path = path;
  out.name = soname;
  out.machine = 62;  // EM_X86_64
  if (!soname.empty()) out.soname = soname;
  return out;
}
