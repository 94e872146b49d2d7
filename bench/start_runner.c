// start_runner ROUNDS NAME COMMAND… -- NAME COMMAND… : starts each command ROUNDS times, in turn, so that
// whatever else the machine does falls on all alike; prints for each its name, the lower quartile, the median
// and the mean in microseconds from spawn to reaped.
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

extern char** environ;

static int ascending(const void* a, const void* b) {
  double left = *(const double*)a, right = *(const double*)b;
  return (left > right) - (left < right);
}

int main(int argc, char** argv) {
  int rounds = atoi(argv[1]), commands = 0;
  char** command[32];
  double* times[32];
  for (int i = 2; i < argc; ++i) {
    command[commands] = argv + i;
    times[commands++] = calloc((size_t)rounds, sizeof(double));
    while (i < argc && strcmp(argv[i], "--") != 0) ++i;
    argv[i] = NULL;
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (int descriptor = 0; descriptor < 3; ++descriptor) {
    posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0);
  }
  for (int round = -5; round < rounds; ++round) {  // five to warm up
    for (int i = 0; i < commands; ++i) {
      struct timespec from, to;
      pid_t child;
      int status = 0;
      clock_gettime(CLOCK_MONOTONIC, &from);
      if (posix_spawn(&child, command[i][1], &actions, NULL, command[i] + 1, environ) != 0 ||
          waitpid(child, &status, 0) != child || status != 0) {
        fprintf(stderr, "%s: status %x\n", command[i][0], (unsigned)status);
        return 1;
      }
      clock_gettime(CLOCK_MONOTONIC, &to);
      if (round >= 0) {
        times[i][round] = (double)(to.tv_sec - from.tv_sec) * 1e6 + (double)(to.tv_nsec - from.tv_nsec) / 1e3;
      }
    }
  }
  for (int i = 0; i < commands; ++i) {
    double sum = 0;
    for (int round = 0; round < rounds; ++round) sum += times[i][round];
    qsort(times[i], (size_t)rounds, sizeof(double), ascending);
    printf("%s\t%.1f\t%.1f\t%.1f\n", command[i][0], times[i][rounds / 4], times[i][rounds / 2], sum / rounds);
  }
}
