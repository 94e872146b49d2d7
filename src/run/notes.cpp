// See notes.h.
#include "run/notes.h"

#include <fmt/format.h>

#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/rights.h"
#include "machine/root.h"
#include "plan/target.h"
#include "run/output.h"
#include "run/target_has.h"

namespace bundle::run {

namespace {

using Notes = std::vector<std::string>;

/// What a machine without a launcher, or without a redirect library, and a static program keep from working.
Notes limits_of_plan(const Plan& plan) {
  Notes notes;
  for (const Program& program : plan.programs) {
    if (!program.lacks_launcher) continue;
    notes.push_back(fmt::format("{}: there is no launcher for its machine, so it starts at {} only", program.name,
                                printable(plan.prefix)));
  }
  if (!plan.wants_redirection) return notes;
  bool any_asks = false;
  for (const Program& program : plan.programs) {
    if (program.is_helper) continue;
    any_asks = any_asks || !program.is_static;
    // One with a launcher looks beside itself, where its data is.
    if (!program.is_static || program.program != program.launcher) continue;
    notes.push_back(fmt::format("{}: is static, so it looks for its data where the target has it, not in the bundle",
                                printable(program.name)));
  }
  if (plan.redirect_machine == 0 && any_asks) {
    notes.push_back(
        "there is no redirect library for this machine, so the data is found only by programs that are told where "
        "it lies");
  }
  return notes;
}

/// Where the plugins that the user named lie, for whoever has to tell the program.
Notes places_of_plugins(const BundleOptions& options, const Plan& plan, machine::Root& root) {
  Notes notes;
  for (const discover::Addition& plugin : options.discover.plugins) {
    const std::optional<std::string> inside = root.meant_by(plugin.path);
    const std::optional<std::string> real = inside ? root.real(*inside) : std::nullopt;
    const std::string source = real ? root.at(*real) : plugin.path;
    for (const Item& item : plan.items) {
      if (item.source == source && item.path.starts_with(plan.home + "/root/")) {
        notes.push_back(fmt::format("the plugin {} lies at {}", printable(base_name(plugin.path)),
                                    printable(normal_path(plan.prefix + "/" + item.path))));
      }
    }
  }
  return notes;
}

/// What a file lends to who starts it - another user, some of root's rights - does not go into an archive.
Notes lost_rights(const Plan& plan, const machine::Root& root) {
  Notes notes;
  for (const Item& item : plan.items) {
    if (item.source.empty() || item.kind != Kind::program) continue;
    const std::optional<FileRights> rights = root.rights_of_source(item.source);
    if (!rights) continue;
    const std::string capabilities = capabilities_text(rights->capabilities);
    std::string what = rights->sets_id() ? "is " + set_id_text(*rights) : "";
    if (!capabilities.empty()) {
      what += fmt::format("{} the file capabilities {}", what.empty() ? "has" : " and has", capabilities);
    }
    if (what.empty()) continue;
    notes.push_back(
        fmt::format("{} {} here, which a bundle does not keep: it runs with the rights of whoever starts it, and what "
                    "only those allow fails there",
                    printable(base_name(item.source)), what));
  }
  return notes;
}

/// Without it the programs' packages are not known, and what lies in them is not found.
Notes want_of_packages(const BundleOptions& options, bool has_packages) {
  if (has_packages || !options.discover.enabled || !options.sysroot.empty()) return {};
  return {
      "this machine has no package database that is known here, so only what the programs name themselves is found, "
      "and "
      "no more of their packages: name the rest with --add"};
}

/// An installer and an image lose nothing on the way: what unpacks them sets the modes.
bool sets_modes(const BundleOptions& options) {
  return !options.output.empty() && parse_output(options.output, options.format).format->is_for_anywhere;
}

/// What resolving a program had to say, and the copies for newer processors that stay behind.
Notes notes_of_closure(const Closure& closure) {
  Notes notes = closure.notes;
  for (const Object& object : closure.objects) {
    for (const Edge& edge : object.needs) {
      if (edge.hwcaps.empty()) continue;
      notes.push_back(fmt::format("{} is bundled in its baseline copy; this machine would load {}",
                                  printable(edge.name), printable(edge.hwcaps)));
    }
  }
  return notes;
}

}  // namespace

std::vector<std::string> notes_of(const BundleOptions& options, const Plan& plan, machine::Root& root,
                                  const std::vector<plan::NamedProgram>& programs, const Followed& followed,
                                  const Contents& contents, bool has_packages) {
  Notes notes = limits_of_plan(plan);
  const auto add = [&notes](Notes more) {
    notes.insert(notes.end(), std::move_iterator(more.begin()), std::move_iterator(more.end()));
  };
  add(places_of_plugins(options, plan, root));
  if (plan.target->notes != nullptr && !sets_modes(options)) add(plan.target->notes(plan));
  add(lost_rights(plan, root));
  add(describe(plan.left_to_target));
  add(want_of_packages(options, has_packages));
  for (const plan::NamedProgram& program : programs) add(notes_of_closure(program.closure));
  add(followed.notes);
  add(contents.notes);
  return notes;
}

std::vector<report::HintLine> lines_of(const std::vector<discover::Hint>& hints) {
  using Matter = report::HintLine::Matter;
  std::vector<report::HintLine> lines;
  std::map<std::string, std::vector<std::string>> named;  // by who names them
  for (const discover::Hint& hint : hints) {
    if (!hint.by.empty()) named[hint.by].push_back(printable(hint.path));
  }
  for (const discover::Hint& hint : hints) {
    Matter matter = hint.size > 0 ? Matter::costly : Matter::seen;
    if (hint.strength == Strength::weak) matter = Matter::doubtful;
    if (hint.is_lacking) matter = Matter::lacking;
    if (hint.rule == "named-by-user") matter = Matter::asked;
    std::string text = hint.text;
    if (const auto all = named.find(hint.by); all != named.end() && all->second.size() > 1) {
      if (printable(hint.path) != all->second.front()) continue;  // its line is there
      text = fmt::format("{} names {}: --add what of them is wanted", hint.by, fmt::join(all->second, ", "));
    }
    lines.push_back({std::move(text), matter, hint.size});
  }
  return lines;
}

}  // namespace bundle::run
