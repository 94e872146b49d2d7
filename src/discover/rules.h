// What an object's names and packages call for: the rules of discovery that go by evidence in one object at a
// time.
//
// Each rule is one idea, in a table, with an id by which the user is told of it. What is known of one object is a
// Subject; what holds for the whole run is here.
//
// "Close" is the program itself, whatever is of its packages (or of those of a helper found before), and the
// library of an interpreter that it starts (libpython under gdb). A close object's names count as the
// program's; of any other library only items up to a limit are taken, and the rest is hinted at.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "discover/beside.h"
#include "discover/collector.h"
#include "discover/family.h"
#include "discover/family_facts.h"
#include "discover/names.h"
#include "discover/tree.h"

namespace bundle::discover {

class PythonModules;
struct Quoted;

/// What was read in one object.
struct Evidence {
  std::string path;  // real
  std::vector<NamedPath> paths;
  std::vector<std::string> libraries, library_globs;
  std::set<std::string> imports;
  bool asks_where_it_lies = false;          // the loader, or the kernel
  bool is_raw = false;                      // it asks the kernel by itself, so that what it names is out of reach
  std::vector<std::string> variables = {};  // of such a program: those of knowledge::data_variables that it reads
};

class Registry;

class Rules {
 public:
  Rules(const Options& options, const packages::Database* database, machine::Root& root, Collector& collector,
        FamilyFacts& facts)
      : options_(options), database_(database), root_(root), collector_(collector), facts_(facts) {}

  /// Ahead of look_at() for the objects of a closure. `is_found`: a helper or plugin, whose packages are not
  /// the user's choice and so are not taken whole; `is_opened`: a library that something opens by its name.
  void begin_program(const Closure& closure, const Evidence& program, bool is_found, bool is_opened);
  /// What a named program is called, of which another name may have been looked at already.
  void note_name(const Object& program) { names_of_programs_[program.real_path].emplace(base_name(program.path)); }
  /// In the place of both, for a static program that the user named.
  void look_at_static(const Closure& closure);
  /// Returns whether the object is close. Libraries that it may dlopen by name are added to `wishes`.
  bool look_at(const Object& object, const Evidence& evidence, std::vector<Wish>& wishes);

  void add_by_user(const std::string& path, const std::string& real, const std::string& destination,
                   const char* option);
  /// For a script that the user adds: the files of its package, and of the packages of modules for its
  /// interpreter that that one depends on. (The interpreter looks for them where its own strings and
  /// computations say.)
  void add_script_packages(const std::string& script);
  /// A script that is itself a program. See Discoverer.
  void add_script(const std::string& real, const std::string& path);
  size_t add_traced(const std::vector<TracedFile>& files, const std::string& program);

  /// Behind all objects of a closure.
  void end_program();

  /// What the scripts start that were found since the last call, see rules_exec.cpp.
  void follow_scripts();
  /// The libraries and data that texts of interpreters' languages name, see rules_hosts.cpp.
  void follow_texts();
  const std::vector<Wish>& wishes_of_texts() const { return text_wishes_; }
  /// Whether a program, by its real path, is what a named script is there for: then it is the user's choice, too.
  bool is_wrapped(const std::string& real) const { return wrapped_.contains(real); }

  /// The trees of which something is in the bundle, and the other names of their folders.
  std::vector<TreePlace> homes() const;
  std::vector<FolderName> folder_names() const;

  /// The libraries that something was found beside.
  std::vector<KeptFolder> kept_folders() const;

 private:
  struct Source {  // of a name: who says it, with what weight
    std::string name;
    const Family* family = nullptr;
    bool is_close = false;
    bool is_unowned = false;
    std::string object = {};  // real path of the ELF file that says it; empty: something else does
  };
  /// One object as the rules see it.
  struct Subject {
    const Object& object;
    const Evidence& evidence;
    std::vector<Wish>& wishes;
    std::vector<PackageId> ids = {};  // the packages that own it
    Source source = {};
    bool is_program = false;  // objects[0] of the closure that is looked at
    bool is_started = false;  // the library of an interpreter that the program starts
    bool is_driver = false;   // a compiler that the program starts
    bool is_named = false;    // the program that the user named
    bool has_tools = false;
  };
  /// One idea each; look_at() tries all, in this order.
  struct Rule {
    const char* id;  // what -v and --why print
    void (Rules::*apply)(const Subject& subject);
  };
  static const Rule rules[];
  /// Says which of some programs' names a file holds.
  using NamedPrograms = std::function<std::vector<std::string>(const std::vector<std::string>& names)>;
  struct TreeState {
    Tree tree;
    std::string asker;      // real path of the program or script
    std::string name;       // its base name, printable
    bool is_used = false;   // something there is named
    bool is_whole = false;  // all of it was taken
    bool is_too_large = false;
    bool is_built_in = false;  // its own path is compiled in
    std::vector<FolderName> links;
  };
  Subject subject_of(const Object& object, const Evidence& evidence, std::vector<Wish>& wishes);
  void take_wrapped_by_program(const Subject& subject);
  void find_tools_of(const Subject& subject);
  void take_tools(const Subject& subject);
  void take_development(const Subject& subject);
  void take_named_paths(const Subject& subject);
  void take_helpers(const Subject& subject);
  void wish_for_libraries(const Subject& subject);
  void take_beside_library(const Subject& subject);
  void take_own_package(const Subject& subject);
  void take_extensions(const Subject& subject);
  void take_tree(const Subject& subject);
  void take_qt(const Subject& subject);
  bool is_qt_plugins(const std::string& folder);
  /// Of Qt's plugins below `folder`, to be found below `destination`, by their costs. `like` says why.
  void take_qt_plugins(const std::string& folder, const std::string& destination, const Group& like,
                       Collector::License license);
  void begin_tree(const Closure& closure);
  bool is_made_here(const Tree& tree);
  bool is_in_whole_tree(const std::string& real) const;
  void take_of_tree(TreeState& state, const TreeEvidence& evidence, const std::string& by, const NamedPrograms& named);
  /// A file of the language of an interpreter, to be looked into for what it names.
  struct HostText {
    std::string path;
    std::vector<PackageId> ids;  // the packages that it is of
    bool is_by_user = false;     // of the named script's own files, or added by the user
    std::string asker = {};      // source of the interpreter; none: not known
  };
  void add_python_modules(const std::string& script, const std::string& interpreter,
                          const std::set<std::string>& sources);
  void take_python_modules(PythonModules& modules, const std::string& script, const std::vector<PackageId>& own,
                           const std::set<std::string>& sources);
  std::vector<std::string> python_folders(const std::string& script, const std::string& interpreter,
                                          std::string& standard);
  void reach_from_compiled(PythonModules& modules);
  bool is_module_package(PackageId id, const std::set<std::string>& sources) const;
  void tell_of_unimported(const PythonModules& modules, const std::set<PackageId>& known,
                          const std::set<std::string>& sources, const std::string& script);
  bool take_weak_package(PackageId id, const std::string& module, const std::string& why);
  bool take_unowned_module(const std::string& module, bool is_firm, const std::string& why);
  void note_texts_of(const std::vector<std::string>& paths, const std::vector<PackageId>& ids, bool is_by_user,
                     const std::string& asker);
  void look_into_text(const HostText& text);
  std::string library_meant(const Quoted& name, const HostText& text);
  const std::map<std::string, std::string>& libraries_depended_on(PackageId id);
  void take_data_of_text(const std::string& path, const HostText& text);
  Group group_of_tree(const Tree& tree, const std::string& path, std::string why, const std::string& evidence) const;
  std::vector<std::string> files_of_tree(TreeState& state, const std::string& path, const NamedPrograms& named);
  bool take_whole_tree(TreeState& state, const TreeEvidence& evidence, const std::string& by,
                       const NamedPrograms& named);
  void take_modules(TreeState& state, const std::string& by);
  bool take_files_of_tree(Group&& group, const Tree& tree, const std::vector<std::string>& files,
                          std::optional<uint64_t> limit = std::nullopt);
  bool is_elf(const std::string& path);
  void add_module_of(const std::string& real, const Source& source);
  void add_user_tree(TreeState& state);
  bool is_options_tree(const std::string& real) const;
  void take_script_programs(std::string_view text, const Source& source);
  /// A script as the rules see it: one that the user named, one that something starts, or one that just lies in a
  /// folder that a program starts its helpers from.
  enum class Weight { named, started, lying };
  struct Script {
    std::string real;  // its path, links followed
    std::shared_ptr<const MappedFile> file;
    std::string_view text;
    std::vector<std::string> texts = {};                    // of what it sources
    std::vector<std::string> paths = {};                    // that it names or puts together
    std::vector<std::string> commands = {}, in_place = {};  // see ShellPaths
    Weight weight = Weight::named;
    bool is_shells = false;
    std::string interpreter = {}, env = {};  // paths; of env(1) where that looks the other up
  };
  Script read_script(const std::string& real, Weight weight);
  void take_script_in_place(const std::string& path, const Source& source);
  void take_wrapped(const Script& script, const std::vector<PackageId>& ids, const Source& source);
  bool take_wrapped_program(const std::string& path, const Source& source);
  std::vector<std::string> programs_behind(const std::string& name, const std::vector<PackageId>& ids);
  void follow_script(const Found& found, Weight weight);
  void take_interpreter(const Script& script, const Source& source);
  void take_beside_script(const Script& script, const Source& source);
  void take_commands(const Script& script, const Source& source);
  void take_commands_of_packed(const Found& found);
  /// Each group is a program, and taken by its own cost; a hint tells of the rest.
  void take_by_cost(const std::string& why, std::vector<Group>&& programs, Collector::Room room,
                    std::optional<uint64_t> most = std::nullopt);
  std::optional<std::string> find_command(std::string_view name);
  void take_joined_helpers(const Subject& subject);
  void take_foreign_helpers(const Subject& subject);
  void take_helpers_of_settings(const Found& found);
  void take_foreign(const std::set<std::string>& paths, const std::string& by, const Family& family, uint64_t most);
  void take_settings(const Subject& subject);
  void take_shared_plugins_of_library(const Subject& subject);
  void take_shared_plugins_of_program(const Subject& subject);
  void take_shared_plugins(const Subject& subject);
  void take_generated(const Subject& subject);
  void take_generated(std::string_view path, const std::string& by, bool is_close);
  void take_generated_by_name();
  void take_generated_beside(const Found& found);
  void note_template(const Found& found);
  void take_of_templates();
  void take_of_template(const Found& found);
  std::optional<std::string> find_of_tex(const std::string& name);
  void add_fonts_of_tex(const std::string& description, std::set<std::string>& files);
  void take_started(const Subject& subject);
  /// A group that the rule at work makes.
  Group group_for(std::string path, std::string why, Strength strength = Strength::certain) const;

  std::vector<PackageId> owners(const Object& object) const;
  const Family& family_of(const std::vector<PackageId>& own);
  const Family& family_of_names(const Evidence& evidence);
  bool is_interpreter(const Object& object) const;

  void keep_beside_program(const Object& object);
  void take_registered(const Subject& subject);
  std::map<std::string, uint64_t> libraries_beside(const std::string& folder, const Family& family);
  void read_tables(const std::string& folder, const Family& family, Registry& registry);
  const std::vector<HeldName>& libraries_named_by(const std::string& real,
                                                  const std::map<std::string, uint64_t>& libraries);
  void follow_names_beside(const std::string& folder, const std::map<std::string, uint64_t>& libraries,
                           Registry& registry);
  void take_registered_in(const std::string& folder, const Registry& registry);
  void take_each(std::vector<Group>&& groups);
  /// What goes first of a package by itself, see rules_choices.cpp.
  void take_part_by_part(Group&& group, std::optional<uint64_t> limit);
  void take_libraries_apart(Group& group);
  bool take_choices_apart(Group& group, std::optional<uint64_t> limit);
  void look_beside(const Object& object, const Evidence& evidence, const Source& source);
  bool is_inner(const std::string& path, const Family& family) const;
  /// What `name` leads to from `folder`, to be found from `home`.
  void take_beside(const std::string& folder, const std::string& home, const NameBeside& name, const Source& source);
  void look_at_path(const NamedPath& named, const Source& source);
  /// Whether one of the family's inner packages depends on one of `ids`.
  bool is_depended_on(const std::vector<PackageId>& ids, const Family& family) const;
  bool is_linked_by_close(const Source& source);
  /// What a close object names of a package that its own depend on and that is no library's: rakudo's
  /// /usr/share/nqp. `kind` is that of `path`.
  void add_of_dependency(Group& group, const std::string& path, Is kind, const Source& source);
  void look_at_settings(const std::string& path, const Source& source);
  /// `path` is that of the group, or a glob below it.
  void look_at_unowned(Group&& group, const std::string& path, const Source& source);
  /// Files below `folder` on disk, to be found below `named`; where both are empty, each under its own path.
  /// Whether there were any.
  bool add_listed(Group& group, const std::string& folder, const std::string& named,
                  const std::vector<Family::File>& files, const Family& family);
  /// The same of a folder that is named, each package that extends the program's in a group of its own.
  bool add_named_folder(Group& group, const std::string& folder, const std::string& named, const Family& family,
                        const Source& source);
  /// Whether a path is one that a compiler wrote into what it made: where it lies itself, the source of it.
  bool is_of_build(const std::string& path, const Source& source);
  void add_generated(Group& group, const std::string& folder, const Family& family);
  void take_named(Group&& group, const Source& source);
  /// What of a group that is too much as a whole goes in all the same, see rules_parts.cpp.
  void take_in_parts(Group&& group, const Source& source, uint64_t limit);
  /// Takes out of a group, without a hint, what knowledge::use_elsewhere() tells of.
  void leave_for_elsewhere(Group& group);
  /// The same of one file; whether it is. `option` would add it.
  bool leave_for_elsewhere(const std::string& path, uint64_t size, const std::string& why, const char* option,
                           const std::string& evidence = {});
  /// Takes out of a group what of it few compilations need, a weak group for each use.
  std::vector<Group> rare_parts_of(Group& group) const;
  void add_helpers(const Evidence& evidence, const Source& source);
  void add_inner(const Family& family, const std::string& why);
  /// Plugins that were installed for the program. Together they may be many, so each package has a limit.
  void add_branches(const Family& family);
  /// What of the files is no program for users, documentation and the like, a group each package.
  void add_packages(const std::vector<Family::File>& files, const Family& family, const std::string& why,
                    Strength strength, std::optional<uint64_t> limit);
  /// What a file or link of /etc is to a program of these packages.
  enum class Setting { absent, of_others, as_shipped, as_installed, changed };
  Setting judge_setting(const std::string& path, const Family& family);
  bool is_linked_by_package(const std::string& real, const Family& family);
  bool is_copy_of_shipped(const std::string& real, const Family& family);
  /// Those of the inner packages.
  void add_settings_of(const Family& family, const std::string& why);
  void add_settings(const std::vector<std::string>& paths, const Family& family, const std::string& why);
  /// The folders that an object reads plugins from, see rules_shared.cpp.
  std::vector<std::string> plugin_folders(const Subject& subject);
  bool may_hold_plugins(const std::string& folder);
  const std::map<std::string, std::vector<std::string>>& plugin_folders_of(const Family& family);
  void take_plugins_in(const std::string& folder, const Subject& subject);
  bool is_by_user(const std::string& folder) const;
  void add_modules_of_texts(const std::string& folder, const Subject& subject, std::vector<Group>& plugins);
  std::vector<Collector::Left> take_plugins(const std::string& folder, std::vector<Group>&& plugins,
                                            const Subject& subject);
  void tell_of_left(const std::string& folder, const std::vector<Collector::Left>& left, const Subject& subject);
  bool is_searched_by_loader(const std::string& folder);
  void add_caches_of(const std::string& folder, const Subject& subject);
  bool is_found_by_loader(const Found& found) const;
  bool is_anothers_business(PackageId id) const;
  bool is_modules_of_other(PackageId id);
  bool is_compiler(const std::vector<PackageId>& own);
  void find_tools(const Family& family);
  void add_development_packages(const Family& family);
  /// What is known of a development package ahead of its files.
  struct Development {
    PackageId id;
    bool is_basic = false;            // nothing in the driver's language can be compiled without it
    bool has_start_files = false;     // a compiler's own: crtbegin.o
    bool is_of_other_driver = false;  // of such a compiler, and the driver has headers of its own: gcc's for clang
  };
  void add_development(const Development& development);
  bool ships(PackageId id, std::string_view name, std::string_view folder = "") const;
  std::set<std::string> static_parts(PackageId id);
  bool is_for_static(const std::string& archive);
  void add_archives(PackageId id);
  void add_tools(const Evidence& evidence, const Source& source);
  /// `is_distant`: neither close nor the program, so that it opens nothing but what its own packages hold (libnss3's
  /// libsoftokn3.so).
  bool is_for_elsewhere(const std::string& name, const Source& source);
  std::vector<std::string> libraries_matching(const std::string& glob, const Source& source);
  void wish_libraries(const Evidence& evidence, const Source& source, bool is_distant, std::vector<Wish>& wishes);

  const Options& options_;
  const packages::Database* database_;
  machine::Root& root_;
  Collector& collector_;
  std::set<std::string> registered_folders_, registered_;  // and sources of the libraries that tables there name
  std::map<std::string, Group> beside_wrapped_;            // by their folder: libraries of a script's own packages
  std::set<std::string> named_beside_, named_by_stem_;     // sources of libraries there that objects name
  std::set<std::string> pristine_;                         // what the installation copied settings from
  std::set<std::string> wrapped_;                          // real paths
  std::set<std::string> named_scripts_;                    // real paths
  std::set<std::string> by_scripts_;                       // sources of what found scripts name
  std::set<std::string> starters_folders_;                 // that close objects name, which start programs
  const Family* starter_ = nullptr;                        // the packages of the latest of those
  size_t followed_ = 0;                                    // how many of what was taken were looked at for scripts
  FamilyFacts& facts_;
  std::optional<std::set<std::string>> searched_;  // the folders of ld.so.conf
  std::set<const Family*> taken_whole_;
  std::set<const Family*> toolchains_;
  struct Tool : Helper {   // a program of a package that the inner ones depend on
    bool in_text = false;  // a compiler's: named anywhere in the text
  };
  std::vector<Tool> tools_;
  std::set<std::string> tools_taken_;  // real paths
  std::vector<const Family*> close_;
  std::string driver_;  // base name of the program that the user named, of several the last begun
  std::vector<PackageId> driver_owners_;
  const char* rule_ = "";     // the id of the one at work
  std::string program_;       // real path of objects[0]
  std::string program_name_;  // its base name
  std::set<std::string> program_imports_;
  std::set<std::string> runtimes_;                    // base names of the program and of what its loader loads
  std::map<PackageId, std::string_view> modules_of_;  // packages of nothing but modules: whose they are, or empty
  std::set<std::string> linked_;                      // real paths of what a program that no package owns links itself
  std::vector<PackageId> program_owners_;
  bool is_found_ = false;
  bool is_opened_ = false;
  std::vector<TreeState> trees_;  // of the named programs that have one
  std::optional<size_t> tree_;    // that of the program at work
  bool links_qt_ = false;
  struct ByName {  // what a program reads by the name that it is called by
    std::string_view path;
    std::string program, by;  // its real path, and its name for the reason
    bool is_close = false;
  };
  std::vector<ByName> by_name_;
  std::set<std::string_view> taken_beside_;                         // paths of rows
  std::map<std::string, std::set<std::string>> names_of_programs_;  // as the user named them, by real path
  bool has_tex_ = false;
  std::vector<Found> templates_;                               // not looked into so far
  std::map<std::string, std::vector<std::string>> font_maps_;  // rows of pdfTeX's list, by their first word
  struct Kept {
    std::string library;  // real path
    std::string folder;   // where it is to lie
    std::vector<std::string> looked_for;
  };
  std::vector<Kept> kept_;
  std::vector<HostText> texts_;  // not looked into yet
  std::vector<Wish> text_wishes_;
  std::map<PackageId, std::map<std::string, std::string>> depended_;  // see libraries_depended_on()
  std::set<std::string> library_folders_;                             // of the objects that were looked at
  std::map<std::pair<std::string, size_t>, size_t> own_folders_;      // folder and levels up -> number
};

}  // namespace bundle::discover
