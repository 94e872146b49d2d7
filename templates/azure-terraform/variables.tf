variable "name" {
  description = "Name of the resource group, and how the function app's begins."
  type        = string
  default     = "@SERVICE@"
}

variable "location" {
  description = "A region that has the Flex Consumption plan."
  type        = string
  default     = "westeurope"
}

variable "python_version" {
  description = "Version of Python that the functions run on."
  type        = string
  default     = "3.14"
}

variable "instance_memory_in_mb" {
  description = "Memory of an instance: 512, 2048 or 4096."
  type        = number
  default     = 2048
}

variable "maximum_instance_count" {
  description = "How many instances there may be at once."
  type        = number
  default     = 40
}
