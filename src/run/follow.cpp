// See follow.h.
#include "run/follow.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/printable.h"
#include "discover/trace.h"
#include "elf/format.h"
#include "launch/launch.h"
#include "machine/root.h"
#include "report/missing.h"
#include "run/named_libraries.h"
#include "run/plugin_places.h"
#include "run/wishes.h"

namespace bundle::run {

namespace {

class Following {
 public:
  Following(const BundleOptions& asked, std::vector<plan::NamedProgram>& programs, resolve::Resolver& resolver,
            const packages::Database* packages, LookedInto& looked)
      : asked_(asked),
        programs_(programs),
        resolver_(resolver),
        root_(resolver.root()),
        looked_(looked),
        options_(with_plugin_places(asked.discover, programs, root_)),
        discoverer_(
            options_, root_, packages, discover::machine_of(programs.front().closure),
            [this](const Found& found) { return dragged_by(found); }, &looked.readings),
        wishes_(programs, closures_, options_, resolver, packages) {}

  Followed run();

 private:
  void trace();
  void follow_new();
  void grant_wishes();
  using Resolved = LookedInto::Resolved;
  const Resolved& resolve(const Found& found);
  std::vector<discover::Dragged> dragged_by(const Found& found);
  void leave_out(const Found& found, const std::string& why);
  std::string missing_names(const Closure& closure) const;
  const char* where() const { return root_.is_host() ? "on this machine" : "in the sysroot"; }
  void drop_lacking(const std::vector<Found>& found);
  void finish(discover::Discovery&& result);

  const BundleOptions& asked_;
  std::vector<plan::NamedProgram>& programs_;
  resolve::Resolver& resolver_;
  machine::Root& root_;
  LookedInto& looked_;
  discover::Options options_;
  discover::Discoverer discoverer_;  // asks dragged_by() from its first moment on
  Followed out_;
  std::map<std::string, const Closure*> closures_;  // of what was taken: those in looked_
  std::set<std::string> refused_;                   // found, but cannot be bundled
  Wishes wishes_;
};

Followed Following::run() {
  for (const plan::NamedProgram& program : programs_) {
    discoverer_.add_closure(program.closure);
    if (!program.script) continue;
    const std::string inside = root_.inside_of(program.script->source).value_or(program.script->source);
    discoverer_.add_script(inside, root_.meant_by(program.given).value_or(inside));
  }
  trace();
  follow_new();
  grant_wishes();
  discover::Discovery result = discoverer_.result();
  drop_lacking(result.found);
  finish(std::move(result));
  return std::move(out_);
}

/// What the run and the logs told is read once, however often all begins anew.
void Following::trace() {
  if (!looked_.traces) {
    looked_.traces.emplace();
    if (asked_.trace.run) {
      std::vector<std::string> arguments = {programs_.front().given};
      arguments.insert(arguments.end(), asked_.trace.arguments.begin(), asked_.trace.arguments.end());
      looked_.traces->push_back({"", discover::trace_program(arguments)});
    }
    // Of a log's relative paths; a working folder that is gone is none that it can mean.
    const std::string here = asked_.trace.inputs.empty() ? "" : real_path(".").value_or("/");
    for (const std::string& input : asked_.trace.inputs) {
      const std::optional<std::string> log = read_file(input);
      if (!log) throw Error(Exit::usage, input, "is named by --trace-input, and there is no such file");
      looked_.traces->push_back({input, {discover::parse_strace(*log, here)}});
    }
  }
  const std::string program = programs_.front().closure.objects.front().real_path;
  for (const LookedInto::Traced& traced : *looked_.traces) {
    const size_t added = discoverer_.add_traced(traced.trace.files, program);
    const std::string what = traced.log.empty() ? fmt::format("the trace of {} ended with status {} and",
                                                              printable(base_name(program)), traced.trace.exit_status)
                                                : printable(traced.log);
    out_.notes.push_back(fmt::format("{} added {} files to what was known", what, added));
  }
}

/// The closure of something found, or why it cannot be bundled: a file that only lies in a package's folder is a reason
/// for a hint, and none to give up the bundle. What a library lacks may still be found beside it, so that is looked at
/// in the end.
const Following::Resolved& Following::resolve(const Found& found) {
  const auto [at, is_new] = looked_.resolved.try_emplace(found.source);
  Resolved& out = at->second;
  if (!is_new) return out;
  try {
    const bool is_program = found.kind == Kind::program;
    out.closure = is_program ? resolver_.resolve(found.source)
                             : resolver_.resolve_plugin(found.source, programs_.front().closure);
    if (!is_program) return out;
    const Object& object = out.closure.objects.front();
    if (report::lacks_something(out.closure)) {
      out.refusal = fmt::format("it needs {}", missing_names(out.closure));
    } else if (!object.is_static && !(launch::has_launcher(object.machine) && object.is_64)) {
      out.refusal = fmt::format("it is for {}, and there is no launcher for that", elf::machine_name(object.machine));
    }
  } catch (const Error& error) {
    if (error.kind() == Exit::machine) throw;
    out.refusal = error.sentence();
  }
  return out;
}

std::vector<discover::Dragged> Following::dragged_by(const Found& found) {
  std::vector<discover::Dragged> out;
  const Resolved& resolved = resolve(found);
  if (!resolved.refusal.empty()) return out;
  for (const Object& object : resolved.closure.objects) {
    if (object.real_path != found.source) out.push_back({object.real_path, object.size});
  }
  return out;
}

void Following::leave_out(const Found& found, const std::string& why) {
  if (!refused_.insert(found.source).second) return;
  discover::Hint hint{found.destination, fmt::format("{} is left out: {}", printable(found.destination), why),
                      found.rule};
  hint.is_lacking = true;
  out_.left_out.push_back({hint, found.evidence, {found.destination}});
  out_.hints.push_back(std::move(hint));
}

std::string Following::missing_names(const Closure& closure) const {
  std::set<std::string> names;
  for (const Closure::Missing& missing : closure.missing) names.insert(report::missing_library(closure, missing).name);
  return fmt::format("{}, not {}", printable(fmt::format("{}", fmt::join(names, ", "))), where());
}

/// A library may name another that its program has loaded by then, and that no search of its own would find (libjava.so
/// and libjvm.so; libc in a store): it is not missing when it is one of the program's or among what was found. Leaving
/// one out may make others lack it, so this goes on until nothing changes.
void Following::drop_lacking(const std::vector<Found>& found) {
  for (bool again = true; again;) {
    again = false;
    std::set<std::string_view> here;
    for (const plan::NamedProgram& program : programs_) {
      for (const Object& object : program.closure.objects) here.insert(object.soname ? *object.soname : object.name);
    }
    for (const Found& file : found) {
      if (file.kind == Kind::library && !refused_.contains(file.source)) {
        here.insert(base_name(file.destination));
      }
    }
    for (const Found& file : found) {
      const auto closure = closures_.find(file.source);
      if (closure == closures_.end() || refused_.contains(file.source)) continue;
      const bool lacks = std::any_of(closure->second->missing.begin(), closure->second->missing.end(),
                                     [&](const Closure::Missing& missing) {
                                       return !here.contains(report::missing_library(*closure->second, missing).name);
                                     });
      if (!lacks) continue;
      leave_out(file, fmt::format("it needs {}", missing_names(*closure->second)));
      again = true;
    }
  }
}

void Following::follow_new() {
  for (std::vector<Found> fresh = discoverer_.take_new(); !fresh.empty(); fresh = discoverer_.take_new()) {
    for (const Found& found : fresh) {
      if (closures_.contains(found.source) || refused_.contains(found.source)) continue;
      const Resolved& resolved = resolve(found);
      if (!resolved.refusal.empty()) {
        leave_out(found, resolved.refusal);
        continue;
      }
      const Closure& kept = *closures_.emplace(found.source, &resolved.closure).first->second;
      discoverer_.add_closure(kept);
      wishes_.add(found.source, kept, found.kind == Kind::program);
    }
  }
}

/// Libraries that something opens by name, and what those open in turn.
void Following::grant_wishes() {
  const std::vector<discover::Wish> of_user =
      wishes_of_user(options_, discover::machine_of(programs_.front().closure), root_);
  for (bool again = true; again;) {
    std::vector<discover::Wish> wishes = of_user;
    for (discover::Wish& wish : discoverer_.wishes()) wishes.push_back(std::move(wish));
    const std::vector<const Closure*> opened = wishes_.grant(wishes);
    again = !opened.empty();
    for (const Closure* closure : opened) discoverer_.add_opened(*closure);
    follow_new();
  }
}

void Following::finish(discover::Discovery&& result) {
  for (size_t i = 0; i < programs_.size(); ++i) programs_[i].openings = wishes_.openings_of_program(i);
  for (Found& found : result.found) {
    if (refused_.contains(found.source)) continue;
    if (found.kind == Kind::data) {
      out_.added.files.push_back(std::move(found));
      continue;
    }
    const auto closure = closures_.find(found.source);
    if (closure == closures_.end()) continue;
    if (found.by_name && found.kind == Kind::library) {
      // What a run opened by its name. Who did is not known.
      programs_.front().openings.push_back({programs_.front().closure.objects.front().real_path,
                                            std::string(base_name(found.destination)), found.why, *closure->second,
                                            found.rule});
      continue;
    }
    const auto [loads, is_new] = out_.added.loads.try_emplace(found.source);
    if (is_new) loads->second = {*closure->second, wishes_.openings_of(found.source)};
    out_.added.files.push_back(std::move(found));
  }
  for (discover::Hint& hint : wishes_.unmet()) out_.hints.push_back(std::move(hint));
  for (const Finding& finding : result.findings) {
    if (finding.may_go) out_.droppable.push_back({finding.key, finding.cost(), finding.goes_last});
  }
  out_.findings = std::move(result.findings);
  out_.left_to_target = wishes_.left_to_target();
  out_.left_to_target.insert(out_.left_to_target.end(), result.left_to_target.begin(), result.left_to_target.end());
  out_.kept = std::move(result.kept);
  out_.homes = std::move(result.homes);
  for (plan::NamedProgram& program : programs_) {
    for (const TreePlace& place : out_.homes) {
      if (program.script && program.script->source.starts_with(place.source + "/"))
        program.script->destination = place.home + program.script->source.substr(place.source.size());
    }
  }
  out_.folder_names = std::move(result.folder_names);
  if (asked_.launchers && !asked_.prefer_target) out_.defaults = std::move(result.defaults);
  for (const VariableDefault& given : out_.defaults) {
    out_.notes.push_back(
        fmt::format("{} asks the kernel by itself, so nothing answers it from the bundle: where the "
                    "caller has no {}, its launcher says {} of the bundle",
                    printable(base_name(given.source)), given.name, printable(given.path)));
  }
  std::move(result.hints.begin(), result.hints.end(), std::back_inserter(out_.hints));
  std::move(result.left_out.begin(), result.left_out.end(), std::back_inserter(out_.left_out));
  out_.dropped = std::move(result.dropped);
}

}  // namespace

Followed follow(const BundleOptions& options, std::vector<plan::NamedProgram>& programs, resolve::Resolver& resolver,
                const packages::Database* packages, LookedInto& looked) {
  return Following(options, programs, resolver, packages, looked).run();
}

}  // namespace bundle::run
