// What LIEF reads of each ELF file, held against what is read here: where the two differ, one of them is wrong, and
// what the other checks said of that file is not to be relied on.
#include <fmt/format.h>

#include "base/error.h"
#include "base/file.h"
#include "elf/symbols.h"
#include "verify/checks.h"

namespace bundle::verify {

namespace {

TableSums own_sums(const std::string& kept) {
  const std::shared_ptr<const OpenFile> file = OpenFile::open(kept);
  const elf::Image image(Source(*file), kept);
  TableSums sums;
  elf::each_symbol(image, [&](const elf::Symbol& symbol) { sums.add(symbol.name, symbol.is_defined, symbol.is_weak); });
  for (const std::string& name : image.needed()) sums.needed += name_hash(name);
  if (image.interpreter()) sums.interpreter = name_hash(*image.interpreter());
  return sums;
}

}  // namespace

void check_second_opinion(const Subject& subject, Findings& findings) {
  for (const auto& [index, opinion] : subject.opinions) {
    const ElfFacts& elf = subject.elfs[index];
    const std::string& path = subject.path_of(elf);
    if (!opinion.sums) {
      findings.warning(path, fmt::format("LIEF cannot read it: it {}", printable(opinion.fault)),
                       "Look at it with readelf -a, and build it again where that complains");
      continue;
    }
    const TableSums own = own_sums(subject.contents[elf.file].kept);
    const TableSums& other = *opinion.sums;
    // LIEF 0.9 takes the number of symbols from where some files have too small a one (libicuuc.so.72: none of 3809):
    // what it sees beyond our own count tells, what it does not see does not.
    const bool same_defined = own.defined == other.defined || other.defined_count < own.defined_count;
    if (own.interpreter == other.interpreter && own.needed == other.needed && own.undefined == other.undefined &&
        same_defined) {
      continue;
    }
    const char* const what = own.interpreter != other.interpreter ? "another interpreter"
                             : own.needed != other.needed         ? "other needed libraries"
                             : own.undefined != other.undefined   ? "other undefined symbols"
                                                                  : "other defined symbols";
    findings.warning(
        path,
        fmt::format("LIEF reads {} in it than are read here ({} defined and {} undefined symbols, "
                    "here {} and {})",
                    what, other.defined_count, other.undefined_count, own.defined_count, own.undefined_count),
        "Look at it with readelf -a, and build it again where that complains");
  }
}

}  // namespace bundle::verify
