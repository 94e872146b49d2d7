// Whether every symbol version that an object requires is defined by the library that its name resolved to
// (glibc elf/dl-version.c): the "version `X' not found (required by Y)" that people otherwise meet in
// production.
#pragma once

#include "plan/plan.h"
#include "resolve/files.h"

namespace bundle::resolve {

/// Fills closure.version_problems, in the order of objects. musl does not look at versions, so nothing is
/// found there.
void check_versions(Closure& closure, Files& files);

}  // namespace bundle::resolve
