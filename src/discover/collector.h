// Where findings come together: follows symlinks, applies the refusals, the excludes and the limits, counts
// each content once.
//
// A bundle has no symlinks, so a link to a file becomes a copy of the content under the link's path
// (Found::same_as tells that the content is there already), and a link to a folder the files of that folder
// under the link's path. What counts is where the content lies: a link through /etc/alternatives to a file in
// /usr is fine, a link from /usr into /etc is not, unless the target is a package's unchanged settings file.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "discover/found.h"
#include "discover/options.h"
#include "machine/root.h"
#include "packages/database.h"

namespace bundle::discover {

using packages::PackageId;

/// What a path leads to, links followed; what is neither file nor folder counts as absent.
using Is = machine::Kind;

/// Files with one reason, taken or left together.
struct Group : Reason {
  std::string path;         // for the summary
  bool may_go = false;      // see Finding
  std::string key = {};     // see key_of(); as it was when room was asked for
  std::string folder = {};  // with License::user_folder and own_tree: the real path of the folder
  Package package = {};
  std::vector<Found> files = {};
  std::vector<Hint> refused = {};
  std::unordered_set<std::string> destinations = {};  // of `files`
  uint64_t size = 0;
  int goes_last = 0;       // see Finding
  bool is_needed = false;  // see Finding
  std::string tree = {};   // with License::own_tree: the folder whose place is no refusal
  bool is_beside = false;  // see Found
};

/// What a look into files told, by their sources: for a collector that begins anew on the same machine.
struct LookedAt {
  std::map<std::string, Kind> kinds;
  std::map<std::string, std::optional<std::string>> secrets;  // see secret_in()
  std::map<std::string, std::vector<Dragged>> dragged;        // see Closer
  /// By path, real path and whether those are public bytes: see Collector::refusal_of_file().
  std::map<std::tuple<std::string, std::string, bool>, std::optional<std::string>> refusals;
};

class Collector {
 public:
  Collector(const Options& options, const packages::Database* database, machine::Root& root, const Machine& machine,
            Closer closer, LookedAt& looked)
      : options_(options),
        database_(database),
        root_(root),
        machine_(machine),
        closer_(std::move(closer)),
        looked_(looked) {}

  /// What a file is exempt from.
  enum class License {
    none,
    settings,     // as shipped, or by --with-etc: /etc is no refusal
    named_set,    // a named set: places are no refusal
    user_folder,  // lies in Group::folder, which the user named: places in there are no refusal
    own_tree,     // the same of the tree of what the user named, of which only what is named goes in
    user,         // named in full by the user: nothing is a refusal
  };
  /// Puts `path` of the root into `group`, to be found as `destination`. Nothing happens when it is not
  /// there, excluded, or taken already.
  void add(Group& group, const std::string& path, const std::string& destination, License license = License::none);
  /// All files below a folder of the root, links to folders not followed. `accept` is asked for each path.
  template <class Accept>
  void add_folder(Group& group, const std::string& folder, const std::string& destination, License license,
                  const Accept& accept) {
    for (const std::string& path : files_below(folder)) {
      if (accept(path)) add(group, path, destination + path.substr(folder.size()), license);
    }
  }

  /// A line for each folder below that cannot be read, and one when there are too many files to take them all.
  std::vector<Hint> unreadable_below(const std::string& folder) const;

  struct Cost {
    uint64_t own = 0, dragged = 0;  // bytes
    uint64_t all() const { return own + dragged; }
  };
  /// Whether as many bytes more are within the data limit; a hint says when not. For who wants to know ahead of looking
  /// into many files: `group` may be empty.
  bool has_data_room(const Group& group, const Cost& cost);

  /// One that `by` names, and that is not there for anybody: many become one line.
  void hint_named(const std::string& path, const std::string& by);
  /// Whether a hint told of the path.
  bool is_told(const std::string& path) const { return hinted_.contains(path); }
  /// For --why alone: a file that stays out, and no one would miss it.
  void leave_unsaid(Hint said, const std::string& evidence);

  /// Takes the group unless it costs more than `limit`, than the budget of its strength, or than what is left of the
  /// data limit; then a hint says so. A group costs its bytes and those of the closures that it drags in.
  bool take(Group&& group, std::optional<uint64_t> limit = std::nullopt);
  /// Whose room plugins of a folder are given: a program whose own packages read the folder was installed with them,
  /// one of nobody's links the library for its sake; of what any library reads only a little may be wanted.
  enum class Room { of_program, of_linked, of_library };
  struct Left {
    Group plugin;
    uint64_t cost = 0;
  };
  /// Plugins of one folder, each with what it cannot do without: as many as there is room for, the cheapest first, so
  /// that one outsized does not keep out the others. They go in as one group, which is likely, with the path, reason
  /// and rule of `whole`. Returns those that are left out, with their costs.
  std::vector<Left> take_cheapest(Group&& whole, std::vector<Group>&& plugins, Room room);
  /// For what the user named: whatever its size.
  void take_unlimited(Group&& group);
  /// Whose the hints are that name no rule, from here on.
  void begin_rule(const char* id) { rule_ = id; }
  /// One hint a path: the first that has something to say about it.
  void hint(std::string path, std::string text, std::string rule = {}, uint64_t size = 0, bool is_lacking = false);
  /// What is left of the data limit.
  uint64_t data_room() const { return options_.data_limit - std::min(options_.data_limit, counted_); }
  /// All that is taken, in the order in which it was.
  const std::vector<Found>& taken() const { return discovery_.found; }
  /// What a group would cost, in bytes.
  uint64_t cost(const Group& group) const { return cost_of(group).all(); }
  bool has(const std::string& destination) const { return taken_.contains(destination); }
  bool has_source(const std::string& source) const { return first_.contains(source); }
  /// Whether `destination` or something below it is taken.
  bool has_below(const std::string& destination) const;
  /// Where what has this real path is to be found, if it was taken.
  std::optional<std::string> destination_of(const std::string& source) const;
  /// The paths of this machine that match a glob, sorted.
  std::vector<std::string> matching(const std::string& glob) const;

  /// A path of the root with its symlinks resolved, still inside; nothing when it leads nowhere.
  std::optional<std::string> real(const std::string& path) const { return root_.real(path); }
  /// What a path of the root leads to.
  Is kind(const std::string& path) const { return root_.kind(path); }
  /// The file that has this real path.
  std::shared_ptr<const MappedFile> open(const std::string& real) const;
  machine::Root& root() const { return root_; }
  const Machine& machine() const { return machine_; }
  /// Where a real path of the root is on this machine: a Found's source.
  std::string source_of(const std::string& real) const { return root_.at(real); }
  /// Why a file that nobody named would be refused.
  std::optional<std::string> refusal(const std::string& path, const std::string& real) const {
    return refusal_of({}, path, real, License::none);
  }

  /// A file, by its real path, whose bytes a package ships under another path.
  void note_public(const std::string& real) { public_.insert(real); }

  /// Objects of a program's closure, by their sources: those need no second copy as data.
  void note_object(const std::string& source) { objects_.insert(source); }
  /// An object that is in the bundle whatever else is found: it costs nothing any more. Those of the programs that the
  /// user named make the budget for what is likely.
  void note_brought(const std::string& source, uint64_t size, bool by_user) {
    if (brought_.insert(source).second && by_user) program_size_ += size;
  }
  /// What a program is called by who named it: convert, and not what the alternatives' link leads to.
  void note_called(const std::string& real, const std::string& name) { called_.emplace(real, name); }
  /// What people know a program or a library by; printable.
  std::string name_of(const std::string& real) const {
    const auto called = called_.find(real);
    return printable(called == called_.end() ? base_name(real) : std::string_view(called->second));
  }
  /// One that was found, and stands for a program that the user named: it is taken already.
  void note_program(const std::string& source, uint64_t size) {
    brought_.insert(source);
    program_size_ += size;
  }
  uint64_t program_size() const { return program_size_; }
  bool is_object(const std::string& source) const { return objects_.contains(source); }
  /// What went for the target's limit stays out where somebody names it later for whom it is no more than likely.
  void note_dropped(const std::string& key, const Group& group, uint64_t cost);

  std::vector<Found> take_new();
  Discovery result() const;

 private:
  bool leave_to_target(const std::string& path, const std::string& real);
  void leave_out(Hint hint, const std::string& evidence, std::vector<std::string> files);
  void leave_refused(Group& group);
  std::optional<std::string> refusal_of(const Group& group, const std::string& path, const std::string& real,
                                        License license) const;
  /// What is wrong with a file itself, wherever it lies. The modes of `above` and the folders above that do not count.
  std::optional<std::string> refusal_of_file(const std::string& path, const std::string& real,
                                             const std::string& above) const;
  /// Whether it has the very bytes that its package brought.
  bool is_public(const std::string& path, const std::string& real) const;
  bool add_public_below(Group& group, const std::string& real, const std::string& destination);
  const std::vector<Dragged>& dragged_by(const Found& found) const;
  Cost cost_of(const Group& group) const;
  void drop_outsized(Group& group);
  bool is_out(const std::string& source) const { return outsized_.contains(source) || dropped_.contains(source); }
  bool leave(const Group& group, const Cost& cost, const std::string& text);
  bool has_room(const Group& group, const Cost& cost, std::optional<uint64_t> limit);
  void commit(Group&& group, const Cost& cost);
  bool is_told_elsewhere(const Hint& hint) const;
  void add_file(Group& group, const std::string& path, const std::string& real, const std::string& destination);
  std::vector<std::string> files_below(const std::string& folder, std::vector<Hint>* unread = nullptr) const;

  const Options& options_;
  const packages::Database* database_;
  machine::Root& root_;
  const Machine machine_;
  Discovery discovery_;
  std::vector<FolderName> linked_settings_;             // links of packages to folders in /etc
  std::set<std::string> taken_;                         // destinations
  std::unordered_map<std::string, std::string> first_;  // real source -> first destination
  const Closer closer_;
  LookedAt& looked_;
  std::unordered_set<std::string> objects_;
  std::set<std::string> public_;               // see note_public
  std::unordered_set<std::string> brought_;    // sources
  std::set<std::string> outsized_, dropped_;   // sources
  std::map<std::string, std::string> called_;  // by real path
  uint64_t program_size_ = 0;
  uint64_t counted_ = 0;  // bytes against the data limit: not what the user named
  uint64_t own_ = 0;      // of those the programs' own packages
  uint64_t likely_ = 0;   // what the likely ones cost so far
  uint64_t plugins_ = 0;  // the same of plugins that the program's own packages read
  std::set<std::string> hinted_;
  size_t handed_out_ = 0;
  const char* rule_ = "";
  mutable std::vector<std::shared_ptr<const MappedFile>> latest_;  // a few, the newest last
};

/// The glob of --exclude that keeps out what is to be found as `destination`.
std::optional<std::string> excluding_glob(const Options& options, const std::string& destination);

/// Of files of one finding, what people would name them by: their folder, or where that says nothing the highest
/// folders that say something, and files that lie in none.
std::vector<std::string> telling_places(const std::string& folder, const std::vector<Found>& files);
/// The deepest folder that holds all the destinations.
std::string common_folder(const std::vector<Found>& files);

}  // namespace bundle::discover
