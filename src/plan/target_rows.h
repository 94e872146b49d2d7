// The targets by themselves, for the table in target.cpp.
#pragma once

#include "plan/target.h"

namespace bundle::plan {

/// Of a process of Lambda: PATH and LD_LIBRARY_PATH are documented ("Using Lambda environment variables"), the others
/// and the user were read in functions.
inline constexpr Variable lambda_environment[] = {
    {"PATH", "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin"},
    {"LD_LIBRARY_PATH",
     "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib"},
    {"LANG", "en_US.UTF-8"},
    {"TZ", ":UTC"},
    {"HOME", "/home/sbx_user1051"},  // which is not there
};
inline constexpr uint32_t lambda_user = 993, lambda_group = 990;

extern const Target aws_lambda, aws_bootstrap, azure_functions, plain;

}  // namespace bundle::plan
