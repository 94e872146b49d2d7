// redirect_calls PATH…: nanoseconds of one access() for each PATH, the best of several rounds. bench/redirect.py runs it
// with the redirect library and without.
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(int argc, char** argv) {
  enum { calls = 20000, rounds = 15 };
  for (int i = 1; i < argc; ++i) {
    double best = 1e18;
    for (int round = 0; round < rounds; ++round) {
      const double start = now();
      for (int k = 0; k < calls; ++k) access(argv[i], R_OK);
      const double each = (now() - start) / calls;
      if (each < best) best = each;
    }
    printf("%.1f\n", best);
  }
  return 0;
}
