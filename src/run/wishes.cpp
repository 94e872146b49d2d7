// See wishes.h.
#include "run/wishes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/printable.h"
#include "knowledge/drivers.h"
#include "report/missing.h"

namespace bundle::run {

namespace {

std::string key_of(const discover::Wish& wish) {
  return fmt::format("{}\n{}\n{}\n{}", wish.by, static_cast<int>(wish.priority), wish.file,
                     fmt::join(wish.names, "\n"));
}

std::string what_for(const discover::Wish& wish) {
  return wish.feature.empty() ? std::string() : " for " + printable(wish.feature);
}

/// Whether the user or whoever built the asker said where it lies: not where every name of a system's library leads.
bool is_by_run_path(const Closure& opened) {
  const Rule rule = opened.objects.front().rule;
  return rule == Rule::rpath || rule == Rule::runpath || rule == Rule::library_path;
}

}  // namespace

Wishes::Wishes(const std::vector<plan::NamedProgram>& programs, const std::map<std::string, const Closure*>& found,
               const discover::Options& options, resolve::Resolver& resolver, const packages::Database* packages)
    : programs_(programs),
      found_(found),
      options_(options),
      resolver_(resolver),
      root_(resolver.root()),
      packages_(packages) {
  for (const plan::NamedProgram& program : programs_) add_space(program.closure, true);
}

size_t Wishes::add_space(const Closure& closure, bool is_program) {
  spaces_.push_back({&closure, is_program, {}});
  note_askers(spaces_.size() - 1, closure);
  return spaces_.size() - 1;
}

void Wishes::add(const std::string& source, const Closure& closure, bool is_program) {
  if (!space_of_.contains(source)) space_of_.emplace(source, add_space(closure, is_program));
}

std::string Wishes::missing_names(const Closure& closure) const {
  std::set<std::string> names;
  for (const Closure::Missing& missing : closure.missing) names.insert(report::missing_library(closure, missing).name);
  return fmt::format("{}, not {}", fmt::join(names, ", "), where());
}

/// Notes it where one of the names is the target's.
void Wishes::leave_to_target(State& state) {
  const std::vector<std::string>& names = state.wish.names;
  const auto name = std::find_if(names.begin(), names.end(),
                                 [&](const std::string& candidate) { return options_.target_has.has(candidate); });
  if (name == names.end()) return;
  state.is_left = true;
  left_.push_back({*name, std::string(base_name(state.wish.by)), true});
}

/// An object that what was opened shares with what is linked asks once.
void Wishes::note_askers(size_t space, const Closure& closure) {
  for (size_t i = 0; i < closure.objects.size(); ++i) {
    std::vector<Asker>& askers = askers_[closure.objects[i].real_path];
    const bool is_known = std::any_of(askers.begin(), askers.end(), [&](const Asker& asker) {
      // What a plugin shares with the program that loads it is loaded already when it comes.
      return asker.space == space || (!spaces_[space].is_program && i > 0 && spaces_[asker.space].is_program);
    });
    if (!is_known) askers.push_back({space, &closure, i});
  }
}

/// What the user gave by --plugin under one of the names, or with it as its SONAME, is meant first.
std::optional<Wishes::Answer> Wishes::find_by_user(const discover::Wish& wish) {
  for (const std::string& name : wish.names) {
    for (const discover::Addition& plugin : options_.plugins) {
      const std::string path = root_.meant_by(plugin.path).value_or(plugin.path);
      const std::optional<std::string> real = root_.real(path);
      const auto closure = found_.find(real ? root_.at(*real) : path);
      const bool is_meant =
          base_name(path) == name || (closure != found_.end() && closure->second->objects[0].soname == name);
      if (is_meant) return Answer{name, resolver_.resolve_plugin(path, programs_.front().closure), true};
    }
  }
  return std::nullopt;
}

/// A plugin's namespace is that of a program, and which one loads it is not known: the first that has an answer.
std::optional<Closure> Wishes::open(const discover::Wish& wish, const std::string& name, const Asker& asker) {
  const Space& space = spaces_[asker.space];
  std::vector<const Closure*> hosts;
  if (!space.is_program) {
    for (const plan::NamedProgram& program : programs_) hosts.push_back(&program.closure);
  } else {
    hosts.push_back(asker.closure == space.closure ? nullptr : space.closure);
  }
  for (const Closure* host : hosts) {
    std::optional<Closure> closure = resolver_.open_by_name(*asker.closure, asker.object, name, host);
    if (!closure) continue;
    if (wish.in_new_namespace && closure->interpreter != 0) {
      // dlmopen searches as dlopen, and then nothing is loaded yet.
      Closure alone = resolver_.resolve_plugin(closure->objects[0].path, host == nullptr ? *space.closure : *host);
      if (!report::lacks_something(alone)) return alone;
    }
    return closure;
  }
  return std::nullopt;
}

std::optional<Wishes::Answer> Wishes::find(const discover::Wish& wish, const Asker& asker) {
  if (!wish.file.empty()) {
    const Closure& program =
        spaces_[asker.space].is_program ? *spaces_[asker.space].closure : programs_.front().closure;
    if (program.objects.front().is_static) return std::nullopt;
    return Answer{wish.names.front(), resolver_.resolve_plugin(wish.file, program), true};
  }
  if (std::optional<Answer> answer = find_by_user(wish)) return answer;
  for (const std::string& name : wish.names) {
    std::optional<Closure> closure = open(wish, name, asker);
    if (closure && (!wish.is_guess || is_by_run_path(*closure)))
      return Answer{name, std::move(*closure), wish.is_by_user};
  }
  return std::nullopt;
}

/// Libraries of a dlopen note's lower priorities that are not here are no error: the program works without them here,
/// too. Returns the closure of what was opened, or null.
const Closure* Wishes::ask(State& state, const Asker& asker) {
  const discover::Wish& wish = state.wish;
  std::optional<Answer> answer = find(wish, asker);
  if (!wish.is_by_user && (!answer || !answer->is_by_user)) leave_to_target(state);
  if (!answer) return nullptr;
  const Object& library = answer->closure.objects.front();
  Space& space = spaces_[asker.space];
  // The loader, and the asker itself, are where they are, and so is what is linked under that very name.
  const std::vector<Object>& linked = space.closure->objects;
  const bool is_linked = std::any_of(linked.begin() + 1, linked.end(), [&](const Object& object) {
    return object.real_path == library.real_path && object.soname.value_or(object.name) == answer->name;
  });
  if (answer->closure.interpreter == 0 || library.real_path == linked.front().real_path || is_linked) {
    state.is_met = true;
    return nullptr;
  }
  if (wish.priority == discover::Wish::Priority::suggested && !answer->is_by_user) {
    state.path = library.path;
    return nullptr;
  }
  if (report::lacks_something(answer->closure)) {
    state.lacking = missing_names(answer->closure);
    return nullptr;
  }
  state.is_met = true;
  Opening opening;
  opening.asker = wish.by.empty() ? linked.front().real_path : wish.by;
  opening.name = base_name(answer->name);
  opening.why =
      wish.why.empty() ? fmt::format("opened by {}{}", printable(base_name(wish.by)), what_for(wish)) : wish.why;
  opening.rule = wish.rule.empty() ? "opens-library" : wish.rule;
  opening.closure = std::move(answer->closure);
  space.openings.push_back(std::move(opening));
  const Closure& opened = space.openings.back().closure;
  note_askers(asker.space, opened);
  return &opened;
}

std::vector<const Closure*> Wishes::grant(const std::vector<discover::Wish>& wishes) {
  std::vector<const Closure*> opened;
  for (const discover::Wish& wish : wishes) {
    const std::string key = key_of(wish);
    State& state = states_.try_emplace(key, State{wish, false, false, "", ""}).first->second;
    std::vector<Asker> askers;
    if (const auto known = askers_.find(wish.by); known != askers_.end()) askers = known->second;
    for (size_t space = 0; wish.by.empty() && space < spaces_.size(); ++space) {
      if (spaces_[space].is_program) askers.push_back({space, spaces_[space].closure, 0});
    }
    if (askers.empty()) askers.push_back({0, spaces_.front().closure, 0});
    for (const Asker& asker : askers) {
      if (!asked_.emplace(key, asker.space).second) continue;
      if (const Closure* closure = ask(state, asker)) opened.push_back(closure);
    }
  }
  return opened;
}

/// Why what --library names is not there.
Error Wishes::unmet_of_user(const State& state) const {
  const std::string& name = state.wish.names.front();
  const std::string& said = state.wish.file.empty() ? name : state.wish.file;
  const Object& program = programs_.front().closure.objects.front();
  if (!state.lacking.empty()) {
    return Error(Exit::cannot_bundle, said, fmt::format("was named by --library, and it needs {}", state.lacking),
                 "Name the folder that holds it with -L DIR, or install it");
  }
  if (program.is_static) {
    return Error(Exit::usage, said,
                 fmt::format("was named by --library, and {} is static: it opens no library",
                             printable(base_name(program.real_path))),
                 "--add puts a file in as it is");
  }
  std::string sentence = fmt::format(
      "was named by --library, and a loader finds no library of that name for {}: it is in none of the folders of -L, "
      "LD_LIBRARY_PATH, the program's run path, the loader's cache and its own folders",
      printable(base_name(program.real_path)));
  const auto advice = packages_ == nullptr ? std::nullopt : packages_->how_to_get(name);
  if (advice) sentence += fmt::format("; {}: {}", advice->where, advice->command);
  return Error(Exit::cannot_bundle, said, sentence,
               "Write its SONAME as it is opened (libmagic.so.1), or name its file by its path");
}

std::vector<discover::Hint> Wishes::unmet() const {
  std::vector<discover::Hint> hints;
  std::set<std::string> said;  // one line for all askers of one base name
  for (const auto& [key, state] : states_) {
    const discover::Wish& wish = state.wish;
    if (state.is_met || state.is_left || wish.is_guess) continue;
    if (wish.is_by_user) throw unmet_of_user(state);
    const std::string by = printable(base_name(wish.by));
    const std::string names = printable(fmt::format("{}", fmt::join(wish.names, " or "))) + what_for(wish);
    const bool is_required = wish.priority == discover::Wish::Priority::required;
    std::string text;
    if (wish.priority == discover::Wish::Priority::suggested) {
      text = fmt::format("{} can use {}: {}", by, names,
                         state.path.empty() ? fmt::format("it is not {}", where())
                                            : fmt::format("--plugin {} if it is wanted", shell_word(state.path)));
    } else if (!state.lacking.empty()) {
      text = fmt::format("opens {}, and that needs {}", names, printable(state.lacking));
    } else {
      text = fmt::format("opens {}, which is not {}", names, where());
      const bool has_advice = is_required && packages_ != nullptr && !knowledge::is_driver(wish.names.front());
      const auto advice = has_advice ? packages_->how_to_get(wish.names.front()) : std::nullopt;
      if (advice) text += fmt::format("; {}: {}", advice->where, advice->command);
    }
    if (is_required) {
      throw Error(Exit::cannot_bundle, wish.by, text + ". Name the folder that holds it with -L DIR, or install it");
    }
    if (wish.priority != discover::Wish::Priority::suggested) text = by + " " + text;
    if (!said.insert(text).second) continue;
    discover::Hint& hint = hints.emplace_back();
    hint.path = wish.by;
    hint.text = std::move(text);
    hint.rule = wish.rule;
    hint.is_lacking = wish.priority != discover::Wish::Priority::suggested;
    if (!hint.is_lacking) hint.strength = Strength::weak;
  }
  return hints;
}

std::vector<Opening> Wishes::openings_of_program(size_t index) const {
  const std::deque<Opening>& openings = spaces_.at(index).openings;
  return {openings.begin(), openings.end()};
}

std::vector<Opening> Wishes::openings_of(const std::string& source) const {
  const auto space = space_of_.find(source);
  return space == space_of_.end() ? std::vector<Opening>() : openings_of_program(space->second);
}

}  // namespace bundle::run
