// The settings in /etc that are no program's own: what every system has for itself, and what packages put there for
// others than their programs.
#pragma once

#include <string_view>

namespace bundle::knowledge {

/// What every system has of its own, or what a named set answers for: of no interest that a program names it.
bool is_every_systems(std::string_view path);

/// Whether a package puts a file there for the system's services, its shells or its administrator: its own programs
/// read none of it.
bool is_for_the_system(std::string_view path);

}  // namespace bundle::knowledge
