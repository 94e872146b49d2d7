// Why a path of the source machine is not in the bundle, and which option adds it: from what discovery noted on its
// way, and from the rules that keep paths out before anything is noted.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "discover/discover.h"
#include "machine/root.h"
#include "packages/database.h"
#include "plan/plan.h"
#include "report/why.h"
#include "run/follow.h"
#include "run/options.h"

namespace bundle::run {

class Absences {
 public:
  /// All of it outlives this; `packages` may be null.
  Absences(const BundleOptions& options, const Plan& plan, const Followed& followed, machine::Root& root,
           const packages::Database* packages);

  /// All reasons of a file that is there, the strongest first; at least one. `real` has its links resolved.
  std::vector<report::Answer::Absence> of(const std::string& path, const std::string& real) const;
  /// The first of them, by its path alone: for each of many.
  report::Answer::Absence first_of(const std::string& path, const std::string& real) const;
  /// Of a path or a bare name that is not there: what asked for it.
  std::vector<report::Answer::Absence> of_missing(const std::string& path) const;

  /// What to type for it, the best first; nothing for what no bundle can hold.
  std::vector<std::string> options(const std::string& path, const std::string& real,
                                   const discover::Machine& machine) const;

 private:
  using Absence = report::Answer::Absence;
  void add_noted(const std::string& path, std::vector<Absence>& out) const;
  void add_option(const std::string& path, std::vector<Absence>& out) const;
  void add_above(const std::string& path, std::vector<Absence>& out) const;
  static void add_kind(const std::string& path, std::vector<Absence>& out);
  void add_refusal(const std::string& path, const std::string& real, bool with_content,
                   std::vector<Absence>& out) const;
  std::vector<Absence> all(const std::string& path, const std::string& real, bool with_content) const;
  bool is_as_shipped(const std::string& path, const std::string& real) const;
  /// What is there of others, where nothing at all was said of this one.
  Absence unseen(const std::string& path, const std::string& real) const;
  const LeftToTarget* left_to_target(const std::string& path) const;

  const BundleOptions& options_;
  const Plan& plan_;
  const Followed& followed_;
  machine::Root& root_;
  const packages::Database* packages_;
  std::map<std::string, std::vector<size_t>> noted_;  // path -> indices in followed_.left_out
  std::set<std::string> of_listed_;                   // texts of hints that stand for the files that they list
  std::map<std::string, uint64_t> folders_;           // of the source machine -> files of the bundle below
  std::map<std::string, uint64_t> of_package_;        // name -> files of the bundle
};

}  // namespace bundle::run
