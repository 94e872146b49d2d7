// Programs that ask the kernel by themselves, past every function that could answer from the bundle: Go's, and static
// ones. Where they read a variable for where their data lies, a default for it leads them there.
#pragma once

#include <array>
#include <string_view>

#include "knowledge/calls.h"

namespace bundle::knowledge {

/// The owner of the note by which Go's linker marks what it makes.
inline constexpr std::string_view go_note_owner = "Go";

struct DataVariable {
  std::string_view name;  // whose text a program has where it reads it
  Set set;
  bool is_go_only = false;
  std::string_view built_in = {};  // a text of those that have the data in themselves
};
inline constexpr std::array<DataVariable, 2> data_variables = {{
    // crypto/x509's root_unix.go, OpenSSL's and rustls-native-certs' default.
    {"SSL_CERT_FILE", Set::ca_bundle},
    // time.LoadLocation; time/tzdata brings the zones along.
    {"ZONEINFO", Set::zoneinfo, true, "time/tzdata."},
}};

}  // namespace bundle::knowledge
