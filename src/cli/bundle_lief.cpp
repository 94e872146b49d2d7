// bundle-lief: what LIEF reads of ELF files, for `bundle verify`, which starts it as a second opinion on its own
// reading.
//
// A program of its own, for LIEF is a library of 4 MB whose packaged archive does not link, and may crash or take its
// time on a file that is made to do harm: that is then this program's end and a finding of the other's. Its argument is
// a file that names one ELF file a line. For each it answers with a line of numbers (verify/table_sums.h), or "fault
// SENTENCE".
#include <fmt/format.h>

#include <LIEF/ELF.hpp>
#include <LIEF/logging.hpp>
#include <exception>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/file.h"
#include "base/say.h"
#include "verify/table_sums.h"

namespace bundle {
namespace {

std::string read_by_lief(const std::string& path) {
  try {
    const std::unique_ptr<const LIEF::ELF::Binary> binary = LIEF::ELF::Parser::parse(path);
    if (binary == nullptr) return "fault is not parsed\n";
    verify::TableSums sums;
    for (const LIEF::ELF::Symbol& symbol : binary->dynamic_symbols()) {
      if (symbol.binding() == LIEF::ELF::SYMBOL_BINDINGS::STB_LOCAL || symbol.name().empty()) continue;
      sums.add(symbol.name(), symbol.shndx() != 0, symbol.binding() == LIEF::ELF::SYMBOL_BINDINGS::STB_WEAK);
    }
    for (const std::string& name : binary->imported_libraries()) sums.needed += verify::name_hash(name);
    if (binary->has_interpreter()) sums.interpreter = verify::name_hash(binary->interpreter().c_str());
    return fmt::format("{} {} {} {} {} {}\n", sums.defined, sums.defined_count, sums.undefined, sums.undefined_count,
                       sums.needed, sums.interpreter);
  } catch (const std::exception& error) {
    return fmt::format("fault {}\n", printable(error.what()));
  }
}

int run(int argc, const char* const* argv) {
  if (argc != 2) {
    say_error("bundle-lief: is started by bundle verify\n");
    return 2;
  }
  LIEF::Logger::disable();
  for (const std::string& path : split(read_file(argv[1]).value_or(""), "\n")) {
    if (!path.empty()) say(read_by_lief(path));
  }
  return 0;
}

}  // namespace
}  // namespace bundle

int main(int argc, char** argv) {
  try {
    return bundle::run(argc, argv);
  } catch (const bundle::Error& error) {
    bundle::say_error(std::string("bundle-lief: ") + error.what() + "\n");
    return static_cast<int>(error.kind());
  }
}
