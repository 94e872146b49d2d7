output "resource_group_name" {
  description = "What all of it lies in."
  value       = azurerm_resource_group.program.name
}

output "function_app_name" {
  description = "What to publish to."
  value       = azurerm_function_app_flex_consumption.program.name
}

output "url" {
  description = "What to call, with a key in ?code=."
  value       = "https://${azurerm_function_app_flex_consumption.program.default_hostname}/api/run"
}
