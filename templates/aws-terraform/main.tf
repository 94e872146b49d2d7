locals {
  # Always said: without it Lambda assumes x86_64.
  architecture = "@ARCHITECTURE@"
  layer        = "${path.module}/layer.zip"
}

resource "aws_s3_object" "layer" {
  count = var.bucket == null ? 0 : 1

  bucket      = var.bucket
  key         = "${var.name}/layer.zip"
  source      = local.layer
  source_hash = filebase64sha256(local.layer)
}

# Unpacked into /opt: the program is /opt/bin/@PROGRAM@.
resource "aws_lambda_layer_version" "program" {
  layer_name               = "@LAYER_NAME@"
  description              = "@PROGRAM@ with all that it needs"
  license_info             = "see the packages in @MANIFEST@"
  compatible_architectures = [local.architecture]
  # No compatible_runtimes, for the layer brings its own libc and serves all of them.

  filename         = var.bucket == null ? local.layer : null
  s3_bucket        = var.bucket
  s3_key           = one(aws_s3_object.layer[*].key)
  source_code_hash = filebase64sha256(local.layer)

  # Every change makes a new version. Older ones stay for functions elsewhere that use them; they are deleted by hand, see
  # README.md.
  skip_destroy = true
}

data "archive_file" "function" {
  type        = "zip"
  source_dir  = "${path.module}/function"
  output_path = "${path.module}/function.zip"
  excludes    = ["__pycache__"]
}

resource "aws_lambda_function" "program" {
  function_name = var.name
  role          = aws_iam_role.function.arn
  runtime       = "python3.14"
  architectures = [local.architecture]
  handler       = "app.handler"
  layers        = [aws_lambda_layer_version.program.arn]
  memory_size   = 512
  timeout       = 30

  filename         = data.archive_file.function.output_path
  source_code_hash = data.archive_file.function.output_base64sha256

  # What the function may log to, and where, is there before it runs.
  depends_on = [aws_cloudwatch_log_group.function, aws_iam_role_policy_attachment.logs]
}

resource "aws_cloudwatch_log_group" "function" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_days
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "function" {
  name               = var.name
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy_attachment" "logs" {
  role       = aws_iam_role.function.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}
