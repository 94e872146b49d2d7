#include "cli/discovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/printable.h"
#include "discover/trace.h"
#include "elf/format.h"
#include "launch/launch.h"
#include "machine/root.h"
#include "report/missing.h"

namespace bundle::cli {

namespace {

/// A plugin of the user's own tree is opened by a path that the program is told, so it needs no place of its own, and
/// the path that it has here is nobody's business: it goes to /usr/lib/plugins. The second of a name gets a number.
discover::Options with_places(discover::Options options, machine::Root& root) {
  std::set<std::string> taken;
  for (discover::Addition& plugin : options.plugins) {
    const std::optional<std::string> inside = root.meant_by(plugin.path);
    if (!plugin.destination.empty() || !inside || plan::is_system_path(*inside)) continue;
    const std::string name(base_name(plugin.path));
    plugin.destination = "/usr/lib/plugins/" + name;
    for (int n = 2; !taken.insert(plugin.destination).second; ++n) {
      plugin.destination = fmt::format("/usr/lib/plugins/{}/{}", n, name);
    }
  }
  return options;
}

class Discovery {
 public:
  Discovery(const Request& request, const std::vector<plan::NamedProgram>& programs, resolve::Resolver& resolver,
            const discover::DpkgDatabase* packages)
      : request_(request),
        programs_(programs),
        resolver_(resolver),
        root_(request.sysroot),
        options_(with_places(request.discover, root_)),
        discoverer_(options_, packages, discover::machine_of(programs.front().closure), request.sysroot) {}

  Discovered run();

 private:
  struct Answer {
    std::string name;  // of the wish's, the one that led there
    std::string path;
    bool is_by_user = false;  // it was given by --plugin
  };
  void trace();
  void follow_new();
  void grant_wishes();
  void grant(const discover::Wish& wish);
  bool leave_to_target(const discover::Wish& wish);
  std::optional<Answer> find(const discover::Wish& wish);
  bool resolve(const discover::Found& found, Closure& closure);
  void leave_out(const discover::Found& found, const std::string& why);
  std::string missing_names(const Closure& closure) const;
  const char* where() const { return root_.is_host() ? "on this machine" : "in the sysroot"; }
  /// The file of this machine that a path of the root leads to.
  std::string source_of(const std::string& inside) {
    const std::optional<std::string> real = root_.real(inside);
    return real ? root_.at(*real) : inside;
  }
  void drop_lacking();
  void finish();

  const Request& request_;
  const std::vector<plan::NamedProgram>& programs_;
  resolve::Resolver& resolver_;
  machine::Root root_;
  discover::Options options_;
  discover::Discoverer discoverer_;
  Discovered out_;
  std::map<std::string, Closure> closures_;  // of found programs and libraries, by real path
  std::set<std::string> refused_;            // found, but cannot be bundled
  std::vector<plan::AddedFile> wished_;
  std::set<std::string> asked_;    // wishes, by priority and names
  std::set<std::string> granted_;  // names
};

Discovered Discovery::run() {
  if (!root_.is_host() && options_.enabled) {
    out_.notes.push_back(
        "data, plugins and the named sets (locales, certificates and the like) are not looked for in a sysroot: name "
        "what the program reads with --add and --plugin, by its path in there");
  }
  for (const plan::NamedProgram& program : programs_) discoverer_.add_closure(program.closure);
  trace();
  follow_new();
  grant_wishes();
  drop_lacking();
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
                                     printable(base_name(program)), trace.exit_status, added));
  }
  // Of a log's relative paths; a working folder that is gone is none that it can mean.
  const std::string here = request_.trace.inputs.empty() ? "" : real_path(".").value_or("/");
  for (const std::string& input : request_.trace.inputs) {
    const std::optional<std::string> log = read_file(input);
    if (!log) throw Error(Exit::usage, input, "is named by --trace-input, and there is no such file");
    const size_t added = discoverer_.add_traced(discover::parse_strace(*log, here), program);
    out_.notes.push_back(fmt::format("{} added {} files to what was known", printable(input), added));
  }
}

/// The closure of something found. False when it cannot be bundled: a file that only lies in a package's folder is a
/// reason for a hint, and none to give up the bundle. What a library lacks may still be found beside it, so that is
/// looked at in the end.
bool Discovery::resolve(const discover::Found& found, Closure& closure) {
  try {
    const bool is_program = found.what == discover::Found::What::program;
    closure = is_program ? resolver_.resolve(found.source)
                         : resolver_.resolve_plugin(found.source, programs_.front().closure);
    if (!is_program) return true;
    const Object& object = closure.objects.front();
    if (report::lacks_something(closure)) {
      leave_out(found, fmt::format("it needs {}", missing_names(closure)));
    } else if (!object.is_static && !(launch::has_launcher(object.machine) && object.is_64)) {
      leave_out(found,
                fmt::format("it is for {}, and there is no launcher for that", elf::machine_name(object.machine)));
    } else {
      return true;
    }
  } catch (const Error& error) {
    if (error.kind() == Exit::machine) throw;
    leave_out(found, error.sentence());
  }
  return false;
}

void Discovery::leave_out(const discover::Found& found, const std::string& why) {
  if (!refused_.insert(found.source).second) return;
  out_.hints.push_back({found.destination, fmt::format("{} is left out: {}", printable(found.destination), why)});
}

std::string Discovery::missing_names(const Closure& closure) const {
  std::set<std::string> names;
  for (const Closure::Missing& missing : closure.missing) names.insert(report::missing_library(closure, missing).name);
  return fmt::format("{}, not {}", printable(fmt::format("{}", fmt::join(names, ", "))), where());
}

/// A library may name another that its program has loaded by then, by its path and from where no search would look
/// (libjava.so and libjvm.so): it is not missing when it is among what was found. Leaving one out may make others lack
/// it, so this goes on until nothing changes.
void Discovery::drop_lacking() {
  const std::vector<discover::Found> found = discoverer_.result().found;
  for (bool again = true; again;) {
    again = false;
    std::set<std::string_view> here;
    for (const discover::Found& file : found) {
      if (file.what == discover::Found::What::library && !refused_.contains(file.source)) {
        here.insert(base_name(file.destination));
      }
    }
    for (const discover::Found& file : found) {
      const auto closure = closures_.find(file.source);
      if (closure == closures_.end() || refused_.contains(file.source)) continue;
      const bool lacks = std::any_of(closure->second.missing.begin(), closure->second.missing.end(),
                                     [&](const Closure::Missing& missing) {
                                       return !here.contains(report::missing_library(closure->second, missing).name);
                                     });
      if (!lacks) continue;
      leave_out(file, fmt::format("it needs {}", missing_names(closure->second)));
      again = true;
    }
  }
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

/// Where dlopen by one of the wish's names would lead from the object that makes it: by its run path and those of what
/// loaded it, in each program that has it. What the user gave by --plugin under that name or SONAME is meant first.
std::optional<Discovery::Answer> Discovery::find(const discover::Wish& wish) {
  std::vector<std::pair<const Closure*, size_t>> askers;
  const auto note = [&](const Closure& closure) {
    for (size_t i = 0; i < closure.objects.size(); ++i) {
      if (closure.objects[i].real_path == wish.by) return askers.emplace_back(&closure, i), void();
    }
  };
  for (const plan::NamedProgram& program : programs_) note(program.closure);
  if (const auto found = closures_.find(wish.by); found != closures_.end()) note(found->second);
  if (askers.empty()) askers.emplace_back(&programs_.front().closure, 0);
  for (const std::string& name : wish.names) {
    for (const discover::Addition& plugin : options_.plugins) {
      const std::string path = root_.meant_by(plugin.path).value_or(plugin.path);
      const auto closure = closures_.find(source_of(path));
      const bool is_meant =
          base_name(path) == name || (closure != closures_.end() && closure->second.objects[0].soname == name);
      if (is_meant) return Answer{name, path, true};
    }
    for (const auto& [closure, asker] : askers) {
      if (std::optional<std::string> path = resolver_.find_library(*closure, asker, name))
        return Answer{name, *path, false};
    }
  }
  return std::nullopt;
}

/// Libraries that something opens by name. Those of a dlopen note's lower priorities that are not here are no error:
/// the program works without them here, too.
void Discovery::grant_wishes() {
  for (bool again = true; again;) {
    again = false;
    for (const discover::Wish& wish : discoverer_.result().wishes) {
      const std::string key = fmt::format("{}\n{}", static_cast<int>(wish.priority), fmt::join(wish.names, "\n"));
      if (!asked_.insert(key).second) continue;
      again = true;
      grant(wish);
    }
    follow_new();
  }
}

/// Whether one of the names is the target's, which is noted.
bool Discovery::leave_to_target(const discover::Wish& wish) {
  const auto name = std::find_if(wish.names.begin(), wish.names.end(),
                                 [&](const std::string& candidate) { return options_.target_has.has(candidate); });
  if (name == wish.names.end()) return false;
  out_.left_to_target.push_back({*name, std::string(base_name(wish.by)), true});
  return true;
}

void Discovery::grant(const discover::Wish& wish) {
  const bool is_required = wish.priority == discover::Wish::Priority::required;
  const std::string by = printable(base_name(wish.by));
  const std::string names = printable(fmt::format("{}", fmt::join(wish.names, " or ")));
  const std::string what_for = wish.feature.empty() ? "" : " for " + printable(wish.feature);
  const std::optional<Answer> answer = find(wish);
  if ((!answer || !answer->is_by_user) && leave_to_target(wish) && !answer) return;
  if (wish.priority == discover::Wish::Priority::suggested && (!answer || !answer->is_by_user)) {
    out_.hints.push_back(
        {wish.by, fmt::format("{} can use {}{}: {}", by, names, what_for,
                              answer ? fmt::format("--plugin {} if it is wanted", shell_word(answer->path))
                                     : fmt::format("it is not {}", where()))});
    return;
  }
  if (!answer) {
    std::string text = fmt::format("opens {}{}, which is not {}", names, what_for, where());
    if (!is_required) return out_.hints.push_back({wish.by, by + " " + text});
    const std::optional<std::string> package =
        knowledge::is_driver(wish.names.front()) ? std::nullopt : discover::package_name_for_soname(wish.names.front());
    if (package) text += fmt::format("; by its name it would be in the package {0}: apt-get install {0}", *package);
    throw Error(Exit::cannot_bundle, wish.by, text + ". Name the folder that holds it with -L DIR, or install it");
  }
  if (!granted_.insert(answer->name).second) return;
  plan::AddedFile file;
  file.source = source_of(answer->path);
  file.destination = "/" + std::string(base_name(answer->name));
  file.kind = Kind::library;
  file.by_name = true;
  file.mode = 0755;
  file.why = fmt::format("opened by {}{}", by, what_for);
  file.closure = resolver_.resolve_plugin(answer->path, programs_.front().closure);
  if (report::lacks_something(file.closure)) {
    const std::string text = fmt::format("opens {}{}, and that needs {}", names, what_for, missing_names(file.closure));
    if (is_required) {
      throw Error(Exit::cannot_bundle, wish.by, text + ". Name the folder that holds it with -L DIR, or install it");
    }
    return out_.hints.push_back({wish.by, by + " " + text});
  }
  discoverer_.add_closure(file.closure);
  closures_.emplace(file.source, file.closure);
  wished_.push_back(std::move(file));
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
    file.size = found.size;
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
  out_.left_to_target.insert(out_.left_to_target.end(), result.left_to_target.begin(), result.left_to_target.end());
  out_.hints.insert(out_.hints.end(), result.hints.begin(), result.hints.end());
}

}  // namespace

Discovered discover_files(const Request& request, const std::vector<plan::NamedProgram>& programs,
                          resolve::Resolver& resolver, const discover::DpkgDatabase* packages) {
  return Discovery(request, programs, resolver, packages).run();
}

}  // namespace bundle::cli
