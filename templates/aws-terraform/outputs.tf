output "function_name" {
  description = "What to invoke."
  value       = aws_lambda_function.program.function_name
}

output "layer_version_arn" {
  description = "For other functions that are to have the program."
  value       = aws_lambda_layer_version.program.arn
}
