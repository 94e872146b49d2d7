// redirect_times: nanoseconds of one localtime(), localtime_r() and setlocale(), the best of several rounds.
#include <locale.h>
#include <stdio.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(void) {
  enum { calls = 20000, rounds = 15 };
  const time_t noon = 1704067200;
  struct tm tm;
  for (int what = 0; what < 3; ++what) {
    double best = 1e18;
    for (int round = 0; round < rounds; ++round) {
      const double start = now();
      for (int k = 0; k < calls; ++k) {
        if (what == 0) localtime(&noon);
        if (what == 1) localtime_r(&noon, &tm);
        if (what == 2) setlocale(LC_ALL, k % 2 ? "C" : "C.UTF-8");
      }
      const double each = (now() - start) / calls;
      if (each < best) best = each;
    }
    printf("%.1f\n", best);
  }
  return 0;
}
