// See symbols.h. Invariant: nothing is called while the objects are gone through, which is under the loader's lock.
#include "symbols.h"

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

#include "../text.h"

namespace {

struct Loaded {  // struct dl_phdr_info, the fields that every libc has
  uintptr_t bias;
  const char* name;
  const Elf64_Phdr* segments;
  uint16_t segment_count;
};

}  // namespace

extern "C" int dl_iterate_phdr(int (*visit)(const Loaded* object, size_t size, void* data), void* data);

namespace {

constexpr uint16_t hidden_version = 0x8000;  // not the default one of its name
constexpr unsigned indirect_function = 10;   // STT_GNU_IFUNC
constexpr unsigned unique = 10;              // STB_GNU_UNIQUE

/// The tables of one object that a search reads.
class Tables {
 public:
  explicit Tables(const Loaded& object) : bias_(object.bias) {
    const Elf64_Dyn* dynamic = nullptr;
    for (uint16_t i = 0; i < object.segment_count; ++i) {
      if (object.segments[i].p_type == PT_DYNAMIC)
        dynamic = reinterpret_cast<const Elf64_Dyn*>(bias_ + object.segments[i].p_vaddr);
    }
    for (; dynamic != nullptr && dynamic->d_tag != DT_NULL; ++dynamic) {
      switch (dynamic->d_tag) {
        case DT_SYMTAB:
          symbols_ = table<Elf64_Sym>(*dynamic);
          break;
        case DT_STRTAB:
          strings_ = table<char>(*dynamic);
          break;
        case DT_VERSYM:
          versions_ = table<uint16_t>(*dynamic);
          break;
        case DT_HASH:
          hash_ = table<uint32_t>(*dynamic);
          break;
        case DT_GNU_HASH:
          gnu_hash_ = table<uint32_t>(*dynamic);
          break;
        default:
          break;
      }
    }
  }

  const Elf64_Sym* find(const char* name) const {
    if (symbols_ == nullptr || strings_ == nullptr) return nullptr;
    return gnu_hash_ != nullptr ? find_by_gnu_hash(name) : hash_ != nullptr ? find_by_hash(name) : nullptr;
  }
  uintptr_t address_of(const Elf64_Sym& symbol) const {
    return (symbol.st_shndx == SHN_ABS ? 0 : bias_) + symbol.st_value;
  }

 private:
  /// glibc adds the bias to these entries where it may write them; musl leaves them as they are in the file.
  template <class Type>
  const Type* table(const Elf64_Dyn& entry) const {
    const uintptr_t value = entry.d_un.d_ptr;
    return reinterpret_cast<const Type*>(value < bias_ ? value + bias_ : value);
  }

  bool is_meant(uint32_t index, const char* name) const {
    const Elf64_Sym& symbol = symbols_[index];
    const unsigned type = ELF64_ST_TYPE(symbol.st_info), binding = ELF64_ST_BIND(symbol.st_info);
    const bool is_defined = symbol.st_shndx != SHN_UNDEF && symbol.st_value != 0;
    const bool is_offered = binding == STB_GLOBAL || binding == STB_WEAK || binding == unique;
    const bool is_code_or_data =
        type == STT_NOTYPE || type == STT_OBJECT || type == STT_FUNC || type == indirect_function;
    if (!is_defined || !is_offered || !is_code_or_data) return false;
    if (versions_ != nullptr && (versions_[index] & hidden_version) != 0) return false;
    return text::equal(strings_ + symbol.st_name, name);
  }

  /// Ends of chains are marked in their last hash; words of the filter are 64 bits.
  const Elf64_Sym* find_by_gnu_hash(const char* name) const {
    const uint32_t buckets = gnu_hash_[0], first = gnu_hash_[1], words = gnu_hash_[2], shift = gnu_hash_[3];
    if (buckets == 0 || words == 0) return nullptr;
    uint32_t hash = 5381;
    for (const char* at = name; *at != 0; ++at) hash = hash * 33 + static_cast<unsigned char>(*at);
    const auto* filter = reinterpret_cast<const uint64_t*>(gnu_hash_ + 4);
    const uint64_t word = filter[(hash / 64) % words];
    if (((word >> (hash % 64)) & (word >> ((hash >> shift) % 64)) & 1) == 0) return nullptr;
    const uint32_t* const bucket = gnu_hash_ + 4 + 2 * static_cast<size_t>(words);
    const uint32_t* const chain = bucket + buckets;
    uint32_t index = bucket[hash % buckets];
    if (index < first) return nullptr;
    for (;; ++index) {
      const uint32_t here = chain[index - first];
      if ((here | 1) == (hash | 1) && is_meant(index, name)) return symbols_ + index;
      if ((here & 1) != 0) return nullptr;
    }
  }

  const Elf64_Sym* find_by_hash(const char* name) const {
    const uint32_t buckets = hash_[0], symbols = hash_[1];
    if (buckets == 0) return nullptr;
    uint32_t hash = 0;
    for (const char* at = name; *at != 0; ++at) {
      hash = (hash << 4) + static_cast<unsigned char>(*at);
      hash = (hash ^ ((hash >> 24) & 0xf0)) & 0x0fffffff;
    }
    const uint32_t* const chain = hash_ + 2 + buckets;
    for (uint32_t index = hash_[2 + hash % buckets]; index != 0 && index < symbols; index = chain[index]) {
      if (is_meant(index, name)) return symbols_ + index;
    }
    return nullptr;
  }

  uintptr_t bias_;
  const Elf64_Sym* symbols_ = nullptr;
  const char* strings_ = nullptr;
  const uint16_t* versions_ = nullptr;
  const uint32_t* hash_ = nullptr;
  const uint32_t* gnu_hash_ = nullptr;
};

bool is_this_library(const Loaded& object) {
  const auto here = reinterpret_cast<uintptr_t>(&redirect::search_symbol);
  for (uint16_t i = 0; i < object.segment_count; ++i) {
    const Elf64_Phdr& segment = object.segments[i];
    if (segment.p_type == PT_LOAD && here - (object.bias + segment.p_vaddr) < segment.p_memsz) return true;
  }
  return false;
}

struct Search {
  const char* name;
  bool has_begun;
  uintptr_t address = 0;
  bool is_indirect = false;
};

int look_in(const Loaded* object, size_t, void* data) {
  auto& search = *static_cast<Search*>(data);
  if (!search.has_begun) {
    search.has_begun = is_this_library(*object);
    return 0;
  }
  const Tables tables(*object);
  const Elf64_Sym* const found = tables.find(search.name);
  if (found == nullptr) return 0;
  search.address = tables.address_of(*found);
  search.is_indirect = ELF64_ST_TYPE(found->st_info) == indirect_function;
  return 1;
}

int find_own_path(const Loaded* object, size_t, void* data) {
  if (!is_this_library(*object)) return 0;
  *static_cast<const char**>(data) = object->name;
  return 1;
}

}  // namespace

namespace redirect {

void* search_symbol(Scope scope, const char* name) {
  Search search = {name, scope == Scope::all};
  dl_iterate_phdr(look_in, &search);
  if (!search.is_indirect) return reinterpret_cast<void*>(search.address);
  // Which of several variants serves this processor: told of no capability, it names the plain one.
  using Resolver = void*(uint64_t, const void*);
  return reinterpret_cast<Resolver*>(search.address)(0, nullptr);
}

const char* own_path() {
  const char* path = nullptr;
  dl_iterate_phdr(find_own_path, &path);
  return path;
}

}  // namespace redirect
