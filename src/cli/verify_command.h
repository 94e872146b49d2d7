// `bundle verify FILE|DIR`: whether a bundle, or what others made in its place, will work where it is to run.
//
// All findings are printed, not the first; the exit code is 3 when one of them is an error.
#pragma once

namespace bundle::cli {

/// The command line from the word `verify` on. Throws Error: usage, limit when there is an error among the findings
/// (after it printed them), and what verify::verify() throws.
void run_verify(int argc, const char* const* argv);

}  // namespace bundle::cli
