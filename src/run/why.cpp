// See why.h. What speaks against a path is absence.h's matter.
#include "run/why.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/error.h"
#include "base/file.h"
#include "discover/file_kind.h"
#include "machine/root.h"
#include "run/absence.h"
#include "run/chain.h"

namespace bundle::run {

namespace {

using report::Answer;

constexpr size_t most_places = 3;        // of one file, or of one name
constexpr size_t most_files = 100'000;   // of a folder that are looked at
constexpr size_t most_closures = 2'000;  // of a folder that are resolved for what they drag in

class Explaining {
 public:
  Explaining(const BundleOptions& options, const Plan& plan, const std::vector<uint64_t>& sizes,
             const std::vector<plan::NamedProgram>& programs, const Followed& followed, resolve::Resolver& resolver,
             packages::Installed& installed)
      : plan_(plan),
        sizes_(sizes),
        programs_(programs),
        resolver_(resolver),
        root_(resolver.root()),
        installed_(installed),
        packages_(installed.system()),
        chains_(programs, followed),
        absences_(options, plan, followed, root_, packages_) {
    for (const Item& item : plan.items) sources_.insert(item.source);
  }

  Answer answer(const std::string& asked);

 private:
  bool tell_of_bundle(const std::string& path, Answer& out) const;
  bool tell_by_name(const std::string& name, Answer& out);
  void tell_of_path(const std::string& path, Answer& out);
  void tell_of_folder(const std::string& path, const std::string& real, Answer& out);
  void tell_absence(const std::string& path, const std::string& real, Answer& out);
  void add_present(size_t index, Answer& out) const;
  void add_part(size_t index, Answer& out) const;
  std::vector<size_t> items_of(const std::string& path);
  uint64_t dragged_by(const std::vector<std::string>& files);

  const Plan& plan_;
  const std::vector<uint64_t>& sizes_;
  const std::vector<plan::NamedProgram>& programs_;
  resolve::Resolver& resolver_;
  machine::Root& root_;
  packages::Installed& installed_;
  const packages::Database* packages_;
  const Chains chains_;
  Absences absences_;
  std::set<std::string> sources_;
};

void Explaining::add_present(size_t index, Answer& out) const {
  const Item& item = plan_.items[index];
  Answer::Present& present = out.present.emplace_back();
  present.path = item.path;
  present.size = sizes_[index];
  present.source = item.source.empty() ? "" : root_.inside_of(item.source).value_or(item.source);
  present.why = item.why;
  present.rule = item.rule;
  present.evidence = item.evidence;
  present.package = item.package;
  // Of what a rule found, that is the reason, whoever needs it beside.
  const bool is_loaded = item.kind == Kind::loader || item.kind == Kind::library;
  std::vector<std::string> chain = is_loaded ? chains_.of(item.source) : std::vector<std::string>();
  if (chain.empty()) return;
  present.why = chain.front();
  present.chain.assign(chain.begin() + 1, chain.end());
}

void Explaining::add_part(size_t index, Answer& out) const {
  const Item& item = plan_.items[index];
  // Each of these has a reason of its own, and together one.
  std::string why = item.why;
  if (item.rule == "loader") why = "needed by what is there";
  if (item.kind == Kind::launcher && item.rule.empty()) why = "starts a program";
  auto part = std::find_if(out.parts.begin(), out.parts.end(), [&](const Answer::Part& candidate) {
    return candidate.why == why && candidate.rule == item.rule;
  });
  if (part == out.parts.end()) part = out.parts.insert(part, {why, item.rule});
  ++part->files;
  part->size += sizes_[index];
}

/// A path inside the bundle, of a file or a folder. False when it has none of that name.
bool Explaining::tell_of_bundle(const std::string& path, Answer& out) const {
  for (size_t i = 0; i < plan_.items.size(); ++i) {
    if (plan_.items[i].path == path) {
      add_present(i, out);
      return true;
    }
    if (plan_.items[i].path.starts_with(path + "/")) add_part(i, out);
  }
  out.is_folder = !out.parts.empty();
  return out.is_folder;
}

/// The items that a path of the source machine has: what is found under it, else what is made from its file. Data is
/// found under no link but those that are there.
std::vector<size_t> Explaining::items_of(const std::string& path) {
  const std::string roots = plan_.home + "/root";
  const std::string there = roots + path, lies = roots + root_.as_it_lies(path);
  std::vector<size_t> exact, same;
  const std::optional<std::string> real = root_.real(path);
  const std::string source = real ? root_.at(*real) : "";
  for (size_t i = 0; i < plan_.items.size(); ++i) {
    const Item& item = plan_.items[i];
    const bool is_also = std::find(item.also.begin(), item.also.end(), path) != item.also.end();
    if (item.path == there || item.path == lies || is_also) exact.push_back(i);
    if (!source.empty() && item.source == source) same.push_back(i);
  }
  if (real && *real != root_.as_it_lies(path)) {
    std::erase_if(same, [&](size_t index) { return plan_.items[index].kind == Kind::data; });
  }
  std::vector<size_t>& out = exact.empty() ? same : exact;
  if (out.size() > most_places) out.resize(most_places);
  return out;
}

/// What adding these files would bring beside them, each library once.
uint64_t Explaining::dragged_by(const std::vector<std::string>& files) {
  const Closure& host = programs_.front().closure;
  if (host.loader_kind == LoaderKind::none || files.size() > most_closures) return 0;
  std::set<std::string> own, brought;
  for (const std::string& file : files) own.insert(root_.at(file));
  uint64_t size = 0;
  for (const std::string& source : own) {
    try {
      const Kind kind = discover::file_kind(*root_.map_source(source), discover::machine_of(host));
      if (kind == Kind::data) continue;
      const Closure closure =
          kind == Kind::program ? resolver_.resolve(source) : resolver_.resolve_plugin(source, host);
      for (const Object& object : closure.objects) {
        const bool is_new = !sources_.contains(object.real_path) && !own.contains(object.real_path);
        if (is_new && brought.insert(object.real_path).second) size += object.size;
      }
    } catch (const Error& error) {
      if (error.kind() == Exit::machine) throw;
      // What cannot be read or resolved costs what it has itself, and whoever adds it is told.
    }
  }
  return size;
}

void Explaining::tell_absence(const std::string& path, const std::string& real, Answer& out) {
  out.absences = absences_.of(path, real);
  const auto same = std::find_if(plan_.items.begin(), plan_.items.end(),
                                 [&](const Item& item) { return item.source == root_.at(real); });
  if (same != plan_.items.end()) {
    out.absences.insert(out.absences.begin(), {fmt::format("by this name: it leads to {}, which is there as {}",
                                                           printable(real), printable(same->path)),
                                               "", ""});
  }
  const machine::Status status = root_.look(real);
  out.size = status.size;
  out.package = installed_.owner(path).value_or(installed_.owner(real).value_or(Package{}));
  out.options = absences_.options(path, real, discover::machine_of(programs_.front().closure));
  if (status.is_file() && !out.options.empty()) out.dragged = dragged_by({real});
}

void Explaining::tell_of_folder(const std::string& path, const std::string& real, Answer& out) {
  out.is_folder = true;
  const std::string there = plan_.home + "/root" + path + "/",
                    lies = plan_.home + "/root" + root_.as_it_lies(path) + "/";
  const std::string source = root_.at(real) + "/";
  std::set<std::string> present;  // paths of the source machine
  for (size_t i = 0; i < plan_.items.size(); ++i) {
    const Item& item = plan_.items[i];
    const bool is_below = item.path.starts_with(there) || item.path.starts_with(lies);
    if (!is_below && !item.source.starts_with(source)) continue;
    add_part(i, out);
    if (is_below) present.insert(item.path.substr(plan_.home.size() + std::string_view("/root").size()));
  }
  std::map<std::pair<std::string, std::string>, Answer::Absence> left;  // by text and rule
  std::vector<std::string> wanted;                                      // real paths
  size_t seen = 0;
  Walk walk;
  walk.each = [&](const std::string& below, Node node) {
    if (node == Node::folder) return !root_.is_made_by_kernel(below);
    if (++seen > most_files) return false;
    const std::optional<std::string> file = root_.real(below);
    if (!file || sources_.contains(root_.at(*file)) || present.contains(below)) return true;
    const std::string as_named = path + below.substr(real.size());
    if (present.contains(as_named)) return true;
    const machine::Status status = root_.look(*file);
    if (!status.is_file()) return true;
    const Answer::Absence absence = absences_.first_of(as_named, below);
    Answer::Absence& sum = left.try_emplace({absence.text, absence.rule}, absence).first->second;
    ++sum.files;
    sum.size += status.size;
    if (wanted.size() <= most_closures) wanted.push_back(*file);
    out.size += status.size;
    return true;
  };
  root_.walk(real, walk);
  for (auto& [key, absence] : left) out.absences.push_back(std::move(absence));
  out.package = installed_.owner(path).value_or(Package{});
  if (out.absences.empty() && !out.parts.empty()) return;
  if (out.absences.empty()) out.absences = {absences_.first_of(path, real)};
  out.options = absences_.options(path, real, discover::machine_of(programs_.front().closure));
  out.dragged = dragged_by(wanted);
}

void Explaining::tell_of_path(const std::string& path, Answer& out) {
  if (path != out.asked) out.path = path;
  const std::vector<size_t> items = items_of(path);
  for (const size_t index : items) add_present(index, out);
  if (!items.empty()) return;
  const std::optional<std::string> real = root_.real(path);
  if (!real) {
    out.is_there = false;
    out.absences = absences_.of_missing(path);
  } else if (root_.kind(*real) == machine::Kind::folder) {
    tell_of_folder(path, *real, out);
  } else {
    tell_absence(path, *real, out);
  }
}

/// The bare name of a library, or of any file. False when neither the bundle, nor its hints, nor a package knows it.
bool Explaining::tell_by_name(const std::string& name, Answer& out) {
  for (size_t i = 0; i < plan_.items.size() && out.present.size() < most_places; ++i) {
    if (base_name(plan_.items[i].path) == name) add_present(i, out);
  }
  for (size_t i = 0; i < plan_.items.size() && out.present.empty(); ++i) {
    if (base_name(plan_.items[i].source) == name) add_present(i, out);
  }
  if (!out.present.empty()) return true;
  if (root_.real(root_.absolute(name))) {
    tell_of_path(normal_path(root_.absolute(name)), out);
    return true;
  }
  const auto shipped =
      packages_ == nullptr ? decltype(packages_->find_by_base_name(name))() : packages_->find_by_base_name(name);
  const auto here =
      std::find_if(shipped.begin(), shipped.end(), [&](const auto& one) { return root_.real(one.second); });
  if (here == shipped.end()) return false;
  tell_of_path(here->second, out);
  return true;
}

Answer Explaining::answer(const std::string& asked) {
  Answer out;
  out.asked = asked;
  std::string trimmed = asked;
  while (trimmed.size() > 1 && trimmed.ends_with('/')) trimmed.pop_back();
  const bool is_bare = trimmed.find('/') == std::string::npos;
  if (tell_of_bundle(trimmed, out)) return out;
  if (is_bare && trimmed != "." && trimmed != ".." && tell_by_name(trimmed, out)) return out;
  const std::string path = normal_path(root_.meant_by(trimmed).value_or(root_.absolute(trimmed)));
  const std::string prefix = plan_.prefix == "/" ? "/" : plan_.prefix + "/";
  const bool is_of_bundle = !root_.real(path) && path.starts_with(prefix);
  if (is_of_bundle && tell_of_bundle(path.substr(prefix.size()), out)) return out;
  if (is_bare) {
    out.is_there = false;
    out.absences = absences_.of_missing(trimmed);
    return out;
  }
  tell_of_path(path, out);
  return out;
}

}  // namespace

std::vector<report::Answer> explain(const BundleOptions& options, const Plan& plan, const std::vector<uint64_t>& sizes,
                                    const std::vector<plan::NamedProgram>& programs, const Followed& followed,
                                    resolve::Resolver& resolver, packages::Installed& installed) {
  std::vector<Answer> answers;
  if (options.why.empty()) return answers;
  Explaining explaining(options, plan, sizes, programs, followed, resolver, installed);
  for (const std::string& asked : options.why) answers.push_back(explaining.answer(asked));
  return answers;
}

}  // namespace bundle::run
