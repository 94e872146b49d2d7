// The formats by themselves, for the table in format.cpp.
#pragma once

#include "pack/format.h"

namespace bundle::pack {

extern const Format zip_format, tar_format, tar_gz_format, tar_zst_format, sh_format, oci_format, folder_format;

}  // namespace bundle::pack
