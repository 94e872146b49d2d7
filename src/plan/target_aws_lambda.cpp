// A layer of AWS Lambda. Layers are unpacked into /opt, modes as in the zip; function and layers together may take
// 262,144,000 bytes, and an upload 50 MB unless it goes through S3 (Lambda's developer guide, "Lambda quotas").
#include "plan/target_rows.h"

namespace bundle::plan {

const Target aws_lambda = {
    .name = "aws-lambda",
    .about = "a layer, unpacked at /opt",
    .prefix = "/opt",
    .service = "Lambda",
    .unpacked_limit = 262'144'000,
    .limited = "a function and all its layers",
    .packed_limit = 52'428'800,
    .over_packed = "put it into S3, and publish it with --content S3Bucket=BUCKET,S3Key=KEY",
    .own_tmp = true,
    .environment = lambda_environment,
    .working_folder = "/var/task",
    .user = lambda_user,
    .group = lambda_group,
    .has_shared_memory = false,
};

}  // namespace bundle::plan
