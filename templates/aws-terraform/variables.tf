variable "region" {
  description = "Region to deploy to; by default the one that the AWS settings of this machine name."
  type        = string
  default     = null
}

variable "name" {
  description = "Name of the function and its role."
  type        = string
  default     = "@SERVICE@"
}

variable "bucket" {
  description = "An S3 bucket for the layer's zip. Needed for one of more than 50 MB, which Lambda takes no other way."
  type        = string
  default     = null
}

variable "log_retention_days" {
  description = "How long the function's log is kept."
  type        = number
  default     = 14
}
