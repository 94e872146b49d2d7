// The options of discovery: --add, --plugin, --exclude, --data-limit, the named sets, traces.
#pragma once

#include <vector>

#include "discover/options.h"
#include "knowledge/drivers.h"
#include "run/options.h"

namespace CLI {
class App;
}

namespace bundle::cli {

/// Adds the options, in a group of their own. Values are checked as they are parsed; paths are made absolute.
void add_discover_options(CLI::App& app, discover::Options& options, run::TraceOptions& trace);

/// --target-has, by itself: each value is checked as it is parsed.
void add_target_has_option(CLI::App& app, knowledge::TargetHas& target_has);

/// Takes what stands behind "--" out of argv for --trace, as CLI11 would take it for programs. Returns the
/// arguments ahead of it.
std::vector<const char*> split_trace_arguments(int argc, const char* const* argv, run::TraceOptions& trace);

}  // namespace bundle::cli
