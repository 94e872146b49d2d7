#include "cli/discovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "discover/trace.h"
#include "launch/launch.h"
#include "report/missing.h"

namespace bundle::cli {

namespace {

class Discovery {
 public:
  Discovery(const Request& request, const std::vector<plan::NamedProgram>& programs, resolve::Resolver& resolver,
            const discover::DpkgDatabase* packages)
      : request_(request), programs_(programs), resolver_(resolver), discoverer_(request.discover, packages) {}

  Discovered run();

 private:
  void trace();
  void follow_new();
  void grant_wishes();
  bool resolve(const discover::Found& found, Closure& closure);
  void drop_loaded_by_others(Closure& closure) const;
  void finish();

  const Request& request_;
  const std::vector<plan::NamedProgram>& programs_;
  resolve::Resolver& resolver_;
  discover::Discoverer discoverer_;
  Discovered out_;
  std::map<std::string, Closure> closures_;  // of found programs and libraries, by real path
  std::set<std::string> refused_;            // found, but cannot be bundled
  std::vector<plan::AddedFile> wished_;
  std::set<std::string> granted_;
};

Discovered Discovery::run() {
  for (const plan::NamedProgram& program : programs_) discoverer_.add_closure(program.closure);
  trace();
  follow_new();
  grant_wishes();
  finish();
  return std::move(out_);
}

void Discovery::trace() {
  const std::string program = programs_.front().closure.objects.front().real_path;
  if (request_.trace.run) {
    std::vector<std::string> arguments = {programs_.front().given};
    arguments.insert(arguments.end(), request_.trace.arguments.begin(), request_.trace.arguments.end());
    const discover::Trace trace = discover::trace_program(arguments);
    const size_t added = discoverer_.add_traced(trace.files, program);
    out_.notes.push_back(fmt::format("the trace of {} ended with status {} and added {} files to what was known",
                                     base_name(program), trace.exit_status, added));
  }
  for (const std::string& input : request_.trace.inputs) {
    const std::optional<std::string> log = read_file(input);
    if (!log) throw Error(Exit::usage, input, "is named by --trace-input, and there is no such file");
    const size_t added = discoverer_.add_traced(
        discover::parse_strace(*log, std::filesystem::current_path().string()), program);
    out_.notes.push_back(fmt::format("{} added {} files to what was known", printable(input), added));
  }
}

/// A found library may need another found one that no search leads to, for whoever opens the one has opened the other
/// before: a JVM's libjava.so needs libjvm.so. There the loader takes it by its SONAME, and here it is no missing one.
void Discovery::drop_loaded_by_others(Closure& closure) const {
  if (closure.missing.empty()) return;
  std::set<std::string> names;
  for (const discover::Found& found : discoverer_.result().found) {
    if (found.what == discover::Found::What::library) names.emplace(base_name(found.destination));
  }
  const auto is_found = [&](const Edge& edge) { return edge.target == no_object && names.contains(edge.name); };
  for (Object& object : closure.objects) std::erase_if(object.needs, is_found);
  closure.missing.clear();
  for (size_t i = 0; i < closure.objects.size(); ++i) {
    const std::vector<Edge>& needs = closure.objects[i].needs;
    for (size_t k = 0; k < needs.size(); ++k) {
      if (needs[k].target == no_object) closure.missing.push_back({i, k});
    }
  }
}

/// The closure of something found. False when it cannot be bundled: a file that only lies in a package's folder is a
/// reason for a hint, and none to give up the bundle.
bool Discovery::resolve(const discover::Found& found, Closure& closure) {
  std::string problem;
  try {
    closure = found.what == discover::Found::What::program
                  ? resolver_.resolve(found.source)
                  : resolver_.resolve_plugin(found.source, programs_.front().closure);
    drop_loaded_by_others(closure);
    if (!report::lacks_something(closure)) return true;
    problem = report::missing_error({closure}, nullptr).sentence();
    problem.resize(std::min(problem.find('\n'), problem.size()));
  } catch (const Error& error) {
    problem = error.sentence();
  }
  refused_.insert(found.source);
  out_.hints.push_back({found.destination, fmt::format("{} is left out: {}", printable(found.destination), problem)});
  return false;
}

void Discovery::follow_new() {
  for (std::vector<discover::Found> fresh = discoverer_.take_new(); !fresh.empty(); fresh = discoverer_.take_new()) {
    for (const discover::Found& found : fresh) {
      if (closures_.contains(found.source) || refused_.contains(found.source)) continue;
      Closure closure;
      if (!resolve(found, closure)) continue;
      discoverer_.add_closure(closure);
      closures_.emplace(found.source, std::move(closure));
    }
  }
}

/// Libraries that something opens by name. Those of a dlopen note's lower priorities that are not here are no error:
/// the program works without them here, too.
void Discovery::grant_wishes() {
  for (bool again = true; again;) {
    again = false;
    for (const discover::Wish& wish : discoverer_.result().wishes) {
      const std::string key = wish.by + "\n" + fmt::format("{}", fmt::join(wish.names, "\n"));
      if (!granted_.insert(key).second) continue;
      again = true;
      const std::string names = fmt::format("{}", fmt::join(wish.names, " or "));
      if (wish.priority == discover::Wish::Priority::suggested) {
        out_.hints.push_back({wish.by, fmt::format("{} can use {}{}: --plugin it if wanted", base_name(wish.by), names,
                                                   wish.feature.empty() ? "" : " for " + printable(wish.feature))});
        continue;
      }
      std::optional<std::string> path;
      std::string asked;
      for (const std::string& name : wish.names) {
        asked = name;
        if ((path = resolver_.find_library(programs_.front().closure, name))) break;
      }
      if (!path) {
        const std::string text = fmt::format("{} opens {}, which is not on this machine", base_name(wish.by), names);
        if (wish.priority == discover::Wish::Priority::required) throw Error(Exit::cannot_bundle, wish.by, text);
        out_.hints.push_back({wish.by, text});
        continue;
      }
      plan::AddedFile file;
      file.source = real_path(*path).value_or(*path);
      file.destination = "/" + std::string(base_name(asked));
      file.kind = Kind::library;
      file.by_name = true;
      file.mode = 0755;
      file.why = fmt::format("opened by {}{}", base_name(wish.by),
                             wish.feature.empty() ? "" : " for " + printable(wish.feature));
      file.closure = resolver_.resolve_plugin(*path, programs_.front().closure);
      if (report::lacks_something(file.closure)) continue;
      discoverer_.add_closure(file.closure);
      wished_.push_back(std::move(file));
    }
    follow_new();
  }
}

void Discovery::finish() {
  const discover::Discovery result = discoverer_.result();
  for (const discover::Found& found : result.found) {
    if (refused_.contains(found.source)) continue;
    plan::AddedFile file;
    file.source = found.source;
    file.destination = found.destination;
    file.why = found.why;
    file.package = found.package;
    file.mode = found.mode;
    file.by_name = found.by_name;
    if (found.what != discover::Found::What::data) {
      file.kind = found.what == discover::Found::What::program ? Kind::program : Kind::library;
      const auto closure = closures_.find(found.source);
      if (closure == closures_.end()) continue;
      file.closure = closure->second;
    }
    out_.files.push_back(std::move(file));
  }
  out_.files.insert(out_.files.end(), std::make_move_iterator(wished_.begin()), std::make_move_iterator(wished_.end()));
  out_.items = result.items;
  out_.hints.insert(out_.hints.end(), result.hints.begin(), result.hints.end());
}

}  // namespace

Discovered discover_files(const Request& request, const std::vector<plan::NamedProgram>& programs,
                          resolve::Resolver& resolver, const discover::DpkgDatabase* packages) {
  return Discovery(request, programs, resolver, packages).run();
}

}  // namespace bundle::cli
