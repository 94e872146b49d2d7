// The command line's first word says which command runs. Each takes its arguments apart, has somebody else do the work,
// and prints what came of it.
#pragma once

namespace bundle::cli {

/// Runs the command line. Returns when it is done; throws Error for everything that a user should be told.
void run_command(int argc, const char* const* argv);

}  // namespace bundle::cli
