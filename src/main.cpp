// The entry point: turns the outcome into an exit code. The only catch of the program.
#include <cstdio>

#include "base/error.h"

int main() {
  std::fputs("bundle " BUNDLE_VERSION "\n", stdout);
  return static_cast<int>(bundle::Exit::done);
}
