#include "rewrite/rewrite.h"

#include <fmt/format.h>

#include "base/error.h"
#include "rewrite/goal.h"
#include "rewrite/machine.h"
#include "rewrite/rewriting.h"

namespace bundle::rewrite {

std::variant<Rewritten, Refusal> rewrite(const elf::Image& image, const Edit& edit) {
  try {
    const elf::Header& header = image.header();
    if (header.e_type != ET_EXEC && header.e_type != ET_DYN) {
      return Refusal{Refusal::Reason::not_a_program,
                     fmt::format("is neither a program nor a shared library (e_type is {})", header.e_type)};
    }
    std::variant<Goal, Refusal> goal = goal_of(image, edit);
    if (Refusal* refusal = std::get_if<Refusal>(&goal)) return std::move(*refusal);
    if (std::get<Goal>(goal).empty()) {
      return Rewritten{Pieces::of_span(image.bytes()), Rewritten::Strategy::unchanged, 0};
    }
    const std::optional<Machine> machine = machine_rules(header.e_machine, image.is_64());
    if (!machine) {
      return Refusal{Refusal::Reason::unknown_machine,
                     fmt::format("is for {} (e_machine {}), whose rules for the dynamic section are not known here",
                                 elf::machine_name(header.e_machine), header.e_machine)};
    }
    return Rewriting(image, std::move(std::get<Goal>(goal)), *machine).run();
  } catch (Error& error) {
    error.set_path_if_empty(image.path());
    throw;
  }
}

const char* strategy_name(Rewritten::Strategy strategy) {
  switch (strategy) {
    case Rewritten::Strategy::unchanged:
      return "unchanged";
    case Rewritten::Strategy::in_place:
      return "in place";
    case Rewritten::Strategy::slot_reuse:
      return "padding used";
    case Rewritten::Strategy::appended:
      return "segment appended";
  }
  return "";
}

}  // namespace bundle::rewrite
