// The entry point: the only catch, and the exit codes.
//
// What is thrown below is an Error or Interrupted. The net under them is for what a library throws where nobody thought
// of it: it says so and ends with an exit code, never by std::terminate.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/mapping.h"
#include "base/say.h"
#include "cli/commands.h"

namespace {

/// A descriptor below 3 that the caller closed would be taken by the next file that is opened: the output, into which
/// messages would then be written. What stands there instead takes no writes.
void hold_standard_streams() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) == -1) (void)!::open("/dev/null", O_RDONLY);
  }
}

int fail(bundle::Exit kind, const std::string& message) {
  bundle::say_error(fmt::format("bundle: {}\n", message));
  return bundle::exit_code(kind);
}

/// Whatever was thrown by code that saw zeros where an input was cut short: that is the reason, and is said.
int fail(const bundle::Error& error) {
  try {
    bundle::check_mappings();
  } catch (const bundle::Error& cause) {
    return fail(cause.kind(), cause.what());
  }
  return fail(error.kind(), error.what());
}

int run(int argc, char** argv) {
  const int status = bundle::cli::run_command(argc, argv);
  bundle::check_mappings();
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    bundle::check_interrupted();  // SIGPIPE: who read it has gone, and wants no message
    throw bundle::Error(bundle::Exit::machine, "", "standard output cannot be written to its end",
                        "Free space where it is sent, or send it elsewhere");
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  hold_standard_streams();
  bundle::catch_interrupts();
  try {
    const int status = run(argc, argv);
    // All is done and written. What the destructors of static objects would give back goes with the process.
    std::_Exit(status);
  } catch (const bundle::Error& error) {
    return fail(error);
  } catch (const bundle::Interrupted& interrupted) {
    bundle::die_by(interrupted.signal);
  } catch (const std::bad_alloc&) {
    return fail(bundle::Exit::machine, "out of memory. Close other programs or bundle fewer programs at a time");
  } catch (const std::exception& error) {
    return fail(bundle::Exit::machine,
                fmt::format("stopped by something that nobody here thought of: {}. Please report it with the command",
                            bundle::printable(error.what())));
  } catch (...) {
    return fail(bundle::Exit::machine, "stopped by something that nobody here thought of. Please report it");
  }
}
