// What a run asks of the source machine's package databases. Where there is none, `packages` is null and nobody owns
// anything.
#pragma once

#include <string>

#include "packages/installed.h"
#include "plan/plan.h"

namespace bundle::run {

/// Where a missing library could come from, in words; "" when nobody knows.
std::string source_of_missing(const packages::Database* packages, const std::string& name, bool in_sysroot);

/// Says of each file of the plan which package it is of.
void name_packages(Plan& plan, packages::Installed& installed);

}  // namespace bundle::run
