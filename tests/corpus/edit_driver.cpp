// `bundle edit` on its own, for the tests of rewriting.
#include <cstdio>

#include "base/error.h"
#include "cli/edit_command.h"

int main(int argc, char** argv) {
  CLI::App app("The edit command of bundle");
  bundle::cli::EditRequest request;
  bundle::cli::add_edit_command(app, request);
  app.require_subcommand(1);
  CLI11_PARSE(app, argc, argv);
  try {
    bundle::cli::run_edit(request);
  } catch (const bundle::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return static_cast<int>(error.kind());
  }
  return 0;
}
