// A function of AWS Lambda on a runtime without a language (provided.al2023): the zip is unpacked at /var/task, and the
// file `bootstrap` in it is started, which speaks the Lambda Runtime API (Lambda's developer guide, "Building a custom
// runtime"). Here it is the launcher of a program that does so itself. All else lies below lib/NAME.
#include <elf.h>

#include "base/error.h"
#include "plan/target_rows.h"

namespace bundle::plan {

namespace {

std::string launcher(size_t index, const std::string& name, const std::string& home) {
  return index == 0 ? "bootstrap" : home + "/bin/" + name;
}

void check(const Plan& plan, bool) {
  for (const Program& program : plan.programs) {
    if (program.is_helper || program.machine == EM_X86_64 || program.machine == EM_AARCH64) continue;
    throw Error(Exit::cannot_bundle, program.source,
                "is for another machine than Lambda's functions run on, x86_64 and aarch64. Build it for one of them");
  }
}

}  // namespace

const Target aws_bootstrap = {
    .name = "aws-bootstrap",
    .about = "a function on provided.al2023, at /var/task",
    .prefix = "/var/task",
    .service = "Lambda",
    .unpacked_limit = 262'144'000,
    .limited = "a function and all its layers",
    .packed_limit = 52'428'800,
    .over_packed = "put it into S3, and name it with --code S3Bucket=BUCKET,S3Key=KEY",
    .own_tmp = true,
    .environment = lambda_environment,
    .working_folder = "/var/task",
    .user = lambda_user,
    .group = lambda_group,
    .has_shared_memory = false,
    .launcher = launcher,
    .check = check,
};

}  // namespace bundle::plan
