// `bundle list`: what is in a bundle, each group of its files with what it takes.
//
// Invariant: each file is in one group, so that the groups add up to the last line, and that to the files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/listed.h"

namespace bundle::report {

enum class ListBy { package, why, kind, folder, file };
/// By their names on the command line, the usual one first.
const std::vector<std::pair<std::string, ListBy>>& ways_to_list();

/// Largest first; at most `most` lines, the sum behind them in one. Names are made printable.
std::string render_list(const std::vector<Content>& files, ListBy by, size_t most);

/// The same for scripts, all of it; by file with all that is known of each.
std::string render_list_json(const std::vector<Content>& files, ListBy by);

}  // namespace bundle::report
