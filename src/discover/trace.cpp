// The tracer of --trace: what the calls of a run say. Whether a file was there is seen afterwards, from here.
#include "discover/trace.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "discover/traced_run.h"
#include "machine/tracer.h"

namespace bundle::discover {

namespace {

constexpr const char* trace_elsewhere = "Run it under `strace -f -o LOG` elsewhere and give --trace-input LOG";

void wait_for_all(machine::Tracer& tracer) {
  for (;;) {
    check_interrupted();
    int status = 0;
    const pid_t process = ::waitpid(-1, &status, __WALL);
    if (process >= 0) {
      tracer.handle(process, status);
    } else if (errno != EINTR) {
      return tracer.all_ended();
    }
  }
}

}  // namespace

Trace trace_program(const std::vector<std::string>& arguments) {
  TracedRun files;
  const std::string here = absolute_path(".");
  for (size_t i = 1; i < arguments.size(); ++i) files.add_argument(arguments[i], here);
  timespec began = {};
  ::clock_gettime(CLOCK_REALTIME, &began);
  machine::Tracing tracing;
  tracing.each = [&](const machine::SeenCall& call) { files.see(call.shape, call.base, call.path, call.flags); };
  Trace trace;
  try {
    machine::Tracer tracer(arguments, std::move(tracing));
    tracer.start();
    wait_for_all(tracer);
    trace.exit_status = tracer.exit_status().value_or(0);
    if (const int error_number = tracer.exec_error()) {
      throw Error(Exit::cannot_bundle, arguments[0],
                  fmt::format("cannot be started for the trace: {}", std::strerror(error_number)));
    }
  } catch (Error& error) {
    if (error.kind() == Exit::machine) error.set_next_step_if_empty(trace_elsewhere);
    throw;
  }
  for (TracedFile& file : files.result()) {
    // What the run itself made, by rename for one, is not what it needs.
    struct stat now = {};
    if (::stat(file.path.c_str(), &now) != 0 || !S_ISREG(now.st_mode)) continue;
    if (now.st_ctim.tv_sec > began.tv_sec ||
        (now.st_ctim.tv_sec == began.tv_sec && now.st_ctim.tv_nsec > began.tv_nsec)) {
      continue;
    }
    trace.files.push_back(std::move(file));
  }
  return trace;
}

}  // namespace bundle::discover
