// Anywhere, by unpacking: a home folder, an image, another machine. There is no place to know ahead and no limit; where
// the launcher finds itself, the program starts.
#include "plan/target_rows.h"

namespace bundle::plan {

namespace {

constexpr Variable environment[] = {
    {"PATH", "/usr/local/bin:/usr/bin:/bin"},
    {"LANG", "C.UTF-8"},
    {"HOME", "/nonexistent"},
};

}  // namespace

const Target plain = {
    .name = "plain",
    .about = "any folder, without limits",
    .prefix = "/",
    .environment = environment,
};

}  // namespace bundle::plan
