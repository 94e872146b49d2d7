// The entry point: the only catch, and the exit codes.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <new>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/say.h"
#include "cli/commands.h"

int main(int argc, char** argv) {
  bundle::catch_interrupts();
  try {
    bundle::cli::run(argc, argv);
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
      throw bundle::Error(bundle::Exit::machine, "", "standard output cannot be written to its end",
                          "Free space where it is sent, or send it elsewhere");
    }
    // All is done and written. What the destructors of static objects would give back goes with the process.
    std::_Exit(static_cast<int>(bundle::Exit::done));
  } catch (const bundle::Error& error) {
    std::fflush(stdout);
    bundle::say_error(fmt::format("bundle: {}\n", error.what()));
    return static_cast<int>(error.kind());
  } catch (const bundle::Interrupted& interrupted) {
    bundle::die_by(interrupted.signal);
  } catch (const std::bad_alloc&) {
    bundle::say_error("bundle: out of memory. Close other programs or bundle fewer programs at a time\n");
    return static_cast<int>(bundle::Exit::machine);
  }
}
