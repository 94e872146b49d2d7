// Changes what an ELF file says about its loader and its libraries, and nothing else.
//
// A pure function from an Image and an Edit to the new content, as spans of the input and the few bytes that
// differ. The least intrusive way that serves is taken: the bytes where they are, then zero padding that is
// mapped already, then one appended PT_LOAD. No byte that something else refers to is moved or overwritten;
// the program header table stays where it is, for kernels before 5.18 compute AT_PHDR as (first PT_LOAD's
// p_vaddr - p_offset) + e_phoff (fs/binfmt_elf.c). Every result is read again by elf::Image and compared with
// the input before it leaves (check.h).
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "base/pieces.h"
#include "elf/image.h"
#include "plan/plan.h"

namespace bundle::rewrite {

/// The file is sound, but this edit of it cannot be made safely.
struct Refusal {
  enum class Reason {
    not_a_program,     // neither ET_EXEC nor ET_DYN
    unknown_machine,   // rules of that machine are not known here
    no_interpreter,    // there is no PT_INTERP to change
    relocates_itself,  // a static PIE or a loader, which may have no run path
    not_dynamic,       // there is no dynamic section
    version_bound,     // symbols are bound to versions of a library that was to be removed
    dumped_heap,       // what lies behind its last segment in memory is its own heap's
    payload_at_end,    // bytes behind the ELF file proper are found from its end
    no_free_header,    // no program header can be spared for the new segment
    no_address_space,  // the new segment would not fit below the end of the address space
    strange_layout,    // the result did not pass the check
  };
  Reason reason = Reason::strange_layout;
  std::string sentence;  // without the path: "carries a payload …"
};

struct Rewritten {
  enum class Strategy { unchanged, in_place, slot_reuse, appended };
  Pieces content;  // spans point into image.bytes()
  Strategy strategy = Strategy::unchanged;
  uint64_t growth = 0;  // bytes by which the content is longer than the input
};

/// Applies `edit` to `image`. Idempotent: the same edit of the result gives the result.
/// DT_NEEDED: names to remove go, then the rest are renamed (with the DT_VERNEED records of the same file),
/// then those to add are put first, in their order. An empty run path or SONAME goes away. Throws Error:
/// cannot_bundle when the tables that the edit needs are corrupt, usage when the edit itself is not one (a
/// name that is empty or holds a NUL, an interpreter of PATH_MAX bytes).
std::variant<Rewritten, Refusal> rewrite(const elf::Image& image, const Edit& edit);

const char* strategy_name(Rewritten::Strategy strategy);  // "in place"

}  // namespace bundle::rewrite
