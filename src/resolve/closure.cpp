#include "resolve/closure.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/printable.h"
#include "elf/image.h"
#include "knowledge/folders.h"
#include "knowledge/trees.h"
#include "plan/layout.h"
#include "resolve/facts.h"
#include "resolve/namespace.h"
#include "resolve/versions.h"

namespace bundle::resolve {

namespace {

/// The loader of a library that names none, by what it needs: musl's libc is "libc.so" or
/// "libc.musl-ARCH.so.1".
std::string guess_loader(const ElfFile& file) {
  for (const ElfFile::Dependency& dependency : file.dependencies) {
    if (dependency.name == "libc.so") return "/lib/ld-musl-" + std::string(elf::machine_name(file.machine)) + ".so.1";
    if (dependency.name.starts_with("libc.musl-")) return "/lib/ld-" + dependency.name.substr(5);
  }
  return usual_loader(file.machine, file.is_64);
}

/// The program that "/usr/bin/perl -w" or "/usr/bin/env -S python3 -I" starts, to be named to bundle, which
/// looks for a bare name in PATH as env does.
std::string interpreter_of(std::string_view line) {
  std::vector<std::string> words = split(line, " \t");
  std::erase(words, "");
  if (words.empty()) return {};
  if (base_name(words[0]) != "env") return words[0];
  for (size_t i = 1; i < words.size(); ++i) {
    const bool is_option = words[i].starts_with('-') || words[i].find('=') != std::string::npos;
    if (!is_option) return words[i];
  }
  return words[0];
}

void refuse_what_is_no_elf(const OpenFile& file, const std::string& path) {
  const Bytes start = Source(file).slice(0, std::min<uint64_t>(file.size(), 4096));
  if (elf::has_elf_magic(start)) return;
  if (start.empty()) throw Error(Exit::cannot_bundle, path, "is empty, not an ELF program");
  if (const std::optional<std::string> line = elf::script_interpreter(start)) {
    throw Error(Exit::cannot_bundle, path, fmt::format("is a script for {}, not an ELF program", printable(*line, 100)),
                fmt::format("Name its interpreter instead: {}", shell_word(interpreter_of(*line).substr(0, 100))));
  }
  throw Error(Exit::cannot_bundle, path, "is not an ELF program. Name the compiled program, not a text or data file");
}

}  // namespace

Resolver::Resolver(Options options)
    : options_(std::move(options)),
      root_(options_.disk != nullptr ? machine::Root(options_.sysroot, options_.disk)
                                     : machine::Root(options_.sysroot)),
      files_(root_, options_.real_paths),
      search_(root_, files_, options_) {
  for (std::string& folder : options_.library_path) {
    if (root_.is_host() || folder.find('$') != std::string::npos) continue;
    folder = inside_of_named(folder, false).value_or(folder);
  }
}

Resolver::Resolver(Options options, std::shared_ptr<const machine::Disk> disk)
    : options_(std::move(options)),
      root_(std::move(disk)),
      files_(root_, options_.real_paths),
      search_(root_, files_, options_) {}

std::string Resolver::find_in_sysroot(const std::string& named) {
  if (named.find('/') != std::string::npos) return named;
  const std::vector<std::string> usual = {"/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/games"};
  for (const std::string& folder : options_.program_path.empty() ? usual : options_.program_path) {
    if (root_.is_executable(folder + "/" + named)) return folder + "/" + named;
  }
  throw Error(Exit::cannot_bundle, named,
              fmt::format("no such program in {} {}. Name it by its path",
                          options_.program_path.empty() ? "the usual folders of the sysroot" : "the PATH of the image",
                          printable(root_.sysroot())));
}

std::optional<std::string> Resolver::inside_of_named(const std::string& named, bool with_folder) {
  if (root_.sysroot().empty()) return root_.meant_by(named);  // another disk: nothing of this machine is laid into it
  const std::optional<std::string> host = real_path(named);
  // What this machine has in its system's folders is never the other system's.
  const bool is_built_here = host && *host != "/" && !root_.inside_of(*host) &&
                             (!plan::is_system_path(*host) || host->starts_with("/usr/src/"));
  // "./app" is a file of the working folder, "usr/bin/app" where there is none a program of the sysroot.
  const bool is_relative = !named.starts_with('/');
  std::optional<std::string> inside = root_.meant_by(named);
  if (!is_built_here || (inside && !is_relative)) return inside;
  std::string folder(folder_name(*host));
  // What is installed together, P/bin with P/lib and P/share beside it, takes part together.
  std::string above(folder_name(folder));
  if (knowledge::is_for_programs(base_name(folder)) && knowledge::may_be_top(above) && !root_.real(above))
    folder = std::move(above);
  const bool may_hide = folder == "/" || plan::is_system_path(folder) || root_.real(folder);
  root_.lay_in(with_folder && !may_hide ? folder : *host);
  return host;
}

Resolver::Start Resolver::open(const std::string& path) {
  Start start;
  if (root_.is_host()) {
    start.path = root_.absolute(path);
  } else {
    const std::optional<std::string> inside = inside_of_named(path, true);
    if (!inside) {
      throw Error(Exit::cannot_bundle, path, fmt::format("is not in the sysroot {}", printable(root_.sysroot())));
    }
    start.path = *inside;
  }
  int error_number = 0;
  const std::shared_ptr<const OpenFile> opened = root_.open(start.path, error_number);
  if (opened == nullptr) throw cannot_open(path, error_number);
  refuse_what_is_no_elf(*opened, path);
  const elf::Image image(Source(*opened), path, elf::Image::Sections::skip);
  const uint16_t type = image.header().e_type;
  if (type != ET_EXEC && type != ET_DYN) {
    const char* what = type == ET_REL    ? "an object file for the linker"
                       : type == ET_CORE ? "a core dump"
                                         : "an ELF file of an unknown type";
    throw Error(Exit::cannot_bundle, path, fmt::format("is {}, not a program", what));
  }
  if (usual_loader(image.header().e_machine, image.is_64()).empty()) {
    throw Error(
        Exit::cannot_bundle, path,
        fmt::format("is for {} (e_machine {}), whose loader's rules are not known here, so that it cannot be {}",
                    elf::machine_name(image.header().e_machine), image.header().e_machine, deed()));
  }
  start.file = files_.adopt_root(*opened, image, start.path);
  const bool has_needs = !start.file->dependencies.empty();
  if (options_.facts) start.facts = read_facts(image, start.file->version_needs);
  start.is_static = !image.interpreter() && (!image.is_dynamic() || (start.file->is_program && !has_needs));
  return start;
}

const Loader& Resolver::loader_for(const std::string& path, uint16_t machine, bool is_64) {
  const auto open = [this, path] { return files_.open(root_.absolute(path)); };
  return loaders_.try_emplace({path, machine, is_64}, path, machine, is_64, root_.is_host(), open).first->second;
}

Closure Resolver::resolve(const std::string& path) {
  Start start = open(path);
  const ElfFile& file = *start.file;
  if (start.is_static) {
    const Loader none(file.machine, file.is_64);
    Namespace alone(root_, files_, search_, none);
    alone.add_root(start.file, start.path, true, std::nullopt);
    Closure closure = alone.finish();
    closure.objects[0].is_static = true;
    closure.facts = std::move(start.facts);
    return closure;
  }
  const bool is_library = !file.interpreter && !file.is_program;
  const std::string interpreter = file.interpreter ? *file.interpreter : guess_loader(file);
  Namespace space(root_, files_, search_, loader_for(interpreter, file.machine, file.is_64));
  space.add_root(start.file, start.path, !is_library, std::nullopt);
  space.set_interpreter(interpreter);
  // Each may be a list, as LD_PRELOAD is (ld.so(8)).
  for (const std::string& list : options_.preload) {
    for (const std::string& name : split(list, " :\t\n")) space.preload(name);
  }
  space.grow();
  Closure closure = space.finish();
  closure.objects[0].is_library = is_library;
  closure.objects[0].rule = Rule::program;
  closure.facts = std::move(start.facts);
  check_versions(closure, files_);
  return closure;
}

std::optional<Loaded> Resolver::above_of(const Closure& program, const Loader& loader) {
  const Object& object = program.objects.at(0);
  std::vector<Loaded> chain(1);
  chain[0].file = files_.look(object.path, object.is_64, object.machine).file;
  if (chain[0].file == nullptr) return std::nullopt;
  chain[0].origin = std::string(folder_name(chain[0].file->real));
  search_.prepare(chain, 0, loader);
  return chain[0];
}

Closure Resolver::resolve_plugin(const std::string& path, const Closure& host) {
  const Start start = open(path);
  const Object& program = host.objects.at(0);
  if (start.file->machine != program.machine || start.file->is_64 != program.is_64) {
    throw Error(Exit::cannot_bundle, path,
                fmt::format("is for {}, and the program that is to load it is for {}",
                            elf::machine_name(start.file->machine), elf::machine_name(program.machine)));
  }
  const std::string interpreter =
      program.interpreter ? *program.interpreter : usual_loader(program.machine, program.is_64);
  Namespace space(root_, files_, search_, loader_for(interpreter, program.machine, program.is_64));
  space.add_root(start.file, start.path, false, above_of(host, space.loader()));
  space.set_interpreter(interpreter);
  space.grow();
  Closure closure = space.finish();
  closure.objects[0].is_library = true;
  check_versions(closure, files_);
  return closure;
}

size_t Resolver::add_plugin(Closure& host, const std::string& path) {
  const Object& program = host.objects.at(0);
  if (program.is_static) throw Error(Exit::cannot_bundle, path, "cannot be loaded by a static program");
  const std::string interpreter =
      program.interpreter ? *program.interpreter : usual_loader(program.machine, program.is_64);
  const Start start = open(path);
  Namespace space(root_, files_, search_, loader_for(interpreter, program.machine, program.is_64));
  space.reopen(host);
  const size_t index = space.add_plugin(start.path);
  space.grow();
  Closure closure = space.finish();
  check_versions(closure, files_);
  host = std::move(closure);
  return index;
}

std::optional<Closure> Resolver::open_by_name(const Closure& host, size_t asker, const std::string& name,
                                              const Closure* program) {
  const Object& first = (program != nullptr ? *program : host).objects.at(0);
  if (first.is_static) return std::nullopt;
  const std::string interpreter = first.interpreter ? *first.interpreter : usual_loader(first.machine, first.is_64);
  Namespace space(root_, files_, search_, loader_for(interpreter, first.machine, first.is_64));
  space.reopen(host, program == nullptr ? std::nullopt : above_of(*program, space.loader()));
  const size_t opened = space.open(asker, name);
  if (opened == no_object) return std::nullopt;
  space.grow();
  Closure closure = space.part(opened);
  closure.objects[0].is_library = true;
  check_versions(closure, files_);
  return closure;
}

}  // namespace bundle::resolve
