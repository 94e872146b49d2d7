// The targets by themselves, for the table in target.cpp.
#pragma once

#include "plan/target.h"

namespace bundle::plan {

extern const Target aws_lambda, aws_bootstrap, azure_functions, plain;

}  // namespace bundle::plan
