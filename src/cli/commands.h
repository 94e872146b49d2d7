// The stages in order, one function a command. Nothing else knows the order.
#pragma once

namespace bundle::cli {

/// Runs the command line. Returns when it is done; throws Error for everything that a user should be told.
void run(int argc, const char* const* argv);

}  // namespace bundle::cli
