// Where fontconfig may keep what it reads of fonts: its own places are of the source machine, or below a HOME that is
// not there, and then each start says "No writable cache directories" and goes on without.
//
// A line is added to the settings in the bundle, behind the places that they name. Lambda's /tmp is one function's
// alone, so a bundle for such a place keeps its cache there, as every start is paid for. Elsewhere /tmp is
// everybody's, a name in it is anyone's to take first, and fontconfig believes a cache whoever wrote it
// (FcDirCacheProcess): there the last place is one that can be written to and holds nothing, /dev/null, and fonts are
// read anew, in silence.
#pragma once

#include <string>
#include <string_view>

#include "plan/plan.h"

namespace bundle::run {

/// Whether the item is fontconfig's main file of settings.
bool is_font_settings(const Plan& plan, const Item& item);

/// The settings, with such a place for the plan's target; as they are when they have no end.
std::string with_font_cache(std::string_view settings, const Plan& plan);

}  // namespace bundle::run
