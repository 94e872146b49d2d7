// The order of the rules: what is looked at for each object of a closure, and with what certainty.
#include "discover/discover.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/error.h"
#include "base/file.h"
#include "base/parallel.h"
#include "discover/collector.h"
#include "discover/dlopen_note.h"
#include "discover/file_kind.h"
#include "discover/names.h"
#include "discover/rules.h"
#include "discover/sets.h"
#include "elf/image.h"

namespace bundle::discover {

namespace {

/// What one object tells by itself. Read side by side, judged in order.
struct Reading {
  Evidence evidence;
  DlopenNote note;
  bool has_old_glibc = false;
};

bool is_libc(const Object& object) {
  static const std::set<std::string> names = {
      "libc.so.6",    "libm.so.6",   "libpthread.so.0", "libdl.so.2",   "librt.so.1",           "libresolv.so.2",
      "libutil.so.1", "libnsl.so.1", "libanl.so.1",     "libmvec.so.1", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1",
      "libgcc_s.so.1"};
  return names.contains(object.soname.value_or(object.name)) || base_name(object.real_path).starts_with("ld-musl-");
}

Reading read_object(const Object& object, bool is_program) {
  Reading reading;
  reading.evidence.path = object.real_path;
  try {
    const std::shared_ptr<const MappedFile> file = MappedFile::open(object.real_path);
    const elf::Image image(file->bytes(), object.real_path);
    if (object.soname == "libc.so.6") {
      const elf::VersionDefinitions versions = image.version_definitions();
      const std::vector<std::string_view> names = versions.names();
      reading.has_old_glibc = std::find(names.begin(), names.end(), "GLIBC_2.34") == names.end();
    }
    // libc's own paths are the named sets' business (gconv, locales, zones), and most of them are settings in
    // /etc.
    if (is_libc(object) && !is_program) return reading;
    reading.note = read_dlopen_notes(image, object.real_path);
    reading.evidence.paths = named_paths(image);
    reading.evidence.libraries = named_libraries(image);
    for (std::string& name : image.imported_symbols()) reading.evidence.imports.insert(std::move(name));
  } catch (const Error&) {
    // Resolve has told the user about files that cannot be read; there is nothing to find in this one.
  }
  return reading;
}

}  // namespace

struct Discoverer::State {
  State(const Options& given, const DpkgDatabase* packages, const Machine& own)
      : options(given),
        database(packages),
        machine(own),
        collector(options, packages, own),
        rules(options, packages, collector) {}

  const Options options;
  const DpkgDatabase* database;
  const Machine machine;
  Collector collector;
  Rules rules;
  std::set<std::string> seen;  // real paths of objects
  std::vector<Wish> wishes;
  bool additions_done = false;

  void add_user_additions();
  void add_closure(const Closure& closure);
  void read_signs(const Closure& closure, const Reading& program, SetSigns& signs) const;
};

void Discoverer::State::add_user_additions() {
  if (additions_done) return;
  additions_done = true;
  const auto add = [&](const Addition& addition, const char* option) {
    const std::string path = absolute_path(addition.path);
    const std::string destination = addition.destination.empty() ? path : normal_path(addition.destination);
    const std::optional<std::string> real = real_path(path);
    if (!real) throw Error(Exit::usage, path, fmt::format("was named by {}, and there is no such file", option));
    rules.add_by_user(path, *real, destination, option);
  };
  for (const Addition& addition : options.plugins) {
    const std::string path = absolute_path(addition.path);
    if (real_path(path)) {
      const std::string why = why_not_loadable(path, machine);
      if (!why.empty())
        throw Error(Exit::usage, path, fmt::format("was named by --plugin, and {}. --add puts it in as it is", why));
    }
    add(addition, "--plugin");
  }
  for (const Addition& addition : options.add) add(addition, "--add");
}

void Discoverer::State::read_signs(const Closure& closure, const Reading& program, SetSigns& signs) const {
  signs.program = base_name(closure.objects[0].real_path);
  signs.program_path = closure.objects[0].real_path;
  signs.imports = program.evidence.imports;
  const auto names_any = [](const Evidence& evidence, std::string_view prefix) {
    return std::any_of(evidence.paths.begin(), evidence.paths.end(),
                       [&](const NamedPath& path) { return path.text.starts_with(prefix); });
  };
  signs.names_ca_bundle = names_any(program.evidence, "/etc/ssl/certs");
  static const std::set<std::string> starters = {"execve", "execv",       "execvp",       "execl",
                                                 "execlp", "posix_spawn", "posix_spawnp", "execvpe"};
  const bool starts_programs = std::any_of(starters.begin(), starters.end(),
                                           [&](const std::string& name) { return signs.imports.contains(name); });
  const auto& paths = program.evidence.paths;
  signs.names_shell = starts_programs && std::any_of(paths.begin(), paths.end(), [](const NamedPath& path) {
                        return path.text == "/bin/sh" || path.text == "/usr/bin/sh";
                      });
  for (const Object& object : closure.objects) {
    const std::string soname = object.soname.value_or(object.name);
    if (soname == "libc.so.6") signs.libc_folder = folder_name(object.real_path);
    if (soname.starts_with("libpaper.so")) signs.links_libpaper = true;
    if (soname.starts_with("libfontconfig.so")) signs.libfontconfig = object.real_path;
    signs.closure_size += object.size;
    if (soname.starts_with("libcrypto.so")) signs.libcrypto = object.real_path;
  }
}

void Discoverer::State::add_closure(const Closure& closure) {
  if (closure.objects.empty() || !options.enabled) return;
  const Object& program = closure.objects[0];
  std::vector<size_t> fresh;
  for (size_t i = 0; i < closure.objects.size(); ++i) {
    if (i != closure.interpreter && seen.insert(closure.objects[i].real_path).second) fresh.push_back(i);
  }
  const bool is_found = collector.has_source(program.real_path);
  if (!is_found) {
    for (const Object& object : closure.objects) collector.note_object(object.real_path);
  }
  std::vector<Reading> readings(fresh.size());
  parallel_for(fresh.size(), default_jobs(),
               [&](size_t i) { readings[i] = read_object(closure.objects[fresh[i]], fresh[i] == 0); });

  for (const Reading& reading : readings) {
    wishes.insert(wishes.end(), reading.note.wishes.begin(), reading.note.wishes.end());
    if (reading.note.problem.empty()) continue;
    collector.hint(reading.evidence.path,
                   fmt::format("the .note.dlopen of {} {}, which is ignored: name what it opens by --plugin",
                               printable(reading.evidence.path), reading.note.problem));
  }
  const bool program_is_fresh = !fresh.empty() && fresh[0] == 0;
  rules.begin_program(closure, program_is_fresh ? readings[0].evidence : Evidence(), is_found || !program_is_fresh);
  SetSigns signs;
  if (program_is_fresh) read_signs(closure, readings[0], signs);
  for (size_t i = 0; i < fresh.size(); ++i) {
    const Object& object = closure.objects[fresh[i]];
    const Evidence& evidence = readings[i].evidence;
    signs.has_old_glibc = signs.has_old_glibc || readings[i].has_old_glibc;
    const bool is_close = rules.look_at(object, evidence, wishes);
    if (is_close) {
      for (const char* name :
           {"tzset", "setlocale", "iconv_open", "system", "popen", "SSL_CTX_set_default_verify_paths",
            "X509_STORE_set_default_paths", "gnutls_certificate_set_x509_system_trust"}) {
        if (evidence.imports.contains(name)) signs.imports.insert(name);
      }
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
      signs.names_ca_bundle =
          signs.names_ca_bundle || std::any_of(evidence.paths.begin(), evidence.paths.end(), [](const NamedPath& path) {
            return path.text.starts_with("/etc/ssl/certs/ca-cert");
          });
    }
  }
  signs.is_plugin = is_found && base_name(program.real_path).find(".so") != std::string_view::npos;
  if (program_is_fresh) {
    add_named_sets(signs, options, collector, wishes);
    add_fonts(signs, options, database, collector);
  }
}

Discoverer::Discoverer(const Options& options, const DpkgDatabase* database, const Machine& machine)
    : state_(std::make_unique<State>(options, database, machine)) {
  state_->add_user_additions();
}

Discoverer::~Discoverer() = default;

Machine machine_of(const Closure& closure) {
  const Object& program = closure.objects.at(0);
  return {program.machine, program.is_64};
}

void Discoverer::add_closure(const Closure& closure) { state_->add_closure(closure); }

size_t Discoverer::add_traced(const std::vector<TracedFile>& files, const std::string& program) {
  return state_->rules.add_traced(files, program);
}

std::vector<Found> Discoverer::take_new() { return state_->collector.take_new(); }

Discovery Discoverer::result() const {
  Discovery discovery = state_->collector.result();
  std::set<std::tuple<std::string, Wish::Priority, std::vector<std::string>>> known;
  for (const Wish& wish : state_->wishes) {
    if (known.emplace(wish.by, wish.priority, wish.names).second) discovery.wishes.push_back(wish);
  }
  discovery.kept = state_->rules.kept_folders();
  return discovery;
}

Discovery discover(const std::vector<Closure>& closures, const Options& options, const DpkgDatabase* database) {
  Machine machine;
  if (!closures.empty()) machine = machine_of(closures.front());
  Discoverer discoverer(options, database, machine);
  for (const Closure& closure : closures) discoverer.add_closure(closure);
  return discoverer.result();
}

}  // namespace bundle::discover
