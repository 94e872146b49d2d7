// CLI11 without <iostream>, of which each including file makes a static constructor: eight streams and a locale with
// all its facets at every start of the program, 50 of the 800 microseconds that `bundle inspect` of a small program
// takes.
//
// libstdc++'s guard stands for the header. CLI11 names its streams as default arguments and in functions that say what
// is deprecated: so App::exit, deprecate_option and retire_option must not be called. The names that it then finds are
// of a namespace `std` inside its own, which holds all of the real one and two streams that are defined nowhere: a call
// of those functions does not link. What it does by string streams and locales makes the locale when it comes to that.
#pragma once

#include <istream>
#include <ostream>

#define _GLIBCXX_IOSTREAM 1
namespace CLI::std {
using namespace ::std;  // NOLINT: the point of it
extern ostream cout, cerr;
}  // namespace CLI::std

#include <CLI/CLI.hpp>
