// What a package of rpm's asks for: the capabilities in one of its requirements.
//
// Most requirements are a capability: a package's name, a path, "libc.so.6(GLIBC_2.34)(64bit)". One that begins with a
// bracket is a boolean one (rpm.org, "Boolean Dependencies"): "((foo >= 2 or bar) if baz)". Versions are not compared:
// rpm has. Invariant: the time taken is in proportion to the text's length, however deep its brackets go.
#pragma once

#include <string_view>
#include <vector>

namespace bundle::packages {

/// The capabilities that may answer it, alternatives among them, in their order; conditions (what stands behind "if",
/// "unless" and "without") are none. Views of `requirement`.
std::vector<std::string_view> capabilities_of(std::string_view requirement);

}  // namespace bundle::packages
