// The libraries that something opens by its bare name (dlopen), each as the object that asks would get it.
//
// A wish belongs to its asker: the search starts from this object's run path, in every namespace that it is loaded in,
// and two askers of one name may each get their own file. What is opened is loaded beside what is linked, and may ask
// in turn.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "discover/discover.h"
#include "machine/root.h"
#include "plan/layout.h"
#include "resolve/closure.h"

namespace bundle::run {

class Wishes {
 public:
  /// All of it outlives this, and so do the closures given to add(). `found` are those of what was found, by real path.
  Wishes(const std::vector<plan::NamedProgram>& programs, const std::map<std::string, const Closure*>& found,
         const discover::Options& options, resolve::Resolver& resolver, const packages::Database* packages);

  /// Something found, whose objects may ask. A library is loaded by a named program, and its objects are in that one's
  /// namespace.
  void add(const std::string& source, const Closure& closure, bool is_program);

  /// Opens what is new among `wishes`, or is wished by an object that is new. Returns the closures of what was opened.
  std::vector<const Closure*> grant(const std::vector<discover::Wish>& wishes);

  /// What nobody could open: a hint each. Throws Error (cannot_bundle) for a wish that is required, or the user's own.
  std::vector<discover::Hint> unmet() const;

  /// What is opened by a name that the target has.
  const std::vector<LeftToTarget>& left_to_target() const { return left_; }

  std::vector<Opening> openings_of_program(size_t index) const;
  std::vector<Opening> openings_of(const std::string& source) const;

 private:
  /// A load namespace.
  struct Space {
    const Closure* closure = nullptr;
    bool is_program = false;
    std::deque<Opening> openings;
  };
  struct Asker {
    size_t space = 0;
    const Closure* closure = nullptr;  // the space's, or that of one of its openings
    size_t object = 0;
  };
  struct Answer {
    std::string name;  // of the wish's, the one that led there
    Closure closure;
    bool is_by_user = false;  // it was given by --plugin
  };
  /// What became of a wish, whoever asked.
  struct State {
    discover::Wish wish;
    bool is_met = false;
    bool is_left = false;  // to the target
    std::string path;      // a suggested one's
    std::string lacking;   // what a library that was found needs and is not there
  };
  size_t add_space(const Closure& closure, bool is_program);
  void note_askers(size_t space, const Closure& closure);
  std::optional<Answer> find(const discover::Wish& wish, const Asker& asker);
  std::optional<Answer> find_by_user(const discover::Wish& wish);
  std::optional<Closure> open(const discover::Wish& wish, const std::string& name, const Asker& asker);
  const Closure* ask(State& state, const Asker& asker);
  void leave_to_target(State& state);
  std::string missing_names(const Closure& closure) const;
  Error unmet_of_user(const State& state) const;
  const char* where() const { return root_.is_host() ? "on this machine" : "in the sysroot"; }

  const std::vector<plan::NamedProgram>& programs_;
  const std::map<std::string, const Closure*>& found_;
  const discover::Options& options_;
  resolve::Resolver& resolver_;
  machine::Root& root_;
  const packages::Database* packages_;
  std::vector<LeftToTarget> left_;
  std::deque<Space> spaces_;  // the named programs' first, in their order
  std::map<std::string, size_t> space_of_;
  std::unordered_map<std::string, std::vector<Asker>> askers_;  // by real path
  std::map<std::string, State> states_;                         // by asker, priority and names
  std::set<std::pair<std::string, size_t>> asked_;              // key of a state, space
};

}  // namespace bundle::run
