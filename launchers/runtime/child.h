// One run of the program: what goes in, what comes out, and its end, by itself or at the deadline.
#pragma once

#include "buffer.h"

namespace runtime {

/// What a program may print at most, on both streams together: what an answer of Lambda's may hold (6 MB and a bit).
constexpr size_t most_printed = 6'291'556;

struct Run {
  const char* program = nullptr;
  char** arguments = nullptr;    // with the name ahead, and a null behind
  char** environment = nullptr;  // a null behind
  const Buffer* input = nullptr;
  int64_t end_ms = 0;  // of the epoch, when it is killed

  enum class End { exited, killed, not_started, too_late, too_much } end = End::exited;
  int number = 0;  // the exit status, the signal, or a negative errno
  Buffer output, error;
};

/// What is asked for once, ahead of the first run.
void prepare_runs();
/// Runs it, in a process group of its own of which nothing is left behind, in /tmp where that is there.
void run(Run& run);

int64_t now_ms();

}  // namespace runtime
