// One layout in the making: the plan so far, and who lies where already. layout.h says what it is for.
//
// layout.cpp has the story, libraries, data and the redirect library; layout_programs.cpp what is started: programs,
// scripts, helpers, and the names that they go by.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plan/layout.h"
#include "plan/placement.h"

namespace bundle::plan {

class LayingOut {
 public:
  LayingOut(const std::vector<NamedProgram>& programs, const Added& added, const LayoutOptions& options)
      : programs_(programs), added_(added), options_(options) {}

  Plan make();

 private:
  std::string program_name(const NamedProgram& program);
  std::optional<std::string> public_path(std::string_view path) const;
  bool has_home(std::string_view path) const;
  std::string place_program(const Object& object);
  std::string called(const NamedProgram& program, const std::string& launcher) const;
  bool has_several_names(const Object& object) const;
  void add_program(const NamedProgram& program, const std::string& name);
  void add_script(const NamedProgram& program, const std::string& name);
  void add_interpreter(const NamedProgram& program, const std::string& name);
  std::string interpreter_name(const NamedProgram& program) const;
  void add_other_name(const NamedProgram& program);
  void add_helper(const Found& file);
  void add_helper(Item item, const std::string& destination, const Closure& closure,
                  const std::vector<Opening>& openings);
  const Loads& loads_of(const Found& file) const { return added_.loads.at(file.source); }
  void add_alias(const Found& file, const Program& started);
  bool add_launcher(const std::string& path, const Reason& reason);
  /// The entry of what was found, under the path that it is to be found under.
  Item item_of(const Found& file) const;
  void add_library(const Found& file);
  void add_data();
  void add_redirection();
  void add_libraries(const Closure& closure, const Placement::Namespace& placed);
  void add_openings(const std::vector<Opening>& openings, const Placement::Namespace& placed);
  void fill_start(Program& entry, Item& item, const Closure& closure, const Placement::Namespace& placed);
  Edit library_edit(const Closure& closure, size_t index, const Placement::Namespace& placed,
                    const std::string& path) const;
  std::vector<std::string> target_folders(const Closure& closure) const;
  /// Those that a library's own run path must name: a DT_RUNPATH keeps it from inheriting the program's.
  std::vector<std::string> inherited_not(const Closure& closure) const {
    return options_.runpath ? target_folders(closure) : std::vector<std::string>();
  }
  std::vector<std::string> environment_of(std::string_view source) const;
  bool add(Item item);
  /// Where a file lies on the machine that it is from.
  std::string where(std::string_view path) const;
  std::string in_root(const std::string& destination) const { return plan_.home + "/root" + destination; }

  const std::vector<NamedProgram>& programs_;
  const Added& added_;
  const LayoutOptions& options_;
  Plan plan_;
  std::optional<Placement> placement_;
  std::map<std::string, size_t> items_;  // path -> index in plan_.items
  std::set<std::string> names_;
  std::map<std::string, std::string> launchers_;  // name of a program -> path of what starts it
  std::vector<bool> rename_used_;
  std::map<std::string, size_t> starts_;      // real path of a program -> its index in plan_.programs, of no script's
  std::map<std::string, std::string> fixed_;  // real path of a static program -> its path in the bundle
  std::vector<std::string> data_;             // destinations that the redirect library answers
  std::vector<Redirect> other_redirects_;     // of programs, and of files that are stored under another name
};

}  // namespace bundle::plan
