// The options of discovery: --add, --plugin, --exclude, --data-limit, the named sets, traces.
#pragma once

#include <string>
#include <vector>

#include "discover/options.h"

namespace CLI {
class App;
}

namespace bundle::cli {

/// What the options say beyond discover::Options: what to run or read for a trace.
struct TraceRequest {
  bool run = false;                    // --trace: run the first program with `arguments`
  std::vector<std::string> arguments;  // behind "--"
  std::vector<std::string> inputs;     // --trace-input
};

/// Adds the options, in a group of their own. Values are checked as they are parsed; paths are made absolute.
void add_discover_options(CLI::App& app, discover::Options& options, TraceRequest& trace);

/// Takes what stands behind "--" out of argv for --trace, as CLI11 would take it for programs. Returns the
/// arguments ahead of it.
std::vector<const char*> split_trace_arguments(int argc, const char* const* argv, TraceRequest& trace);

}  // namespace bundle::cli
