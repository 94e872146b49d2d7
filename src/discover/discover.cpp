// The order of the rules: what is looked at for each object of a closure, and with what certainty.
#include "discover/discover.h"

#include <fmt/format.h>
#include <limits.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <system_error>
#include <tuple>

#include "base/error.h"
#include "base/file.h"
#include "base/parallel.h"
#include "discover/collector.h"
#include "discover/dlopen_note.h"
#include "discover/family.h"
#include "discover/file_kind.h"
#include "discover/fonts.h"
#include "discover/joins.h"
#include "discover/names.h"
#include "discover/rules.h"
#include "discover/sets.h"
#include "elf/image.h"
#include "knowledge/calls.h"
#include "knowledge/folders.h"
#include "knowledge/libc.h"
#include "knowledge/raw_calls.h"
#include "knowledge/sets.h"
#include "knowledge/toolchains.h"

namespace bundle::discover {

namespace {

using By = knowledge::SetCall::By;

/// What one object tells by itself. Read side by side, judged in order.
struct Reading {
  Evidence evidence;
  DlopenNote note;
  bool has_old_glibc = false;
  FontUse font_use = FontUse::none;
};

bool is_of_go(const elf::Image& image) {
  const std::vector<elf::Note> notes = image.notes();
  return std::any_of(notes.begin(), notes.end(),
                     [](const elf::Note& note) { return note.owner == knowledge::go_note_owner; });
}

/// Go's texts lie one behind the other, with nothing between them.
std::vector<std::string> data_variables_in(std::string_view text, bool is_go) {
  std::vector<std::string> out;
  for (const knowledge::DataVariable& variable : knowledge::data_variables) {
    if (variable.is_go_only && !is_go) continue;
    const bool is_built_in = !variable.built_in.empty() && text.find(variable.built_in) != std::string_view::npos;
    if (!is_built_in && text.find(variable.name) != std::string_view::npos) out.emplace_back(variable.name);
  }
  return out;
}

/// By the folder alone, or by the file, as Qt's and GLib's have it.
bool names_ca_bundle(const Evidence& evidence) {
  const auto& places = knowledge::ca_places;
  return std::any_of(evidence.paths.begin(), evidence.paths.end(), [&](const NamedPath& path) {
    return std::any_of(places.begin(), places.end(),
                       [&](std::string_view place) { return path.text.starts_with(place); });
  });
}

bool is_libc(const Object& object) {
  return knowledge::is_of_libc(object.soname.value_or(object.name)) || knowledge::is_musl(base_name(object.real_path));
}

Reading read_object(const machine::Root& root, const Object& object, bool is_program, FolderNames& folders) {
  Reading reading;
  reading.evidence.path = object.real_path;
  try {
    const std::shared_ptr<const MappedFile> file = root.map_source(root.at(object.real_path));
    const elf::Image image(file->bytes(), object.real_path);
    if (object.soname == "libc.so.6") {
      const elf::VersionDefinitions versions = image.version_definitions();
      const std::vector<std::string_view> names = versions.names();
      reading.has_old_glibc = std::find(names.begin(), names.end(), "GLIBC_2.34") == names.end();
    }
    // libc's own paths are the named sets' business (gconv, locales, zones), and most of them are settings in
    // /etc.
    if (is_libc(object) && !is_program) return reading;
    reading.note = read_dlopen_notes(image, root.at(object.real_path));
    const Texts texts(image);
    reading.evidence.paths = named_paths(texts);
    const bool names_maps =
        std::erase_if(reading.evidence.paths, [](const NamedPath& named) { return named.text == own_maps; }) > 0;
    reading.evidence.libraries = named_libraries(texts);
    std::vector<std::string> paths;
    for (const NamedPath& named : reading.evidence.paths) paths.push_back(named.text);
    reading.font_use = font_use_of(paths, file->bytes().text());
    for (std::string& name : image.imported_symbols()) reading.evidence.imports.insert(std::move(name));
    const auto imports_one_of = [&](const auto& calls) {
      return std::any_of(calls.begin(), calls.end(),
                         [&](const char* name) { return reading.evidence.imports.contains(name); });
    };
    reading.evidence.asks_where_it_lies = names_maps || imports_one_of(knowledge::place_calls);
    if (imports_one_of(knowledge::opening_calls)) reading.evidence.library_globs = library_globs(texts);
    reading.evidence.is_raw = is_of_go(image);
    if (!reading.evidence.is_raw && !object.is_static) {
      for (NamedPath& joined : joined_paths(texts, folders)) {
        if (!std::binary_search(paths.begin(), paths.end(), joined.text))
          reading.evidence.paths.push_back(std::move(joined));
      }
    }
    if (is_program && (reading.evidence.is_raw || object.is_static))
      reading.evidence.variables = data_variables_in(file->bytes().text(), reading.evidence.is_raw);
  } catch (const Error& error) {
    if (error.kind() == Exit::machine) throw;
    // Resolve has told the user about files that cannot be read; there is nothing to find in this one.
  }
  return reading;
}

}  // namespace

struct Readings::Kept {
  std::map<std::pair<std::string, bool>, std::shared_ptr<const Reading>>
      objects;  // by real path; as the program, or not
  LookedAt files;
  FamilyFacts families;
  std::shared_ptr<const FontMatcher> fonts;
};
Readings::Readings() : kept_(std::make_unique<Kept>()) {}
Readings::~Readings() = default;

struct Discoverer::State {
  State(const Options& given, machine::Root& source, const packages::Database* packages, const Machine& own,
        Closer closer, Readings::Kept& kept)
      : options(given),
        database(packages),
        machine(own),
        root(source),
        folders(source),
        read(kept),
        collector(options, packages, root, own, std::move(closer), kept.files),
        rules(options, packages, root, collector, kept.families),
        fonts(options, packages, collector, kept.fonts) {}

  const Options options;
  const packages::Database* database;
  const Machine machine;
  machine::Root& root;
  FolderNames folders;
  Readings::Kept& read;
  Collector collector;
  Rules rules;
  Fonts fonts;
  std::set<std::string> seen;  // real paths of objects
  std::vector<Wish> wishes;
  struct Reader {  // a named program, and a variable that it reads
    std::string source, variable;
  };
  std::vector<Reader> readers;
  bool additions_done = false;

  [[noreturn]] void refuse_absent(const std::string& named, const char* option);
  void add_user_additions();
  void add_from_disk(const Closure& closure, bool is_opened);
  void add_closure(const Closure& closure, bool is_opened);
  void tell_unreachable(const Evidence& evidence);
  void note_variables(const Object& program, const Evidence& evidence, SetSigns& signs);
  std::string data_of(const std::string& variable) const;
  void add_asked_sets(const Closure& closure, const Evidence& program = {});
  void read_signs(const Closure& closure, const Reading& program, SetSigns& signs) const;
};

/// Of what the user named and is not there: why.
void Discoverer::State::refuse_absent(const std::string& named, const char* option) {
  if (!root.is_host()) {
    throw Error(
        Exit::usage, named,
        fmt::format("was named by {}, and there is no such file in the sysroot {}. Files of this machine are no "
                    "part of another system: copy it there, or name it by its path in there",
                    option, printable(root.sysroot())));
  }
  const std::string path = absolute_path(named);
  int why_not = 0;
  if (path.size() >= PATH_MAX) {  // whatever part of it is not there
    why_not = ENAMETOOLONG;
  } else {
    (void)root.open(path, why_not);
  }
  if (why_not != 0 && why_not != ENOENT && why_not != ENOTDIR) {
    throw Error(Exit::cannot_bundle, path,
                fmt::format("was named by {}, and cannot be had: {}. Name it by a path that leads to it", option,
                            std::generic_category().message(why_not)));
  }
  throw Error(Exit::usage, path, fmt::format("was named by {}, and there is no such file", option));
}

void Discoverer::State::add_user_additions() {
  if (additions_done) return;
  additions_done = true;
  const auto add = [&](const Addition& addition, const char* option) {
    const std::optional<std::string> path = root.meant_by(addition.path);
    const std::optional<std::string> real = path ? root.real(*path) : std::nullopt;
    if (!real) refuse_absent(addition.path, option);
    const std::string destination = addition.destination.empty() ? *path : normal_path(addition.destination);
    rules.add_by_user(*path, *real, destination, option);
  };
  for (const Addition& addition : options.plugins) {
    const std::optional<std::string> path = root.meant_by(addition.path);
    if (const std::optional<std::string> real = path ? root.real(*path) : std::nullopt) {
      const std::string why = why_not_loadable(*collector.open(*real), machine);
      if (!why.empty())
        throw Error(Exit::usage, addition.path,
                    fmt::format("was named by --plugin, and {}. --add puts it in as it is", why));
    }
    add(addition, "--plugin");
  }
  for (const Addition& addition : options.add) add(addition, "--add");
}

void Discoverer::State::read_signs(const Closure& closure, const Reading& program, SetSigns& signs) const {
  signs.program = collector.name_of(closure.objects[0].real_path);
  signs.asker = root.at(closure.objects[0].real_path);
  signs.imports = program.evidence.imports;
  signs.names_ca_bundle = names_ca_bundle(program.evidence);
  const auto& starters = knowledge::starting_calls;
  const bool starts_programs =
      std::any_of(starters.begin(), starters.end(), [&](const char* name) { return signs.imports.contains(name); });
  const auto& paths = program.evidence.paths;
  signs.names_shell = starts_programs && std::any_of(paths.begin(), paths.end(), [](const NamedPath& path) {
                        return path.text == "/bin/sh" || path.text == "/usr/bin/sh";
                      });
  signs.is_musl = closure.loader_kind == LoaderKind::musl;
  for (const Object& object : closure.objects) {
    const std::string soname = object.soname.value_or(object.name);
    if (soname == "libc.so.6") signs.libc_folder = folder_name(object.real_path);
    if (soname.starts_with("libpaper.so")) signs.links_libpaper = true;
    if (soname.starts_with("libfontconfig.so")) signs.font_use = FontUse::fontconfig;
    if (soname.starts_with("libcrypto.so")) signs.libcrypto = object.real_path;
  }
}

void Discoverer::State::note_variables(const Object& program, const Evidence& evidence, SetSigns& signs) {
  for (const knowledge::DataVariable& variable : knowledge::data_variables) {
    const auto& held = evidence.variables;
    if (std::find(held.begin(), held.end(), variable.name) == held.end()) continue;
    readers.push_back({root.at(program.real_path), std::string(variable.name)});
    if (variable.set == knowledge::Set::ca_bundle) signs.names_ca_bundle = true;
    if (variable.set == knowledge::Set::zoneinfo) signs.names_zones = true;
  }
}

/// What the variable is to lead to: the file or folder of its set that is in the bundle. Empty when none is.
std::string Discoverer::State::data_of(const std::string& variable) const {
  const auto& known = knowledge::data_variables;
  const auto at = std::find_if(known.begin(), known.end(),
                               [&](const knowledge::DataVariable& row) { return row.name == variable; });
  if (at->set == knowledge::Set::zoneinfo) {
    const std::string folder = knowledge::zone_folders.front();
    return collector.has_below(folder) ? folder : std::string();
  }
  for (const knowledge::CaBundle& bundle : knowledge::ca_bundles) {
    if (bundle.is_wanted && collector.has(bundle.path)) return bundle.path;
  }
  return {};
}

/// A static program is started by the kernel alone, and Go's ask the kernel by themselves, so nothing answers them from
/// the bundle: what they name goes in vain. It is said of what the target may lack.
void Discoverer::State::tell_unreachable(const Evidence& evidence) {
  std::vector<std::string> names;
  for (const NamedPath& named : evidence.paths) {
    const std::string path = normal_path(named.text);
    const bool is_data = knowledge::is_data_place(path) || path.starts_with("/etc/ssl/") ||
                         path.starts_with("/etc/pki/") || path.starts_with("/opt/");
    if (!is_data || knowledge::is_source_of_compiled(path) || is_broad_folder(path)) continue;
    if (!root.real(path) || collector.has(path)) continue;
    const auto leads_there = [&](const Reader& reader) {
      const std::string data = data_of(reader.variable);
      return !data.empty() && is_at_or_below(path, root.is_folder(data) ? data : folder_name(data));
    };
    if (std::any_of(readers.begin(), readers.end(), leads_there)) continue;
    // Go writes down its compiler's own folder, and files in it.
    bool is_compilers = false;
    for (std::string folder = path; !is_compilers && folder.size() > 1; folder = folder_name(folder)) {
      const auto has = [&](std::string_view name) { return root.look(folder + "/" + std::string(name)).is_there(); };
      is_compilers = !is_broad_folder(folder) && knowledge::is_compilers_folder(has);
    }
    if (!is_compilers) names.push_back(path);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  if (names.empty()) return;
  constexpr size_t most = 3;
  const size_t shown = std::min(names.size(), most);
  const std::string list =
      fmt::format("{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  collector.hint(
      evidence.path,
      fmt::format("{} {}, so what it names is used where the target has it and not bundled: {}{}",
                  printable(base_name(evidence.path)),
                  evidence.is_raw ? "asks the kernel by itself, as Go's programs do" : "is static", printable(list),
                  names.size() > shown ? fmt::format(" and {} more", names.size() - shown) : ""));
}

/// The rules speak of paths inside the root only.
void Discoverer::State::add_from_disk(const Closure& closure, bool is_opened) {
  if (root.is_host()) return add_closure(closure, is_opened);
  Closure inside = closure;
  for (Object& object : inside.objects) {
    if (std::optional<std::string> path = root.inside_of(object.real_path)) object.real_path = std::move(*path);
  }
  add_closure(inside, is_opened);
}

/// What an option asks for by its name, and nothing else.
void Discoverer::State::add_asked_sets(const Closure& closure, const Evidence& program) {
  SetSigns signs;
  read_signs(closure, {}, signs);
  note_variables(closure.objects[0], program, signs);
  signs.links_libpaper = false;
  add_named_sets(signs, options, collector, wishes);
  if (options.fonts != SetMode::automatic) fonts.add(signs);
}

void Discoverer::State::add_closure(const Closure& closure, bool is_opened) {
  if (closure.objects.empty()) return;
  if (!options.enabled) return add_asked_sets(closure);
  const Object& program = closure.objects[0];
  if (program.is_static) {
    if (seen.insert(program.real_path).second && !collector.has_source(root.at(program.real_path))) {
      rules.look_at_static(closure);
      const Evidence evidence = read_object(root, program, true, folders).evidence;
      add_asked_sets(closure, evidence);
      return tell_unreachable(evidence);
    }
    return add_asked_sets(closure);
  }
  if (!is_opened && !program.name.empty() && !collector.has_source(root.at(program.real_path)))
    collector.note_called(program.real_path, program.name);
  std::vector<size_t> fresh;
  for (size_t i = 0; i < closure.objects.size(); ++i) {
    if (i != closure.interpreter && seen.insert(closure.objects[i].real_path).second) fresh.push_back(i);
  }
  const bool is_found = collector.has_source(root.at(program.real_path)) && !rules.is_wrapped(program.real_path);
  if (!is_found && !is_opened) rules.note_name(program);
  if (!is_found) {
    for (const Object& object : closure.objects) collector.note_object(root.at(object.real_path));
  }
  for (const Object& object : closure.objects) {
    collector.note_brought(root.at(object.real_path), object.size, !is_found && !is_opened);
  }
  std::vector<std::shared_ptr<const Reading>> readings(fresh.size());
  const auto slot_of = [&](size_t i) -> std::shared_ptr<const Reading>& {
    return read.objects[{closure.objects[fresh[i]].real_path, fresh[i] == 0 && !is_opened}];
  };
  for (size_t i = 0; i < fresh.size(); ++i) readings[i] = slot_of(i);
  parallel_for(fresh.size(), default_jobs(), [&](size_t i) {
    if (readings[i] != nullptr) return;
    readings[i] =
        std::make_shared<Reading>(read_object(root, closure.objects[fresh[i]], fresh[i] == 0 && !is_opened, folders));
  });
  for (size_t i = 0; i < fresh.size(); ++i) slot_of(i) = readings[i];

  for (const std::shared_ptr<const Reading>& reading : readings) {
    for (Wish wish : reading->note.wishes) {
      wish.rule = "dlopen-note";
      wishes.push_back(std::move(wish));
    }
    if (reading->note.problem.empty()) continue;
    collector.hint(reading->evidence.path,
                   fmt::format("the .note.dlopen of {} {}, which is ignored: name what it opens by --plugin",
                               printable(reading->evidence.path), reading->note.problem));
  }
  const bool program_is_fresh = !fresh.empty() && fresh[0] == 0;
  rules.begin_program(closure, program_is_fresh ? readings[0]->evidence : Evidence(), is_found || !program_is_fresh,
                      is_opened);
  SetSigns signs;
  if (program_is_fresh) read_signs(closure, *readings[0], signs);
  if (program_is_fresh && !is_found && !is_opened) note_variables(program, readings[0]->evidence, signs);
  bool is_own = false;  // of the named program's packages
  for (size_t i = 0; i < fresh.size(); ++i) {
    const Object& object = closure.objects[fresh[i]];
    const Evidence& evidence = readings[i]->evidence;
    signs.has_old_glibc = signs.has_old_glibc || readings[i]->has_old_glibc;
    const bool is_close = rules.look_at(object, evidence, wishes);
    // That a library of no relation knows the folder does not mean that it draws.
    const FontUse use = readings[i]->font_use;
    if (use == FontUse::fontconfig || (is_close && use > signs.font_use)) signs.font_use = use;
    if (fresh[i] == 0) is_own = is_close;
    for (const knowledge::SetCall& call : knowledge::set_calls) {
      if (call.by == By::close && is_close && evidence.imports.contains(call.name)) signs.imports.insert(call.name);
    }
    // A library that the program links and that knows where the certificates are, as libcurl does.
    const auto& needs = program.needs;
    const bool is_direct = std::any_of(needs.begin(), needs.end(), [&](const Edge& e) { return e.target == fresh[i]; });
    // Those that a program links convert for it: libgnustep-base for unar. libstdc++ does where it is told
    // to.
    if (is_direct && !is_libc(object) && !object.name.starts_with("libstdc++") &&
        evidence.imports.contains("iconv_open")) {
      signs.imports.insert("iconv_open");
    }
    if ((is_close || is_direct) && !is_libc(object)) {
      signs.names_ca_bundle = signs.names_ca_bundle || names_ca_bundle(evidence);
    }
  }
  rules.end_program();
  signs.is_helper = is_found;
  // Java's libjava.so is the program, as far as locales go.
  signs.is_plugin = is_found && !is_own && base_name(program.real_path).find(".so") != std::string_view::npos;
  if (program_is_fresh) {
    const size_t before = wishes.size();
    collector.begin_rule("named-set");
    add_named_sets(signs, options, collector, wishes);
    for (size_t i = before; i < wishes.size(); ++i) wishes[i].rule = "named-set";
    collector.begin_rule("fonts");
    fonts.add(signs);
    collector.begin_rule("");
    if (!is_found && readings[0]->evidence.is_raw) tell_unreachable(readings[0]->evidence);
  }
}

Discoverer::Discoverer(const Options& options, machine::Root& root, const packages::Database* database,
                       const Machine& machine, Closer closer, Readings* readings)
    : own_readings_(readings == nullptr ? std::make_unique<Readings>() : nullptr),
      state_(std::make_unique<State>(options, root, database, machine, std::move(closer),
                                     *(readings == nullptr ? *own_readings_ : *readings).kept_)) {
  state_->add_user_additions();
}

Discoverer::~Discoverer() = default;

Machine machine_of(const Closure& closure) {
  const Object& program = closure.objects.at(0);
  return {program.machine, program.is_64};
}

void Discoverer::add_closure(const Closure& closure) { state_->add_from_disk(closure, false); }

void Discoverer::add_opened(const Closure& closure) { state_->add_from_disk(closure, true); }

void Discoverer::add_script(const std::string& real, const std::string& path) {
  if (state_->options.enabled) state_->rules.add_script(real, path);
}

size_t Discoverer::add_traced(const std::vector<TracedFile>& files, const std::string& program) {
  return state_->rules.add_traced(files, program);
}

std::vector<Found> Discoverer::take_new() {
  state_->rules.follow_scripts();
  state_->rules.follow_texts();
  return state_->collector.take_new();
}

std::vector<Wish> Discoverer::wishes() const {
  const State& state = *state_;
  std::vector<Wish> wishes;
  std::set<std::tuple<std::string, Wish::Priority, std::vector<std::string>>> known;
  for (const std::vector<Wish>* some : {&state.wishes, &state.rules.wishes_of_texts()}) {
    for (const Wish& wish : *some) {
      if (known.emplace(wish.by, wish.priority, wish.names).second) wishes.push_back(wish);
    }
  }
  return wishes;
}

Discovery Discoverer::result() const {
  Discovery discovery = state_->collector.result();
  discovery.kept = state_->rules.kept_folders();
  discovery.homes = state_->rules.homes();
  for (FolderName& name : state_->rules.folder_names()) discovery.folder_names.push_back(std::move(name));
  for (const State::Reader& reader : state_->readers) {
    const std::string data = state_->data_of(reader.variable);
    if (!data.empty()) discovery.defaults.push_back({reader.source, reader.variable, data});
  }
  return discovery;
}

Discovery discover(const std::vector<Closure>& closures, const Options& options, machine::Root& root,
                   const packages::Database* database) {
  Machine machine;
  if (!closures.empty()) machine = machine_of(closures.front());
  Discoverer discoverer(options, root, database, machine);
  for (const Closure& closure : closures) discoverer.add_closure(closure);
  discoverer.take_new();
  return discoverer.result();
}

}  // namespace bundle::discover
