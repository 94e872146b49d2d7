// The command line's first word says which command runs. Each takes its arguments apart, has somebody else do the work,
// and prints what came of it.
#pragma once

namespace bundle::cli {

/// Runs the command line. Returns when it is done, with the exit code: 0, but for a command whose answer it is. Throws
/// Error for everything that a user should be told.
int run_command(int argc, const char* const* argv);

}  // namespace bundle::cli
