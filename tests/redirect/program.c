// What is executed: prints its arguments and the variables that are named after the first, exits with STATUS.
#include <stdio.h>
#include <stdlib.h>
#ifndef STATUS
#define STATUS 42
#endif
int main(int argc, char** argv) {
  if (getenv("REDIRECT_TEST_PRINT")) {
    printf("status %d:", STATUS);
    for (int i = 0; i < argc; ++i) printf(" %s", argv[i]);
    putchar('\n');
  }
  for (int i = 1; i < argc && getenv("REDIRECT_TEST_VARIABLES"); ++i)
    printf("child %s=%s\n", argv[i], getenv(argv[i]) ? getenv(argv[i]) : "(not set)");
  return STATUS;
}
