// What a bare system has beside its files: the devices of a process that has no others, and the files by which this
// machine's network is found.
#pragma once

#include <array>
#include <string_view>
#include <utility>

namespace bundle::knowledge {

/// Seen in functions of AWS Lambda, which have no /dev/shm and no terminals.
inline constexpr std::array<std::string_view, 6> bare_devices = {"null", "zero", "full", "random", "urandom", "tty"};
/// As every system has them; programs are given them as names of files.
inline constexpr std::array<std::pair<std::string_view, std::string_view>, 4> device_links = {
    {{"fd", "/proc/self/fd"},
     {"stdin", "/proc/self/fd/0"},
     {"stdout", "/proc/self/fd/1"},
     {"stderr", "/proc/self/fd/2"}}};
/// resolver(3): without them no host has an address.
inline constexpr std::array<std::string_view, 2> files_of_the_network = {"/etc/resolv.conf", "/etc/hosts"};

}  // namespace bundle::knowledge
