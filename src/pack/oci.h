// What there is to know of an OCI image layout that lies there already; oci.cpp writes one.
#pragma once

#include <string>
#include <vector>

namespace bundle::pack {

/// Whether `folder`, in which `files` are all that there is, was written here and not changed since.
bool is_layout_of_ours(const std::string& folder, const std::vector<std::string>& files);

}  // namespace bundle::pack
