// CLI11 without <iostream>, of which each including file makes a static constructor: eight streams and a locale with
// all its facets at every start of the program, 50 of the 800 microseconds that `bundle inspect` of a small program
// takes.
//
// libstdc++'s guard stands for the header. CLI11 names its streams as default arguments and in functions that say what
// is deprecated: so App::exit, deprecate_option and retire_option must not be called. What it does by string streams
// and locales makes the locale when it comes to that.
#pragma once

#include <istream>
#include <ostream>

#define _GLIBCXX_IOSTREAM 1
namespace std {
extern ostream cout, cerr;
}

#include <CLI/CLI.hpp>
