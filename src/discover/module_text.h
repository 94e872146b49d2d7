// What the text of a module in a language of the like of Python, Ruby, Perl or JavaScript says without being run: the
// names in quotes, and of Python the modules that it imports.
//
// No grammar is followed but what tells a text in quotes from what is around it: quotes, comments of one line, Python's
// long strings and continued lines (Python's reference, 2.1 and 2.4).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bundle::discover {

/// A text in quotes.
struct Quoted {
  std::string text;
  bool is_opened = false;    // on a line that opens a library by its name
  bool is_searched = false;  // on one that has ctypes look for its file
};
/// Short ones of one line; what holds a blank or another quote is none.
std::vector<Quoted> quoted_in(std::string_view text);

struct PythonImport {
  std::string module;              // "a.b"; empty for "from . import c"
  int level = 0;                   // how many dots stand ahead of it
  std::vector<std::string> names;  // behind "import"; may be modules of that module
  /// Whenever the module is loaded: not in a function, nor where the module goes on without.
  bool is_firm = true;
};
std::vector<PythonImport> python_imports(std::string_view text);

}  // namespace bundle::discover
