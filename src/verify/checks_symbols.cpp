// Strong undefined symbols: each is defined by something in the scope of who asks, as the loader looks it up.
//
// The scope is all that is loaded with it (glibc elf/dl-lookup.c; musl's find_sym). A library of the target is known by
// its versions and not by its symbols, so that where one is in the scope, what has none of the bundle's versions may be
// its. Names are compared by 64-bit hashes, so that memory stays small whatever the tables hold.
#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "base/error.h"
#include "base/file.h"
#include "elf/symbols.h"
#include "verify/checks.h"

namespace bundle::verify {

namespace {

uint64_t hash_of(std::string_view text) { return std::hash<std::string_view>()(text); }

struct Symbols {
  std::vector<uint64_t> defined;
  std::vector<uint64_t> undefined;  // strong ones
};

class Tables {
 public:
  explicit Tables(const Subject& subject) : subject_(subject) {}

  /// Of a file of the bundle by its path there; null for what has none or cannot be read.
  const Symbols* of(const std::string& path) {
    const auto known = known_.find(path);
    if (known != known_.end()) return known->second ? &*known->second : nullptr;
    std::optional<Symbols>& symbols = known_[path];
    const ElfFacts* const elf = subject_.elf_at(path);
    if (elf == nullptr || !elf->fault.empty()) return nullptr;
    symbols.emplace();
    try {
      each(path, [&](const elf::Symbol& symbol) {
        if (symbol.is_defined) {
          symbols->defined.push_back(hash_of(symbol.name));
        } else if (!symbol.is_weak) {
          symbols->undefined.push_back(hash_of(symbol.name));
        }
      });
    } catch (const Error& error) {
      if (error.kind() == Exit::machine) throw;
      symbols.reset();
      return nullptr;
    }
    return &*symbols;
  }

  /// What the symbols of these hashes are called.
  std::set<std::string> names(const std::string& path, const std::unordered_set<uint64_t>& hashes) const {
    std::set<std::string> out;
    each(path, [&](const elf::Symbol& symbol) {
      if (!symbol.is_defined && hashes.contains(hash_of(symbol.name))) out.emplace(symbol.name);
    });
    return out;
  }

 private:
  void each(const std::string& path, const std::function<void(const elf::Symbol&)>& take) const {
    const std::shared_ptr<const OpenFile> file = OpenFile::open(subject_.contents[subject_.elf_at(path)->file].kept);
    elf::each_symbol(elf::Image(Source(*file), path), take);
  }

  const Subject& subject_;
  std::unordered_map<std::string, std::optional<Symbols>> known_;
};

/// Whether all of a closure's objects are files whose symbols are known: none of the target's, none missing.
bool is_all_known(const Subject& subject, const Closure& closure) {
  return closure.missing.empty() && closure.left_to_target.empty() &&
         std::all_of(closure.objects.begin(), closure.objects.end(),
                     [&](const Object& object) { return subject.is_inside(object.real_path); });
}

}  // namespace

void check_symbols(const Subject& subject, Findings& findings) {
  Tables tables(subject);
  for (const Loading& loading : subject.loadings) {
    // A plugin's host defines what it asks for, and which one that is cannot be known.
    if (loading.is_plugin || loading.is_older || !is_all_known(subject, loading.closure)) continue;
    std::unordered_set<uint64_t> defined;
    for (const Object& object : loading.closure.objects) {
      if (const Symbols* const symbols = tables.of(subject.relative(object.real_path))) {
        defined.insert(symbols->defined.begin(), symbols->defined.end());
      }
    }
    for (const Object& object : loading.closure.objects) {
      const std::string path = subject.relative(object.real_path);
      const Symbols* const symbols = tables.of(path);
      if (symbols == nullptr) continue;
      std::unordered_set<uint64_t> lacking;
      for (const uint64_t symbol : symbols->undefined) {
        if (!defined.contains(symbol)) lacking.insert(symbol);
      }
      if (lacking.empty()) continue;
      for (const std::string& name : tables.names(path, lacking)) {
        findings.error(path,
                       fmt::format("asks for the symbol {}, which nothing defines that {} loads", printable(name),
                                   printable(subject.path_of(loading))),
                       "Put the library that it was built with in its place");
      }
    }
  }
}

}  // namespace bundle::verify
