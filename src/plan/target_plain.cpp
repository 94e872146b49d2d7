// Anywhere, by unpacking: a home folder, an image, another machine. There is no place to know ahead and no limit; where
// the launcher finds itself, the program starts.
#include "plan/target_rows.h"

namespace bundle::plan {

const Target plain = {
    .name = "plain",
    .about = "any folder, without limits",
    .prefix = "/",
};

}  // namespace bundle::plan
