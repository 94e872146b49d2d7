#include "report/tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "report/missing.h"

namespace bundle::report {

namespace {

// Deeper levels are no longer indented: 5,000 libraries in a chain would make lines of 20 kB.
constexpr size_t deepest_indent = 40;

struct Paint {
  bool on;
  std::string operator()(const char* code, std::string_view text) const {
    return on ? fmt::format("\033[{}m{}\033[0m", code, text) : std::string(text);
  }
  std::string dim(std::string_view text) const { return (*this)("2", text); }
  std::string bad(std::string_view text) const { return (*this)("1;31", text); }
  std::string warn(std::string_view text) const { return (*this)("33", text); }
  std::string name(std::string_view text) const { return (*this)("1", text); }
};

const char* rule_name(Rule rule) {
  switch (rule) {
    case Rule::program:
      return "program";
    case Rule::interpreter:
      return "interpreter";
    case Rule::preload:
      return "LD_PRELOAD";
    case Rule::already_loaded:
      return "already loaded";
    case Rule::slash:
      return "path in DT_NEEDED";
    case Rule::rpath:
      return "rpath";
    case Rule::library_path:
      return "LD_LIBRARY_PATH";
    case Rule::runpath:
      return "runpath";
    case Rule::cache:
      return "ld.so.cache";
    case Rule::default_folder:
      return "default folder";
    case Rule::added:
      return "added";
  }
  return "unknown";
}

/// The edges of one object in one row: needs, then filters.
struct Row {
  const Edge* edge = nullptr;
  const char* kind = "";  // "filter", "auxiliary"
  bool optional = false;
};

std::vector<Row> rows_of(const Object& object) {
  std::vector<Row> rows;
  for (const Edge& edge : object.needs) rows.push_back({&edge, "", false});
  for (const Filter& filter : object.filters) {
    rows.push_back({&filter.edge, filter.optional ? "auxiliary " : "filter ", filter.optional});
  }
  return rows;
}

class TreeWriter {
 public:
  TreeWriter(const Closure& closure, bool colour)
      : closure_(closure), paint_{colour}, unfolded_(closure.objects.size()) {}

  std::string write() {
    out_ += paint_.name(printable(closure_.objects[0].path)) + describe_root() + "\n";
    unfold(0);
    for (size_t i = 1; i < closure_.objects.size(); ++i) {
      const Object& object = closure_.objects[i];
      if (object.rule != Rule::preload && object.rule != Rule::added) continue;
      if (unfolded_[i]) continue;
      out_ += fmt::format("{} => {} {}\n", printable(object.name), printable(object.path),
                          paint_.dim(fmt::format("[{}]", rule_name(object.rule))));
      unfold(i);
    }
    return std::move(out_);
  }

 private:
  struct Frame {
    std::vector<Row> rows;
    size_t next = 0;
    bool last = false;
  };

  std::string describe_root() const {
    const Object& program = closure_.objects[0];
    std::string text;
    if (program.is_static) text = " static";
    if (program.is_library) text = " a shared library";
    if (program.interpreter) {
      text = closure_.interpreter == no_object ? fmt::format(" interpreter {} {}", printable(*program.interpreter),
                                                             paint_.bad(describe_look(closure_.interpreter_look)))
                                               : " interpreter " + printable(*program.interpreter);
    }
    return text.empty() ? "" : paint_.dim(text);
  }

  void unfold(size_t root) {
    unfolded_[root] = true;
    std::vector<Frame> frames;
    frames.push_back({rows_of(closure_.objects[root]), 0, true});
    while (!frames.empty()) {
      Frame& top = frames.back();
      if (top.next == top.rows.size()) {
        frames.pop_back();
        continue;
      }
      const Row row = top.rows[top.next++];
      const bool last = top.next == top.rows.size();
      write_row(frames, row, last);
      const size_t target = row.edge->target;
      if (target == no_object || unfolded_[target] || row.edge->rule == Rule::already_loaded) continue;
      unfolded_[target] = true;
      frames.push_back({rows_of(closure_.objects[target]), 0, last});
    }
  }

  void write_row(const std::vector<Frame>& frames, const Row& row, bool last) {
    const size_t depth = frames.size();
    std::string indent;
    for (size_t level = 1; level < std::min(depth, deepest_indent); ++level) {
      indent += frames[level].last ? "    " : "│   ";
    }
    indent += last ? "└── " : "├── ";
    if (depth > deepest_indent) indent += fmt::format("(level {}) ", depth);
    const Edge& edge = *row.edge;
    out_ += paint_.dim(indent) + row.kind + printable(edge.name);
    if (edge.target == no_object) {
      out_ += row.optional ? paint_.dim(" not there, which is allowed") : " " + paint_.bad("not found");
    } else {
      const Object& target = closure_.objects[edge.target];
      out_ += fmt::format(" => {} {}", printable(target.path), paint_.dim("[" + describe_rule(closure_, edge) + "]"));
    }
    out_ += '\n';
  }

  const Closure& closure_;
  Paint paint_;
  std::vector<bool> unfolded_;
  std::string out_;
};

}  // namespace

std::string describe_rule(const Closure& closure, const Edge& edge) {
  if (edge.rule == Rule::already_loaded) {
    if (edge.target == closure.interpreter) return "the interpreter";
    const Object& target = closure.objects.at(edge.target);
    return edge.name == target.name ? "already loaded" : fmt::format("already loaded as {}", printable(target.name));
  }
  if (edge.rule == Rule::rpath || edge.rule == Rule::runpath) {
    const std::string owner =
        edge.rule_owner == no_object ? "the program" : printable(closure.objects.at(edge.rule_owner).name);
    return fmt::format("{} of {}", rule_name(edge.rule), owner);
  }
  return rule_name(edge.rule);
}

std::string describe_look(const Tried& tried) {
  if (!tried.detail.empty()) return printable(tried.detail);
  switch (tried.outcome) {
    case Probe::found:
      return "found";
    case Probe::absent:
      return "not there";
    case Probe::not_elf:
      return "is not an ELF file";
    case Probe::wrong_machine:
      return "is for another machine";
    case Probe::unreadable:
      return "may not be read";
  }
  return "";
}

std::string render_tree(const Closure& closure, bool colour) {
  const Paint paint{colour};
  std::string out = TreeWriter(closure, colour).write();
  std::set<std::pair<std::string, std::string>> seen;
  for (const Closure::Missing& missing : closure.missing) {
    const MissingLibrary library = missing_library(closure, missing);
    out += fmt::format("{} {}, needed by {}\n", paint.bad("missing"), printable(library.name),
                       printable(library.needed_by));
    for (const std::string& line : library.trail) out += "    " + line + "\n";
    if (library.is_driver) out += "    it comes with a driver's installation; a bundle leaves it to the target\n";
  }
  for (const VersionProblem& problem : closure.version_problems) {
    out +=
        paint.warn(problem.is_fatal() ? "version" : "note") + " " + describe_version_problem(closure, problem) + "\n";
  }
  for (const Object& object : closure.objects) {
    for (const Edge& edge : object.needs) {
      if (edge.hwcaps.empty() || !seen.emplace(edge.name, edge.hwcaps).second) continue;
      out +=
          fmt::format("{} this machine's loader takes {} for {}; the baseline copy is the one that runs everywhere\n",
                      paint.warn("note"), printable(edge.hwcaps), printable(edge.name));
    }
  }
  for (const std::string& note : closure.notes) out += paint.warn("note") + " " + printable(note, 4096) + "\n";
  return out;
}

std::vector<size_t> objects_named(const Closure& closure, std::string_view wanted) {
  std::set<size_t> found;
  for (size_t i = 0; i < closure.objects.size(); ++i) {
    const Object& object = closure.objects[i];
    if (object.path == wanted || object.real_path == wanted || object.name == wanted || object.soname == wanted)
      found.insert(i);
    for (const Row& row : rows_of(object)) {
      if (row.edge->name == wanted && row.edge->target != no_object) found.insert(row.edge->target);
    }
  }
  return {found.begin(), found.end()};
}

std::string render_chains(const Closure& closure, std::string_view wanted, size_t limit, bool colour) {
  const Paint paint{colour};
  // Each direct dependent of the object gives one chain: the shortest way from the program to that dependent.
  // All chains would be exponentially many.
  std::vector<std::vector<size_t>> dependents(closure.objects.size());
  std::vector<size_t> above(closure.objects.size(), no_object);
  std::vector<size_t> depth(closure.objects.size(), no_object);
  std::vector<size_t> queue;
  for (size_t i = 0; i < closure.objects.size(); ++i) {
    if (i != 0 && closure.objects[i].rule != Rule::preload && closure.objects[i].rule != Rule::added) continue;
    depth[i] = 0;
    queue.push_back(i);
  }
  for (size_t next = 0; next < queue.size(); ++next) {
    for (const Row& row : rows_of(closure.objects[queue[next]])) {
      const size_t target = row.edge->target;
      if (target == no_object) continue;
      if (dependents[target].empty() || dependents[target].back() != queue[next])
        dependents[target].push_back(queue[next]);
      if (depth[target] != no_object) continue;
      depth[target] = depth[queue[next]] + 1;
      above[target] = queue[next];
      queue.push_back(target);
    }
  }
  std::string out;
  for (const size_t object : objects_named(closure, wanted)) {
    std::vector<size_t>& users = dependents[object];
    std::stable_sort(users.begin(), users.end(), [&](size_t a, size_t b) { return depth[a] < depth[b]; });
    out += paint.name(printable(closure.objects[object].path)) + "\n";
    if (object == 0) out += "    the program itself\n";
    if (users.empty() && object == closure.interpreter) out += "    the interpreter of the program\n";
    for (size_t i = 0; i < std::min(users.size(), limit); ++i) {
      std::vector<std::string> names;
      for (size_t at = users[i]; at != no_object; at = above[at]) names.push_back(printable(closure.objects[at].name));
      std::reverse(names.begin(), names.end());
      std::string chain;
      for (const std::string& name : names) chain += name + paint.dim(" -> ");
      out += "    " + chain + printable(closure.objects[object].name) + "\n";
    }
    if (users.size() > limit) out += fmt::format("    and {} more\n", users.size() - limit);
  }
  return out;
}

}  // namespace bundle::report
