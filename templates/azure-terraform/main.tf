# Names of function apps and storage accounts are those of all the world.
resource "random_string" "suffix" {
  length  = 8
  special = false
  upper   = false
}

resource "azurerm_resource_group" "program" {
  name     = var.name
  location = var.location
}

resource "azurerm_storage_account" "program" {
  name                            = "st${random_string.suffix.result}"
  resource_group_name             = azurerm_resource_group.program.name
  location                        = azurerm_resource_group.program.location
  account_tier                    = "Standard"
  account_replication_type        = "LRS"
  allow_nested_items_to_be_public = false
}

# Where the app's package lies, which is mounted read-only.
resource "azurerm_storage_container" "packages" {
  name                  = "packages"
  storage_account_id    = azurerm_storage_account.program.id
  container_access_type = "private"
}

resource "azurerm_service_plan" "program" {
  name                = var.name
  resource_group_name = azurerm_resource_group.program.name
  location            = azurerm_resource_group.program.location
  os_type             = "Linux"
  sku_name            = "FC1" # Flex Consumption; the older Consumption plan on Linux gets no new runtimes
}

resource "azurerm_function_app_flex_consumption" "program" {
  # More than 32 characters may collide.
  name                = "${substr(var.name, 0, 23)}-${random_string.suffix.result}"
  resource_group_name = azurerm_resource_group.program.name
  location            = azurerm_resource_group.program.location
  service_plan_id     = azurerm_service_plan.program.id
  https_only          = true

  storage_container_type      = "blobContainer"
  storage_container_endpoint  = "${azurerm_storage_account.program.primary_blob_endpoint}${azurerm_storage_container.packages.name}"
  storage_authentication_type = "StorageAccountConnectionString"
  storage_access_key          = azurerm_storage_account.program.primary_access_key

  runtime_name           = "python"
  runtime_version        = var.python_version
  instance_memory_in_mb  = var.instance_memory_in_mb
  maximum_instance_count = var.maximum_instance_count

  site_config {}
}
