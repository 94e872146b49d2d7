// A second opinion on a rewritten file: what LIEF reads. Prints interpreter, run paths, needed libraries and dynamic
// symbols, one a line. LIEF's writer is never called.
#include <LIEF/ELF.hpp>
#include <LIEF/logging.hpp>
#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  LIEF::Logger::disable();
  try {
    const std::unique_ptr<const LIEF::ELF::Binary> binary = LIEF::ELF::Parser::parse(argv[1]);
    if (binary == nullptr) {
      std::puts("not parsed");
      return 1;
    }
    if (binary->has_interpreter()) std::printf("interpreter %s\n", binary->interpreter().c_str());
    for (const LIEF::ELF::DynamicEntry& entry : binary->dynamic_entries()) {
      if (entry.tag() == LIEF::ELF::DYNAMIC_TAGS::DT_RPATH) {
        std::printf("rpath %s\n", dynamic_cast<const LIEF::ELF::DynamicEntryRpath&>(entry).rpath().c_str());
      }
      if (entry.tag() == LIEF::ELF::DYNAMIC_TAGS::DT_RUNPATH) {
        std::printf("runpath %s\n", dynamic_cast<const LIEF::ELF::DynamicEntryRunPath&>(entry).runpath().c_str());
      }
    }
    for (const std::string& name : binary->imported_libraries()) std::printf("needed %s\n", name.c_str());
    for (const LIEF::ELF::Symbol& symbol : binary->dynamic_symbols()) {
      std::printf("symbol %s %llx %llx\n", symbol.name().c_str(), static_cast<unsigned long long>(symbol.value()),
                  static_cast<unsigned long long>(symbol.size()));
    }
  } catch (const std::exception& error) {
    std::printf("not parsed: %s\n", error.what());
    return 1;
  }
  return 0;
}
