// The options of `bundle edit`. They go by patchelf's names wherever they do what patchelf's do, and all of patchelf's
// are known: what has no counterpart here is said, and what needs none is accepted.
#include <fmt/format.h>

#include <array>

#include "base/error.h"
#include "base/file.h"
#include "cli/cli11.h"
#include "cli/edit_command.h"
#include "cli/options.h"

namespace bundle::cli {

namespace {

/// As in patchelf, '@' and a path in place of a value stand for what that file holds, without the end of its last line.
void replace_by_file(std::string& value) {
  if (value.size() < 2 || value.front() != '@') return;
  const std::string path = value.substr(1);
  std::optional<std::string> content = read_file(path);
  if (!content)
    throw Error(Exit::usage, path, "does not exist, and a value that begins with '@' names a file that holds it");
  if (content->ends_with('\n')) content->pop_back();
  value = std::move(*content);
}

void replace_by_files(EditRequest& request) {
  for (std::optional<std::string>* value : {&request.interpreter, &request.soname, &request.run_path.set}) {
    if (*value) replace_by_file(**value);
  }
  for (std::vector<std::string>* values : {&request.run_path.add, &request.add_needed, &request.remove_needed}) {
    for (std::string& value : *values) replace_by_file(value);
  }
  for (auto& [old_name, new_name] : request.rename_needed) {
    replace_by_file(old_name);
    replace_by_file(new_name);
  }
}

void add_changes(CLI::App& command, EditRequest& request) {
  const char* const changes = "Changes";
  command.add_option("--set-interpreter", request.interpreter, "The loader that the kernel is to start it with")
      ->type_name("PATH")
      ->group(changes);
  command.add_option("--add-needed", request.add_needed, "Put a library ahead of those it needs")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->group(changes);
  command.add_option("--remove-needed", request.remove_needed, "Need a library no longer")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->group(changes);
  command.add_option("--replace-needed", request.rename_needed, "Need the library OLD under the name NEW")
      ->type_name("OLD NEW")
      ->allow_extra_args(false)
      ->group(changes);
  command
      .add_option_function<std::vector<std::string>>(
          "--rename-needed",
          [&request](const std::vector<std::string>& pairs) {
            for (const std::string& pair : pairs) {
              const size_t equals = pair.find('=');
              if (equals == std::string::npos || equals == 0 || equals + 1 == pair.size()) {
                throw Error(Exit::usage, "",
                            fmt::format("--rename-needed takes OLD=NEW, and {} is not that", printable(pair)));
              }
              request.rename_needed.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
            }
          },
          "The same, in one word")
      ->type_name("OLD=NEW")
      ->allow_extra_args(false)
      ->group(changes);
  command.add_option("--set-soname", request.soname, "Its DT_SONAME; '' removes it")->type_name("NAME")->group(changes);
  command
      .add_flag_callback(
          "--clear-execstack", [&request] { request.executable_stack = false; },
          "Ask for no executable stack; glibc 2.41 refuses libraries that do")
      ->group(changes);
  command
      .add_flag_callback(
          "--set-execstack", [&request] { request.executable_stack = true; }, "Ask for one")
      ->excludes("--clear-execstack")
      ->group(changes);
  command
      .add_flag("--no-default-lib", request.no_default_folders,
                "Find its libraries by run path and LD_LIBRARY_PATH alone (DF_1_NODEFLIB)")
      ->group(changes);
}

void add_run_path_options(CLI::App& command, run::RunPathRequest& request) {
  const char* const group = "Its run path";
  command.add_option("--set-rpath", request.set, "This, in place of any that it has; '' removes it")
      ->type_name("LIST")
      ->group(group);
  command.add_option("--add-rpath", request.add, "Folders behind those that it has, where they are not among them")
      ->type_name("LIST")
      ->allow_extra_args(false)
      ->group(group);
  command.add_flag("--remove-rpath", request.remove, "None")->group(group);
  command
      .add_flag("--shrink-rpath", request.shrink,
                "Only folders that hold a needed library which none before them holds;\n"
                "$ORIGIN and what else is not absolute stays")
      ->group(group);
  command
      .add_option_function<std::string>(
          "--allowed-rpath-prefixes",
          [&request](const std::string& list) { request.allowed_prefixes = split(list, ":"); },
          "With --shrink-rpath: and only folders that begin so")
      ->type_name("LIST")
      ->group(group);
  command
      .add_flag("--runpath", request.as_runpath,
                "Write it as DT_RUNPATH, as patchelf does. Otherwise --set-rpath writes DT_RPATH,\n"
                "over which LD_LIBRARY_PATH has no power; the others keep the tag there is")
      ->group(group);
  command.add_flag("--force-rpath", request.as_rpath, "Write it as DT_RPATH in any case")
      ->excludes("--runpath")
      ->group(group);
}

void add_prints(CLI::App& command, EditRequest& request) {
  const char* const group = "To show and change nothing";
  command.add_flag("--print", request.print, "Interpreter, SONAME, run paths and needed libraries")->group(group);
  command.add_flag("--print-interpreter", request.print_interpreter, "The loader, and nothing else")->group(group);
  command.add_flag("--print-soname", request.print_soname, "DT_SONAME; no line if there is none")->group(group);
  command
      .add_flag("--print-rpath", request.print_run_path, "DT_RUNPATH, else DT_RPATH; an empty line if there is none")
      ->group(group);
  command.add_flag("--print-needed", request.print_needed, "The needed libraries, one a line")->group(group);
  command
      .add_flag("--print-execstack", request.print_stack,
                "\"execstack: X\" where it asks for an executable stack, '-' where for none,\n"
                "'?' where it does not say")
      ->group(group);
}

/// What else patchelf has, up to its version 0.18 and what came since.
void add_patchelfs(CLI::App& command) {
  for (const char* name : {"--debug", "--no-sort", "--clobber-old-sections", "--no-clobber-old-sections"}) {
    command.add_flag(name)->group("");  // nothing here depends on it
  }
  command.add_option("--page-size")->expected(1)->group("");  // the largest of the machine is kept to in any case
  for (const char* name :
       {"--clear-symbol-version", "--rename-dynamic-symbols", "--add-debug-tag", "--set-os-abi", "--print-os-abi"}) {
    command
        .add_flag_callback(
            name,
            [name] {
              throw Error(
                  Exit::usage, "",
                  fmt::format("{} of patchelf has no counterpart here. Use patchelf for it, before bundle edit", name));
            })
        ->group("");
  }
}

void check(const EditRequest& request) {
  const run::RunPathRequest& path = request.run_path;
  const int ways = (path.set ? 1 : 0) + (path.add.empty() ? 0 : 1) + (path.remove ? 1 : 0) + (path.shrink ? 1 : 0);
  if (ways > 1) {
    throw Error(
        Exit::usage, "",
        "--set-rpath, --add-rpath, --remove-rpath and --shrink-rpath are four ways to one run path. Choose one");
  }
  if ((path.as_runpath || path.as_rpath) && (!path.changes() || path.remove)) {
    throw Error(Exit::usage, "",
                fmt::format("{} says how a run path is written. Add --set-rpath LIST",
                            path.as_runpath ? "--runpath" : "--force-rpath"));
  }
  if (!path.allowed_prefixes.empty() && !path.shrink) {
    throw Error(Exit::usage, "", "--allowed-rpath-prefixes says what --shrink-rpath keeps. Add --shrink-rpath");
  }
  const bool changes = path.changes() || request.interpreter || request.soname || request.executable_stack ||
                       request.no_default_folders || !request.add_needed.empty() || !request.remove_needed.empty() ||
                       !request.rename_needed.empty();
  const std::string& first = request.files.front();
  if (!request.prints() && !changes) {
    throw Error(Exit::usage, first, "is to be edited, but no change is named. See bundle edit --help");
  }
  if (request.prints() && changes) {
    throw Error(Exit::usage, first, "cannot be shown and edited in one call. Leave --print… or the changes out");
  }
  if (!request.output.empty() && request.files.size() > 1) {
    throw Error(Exit::usage, request.output,
                fmt::format("cannot be the output of {} files. Name one file, or copy them and edit the copies",
                            request.files.size()));
  }
  if (!request.output.empty() && request.prints()) {
    throw Error(Exit::usage, request.output, "is not written by a call that only shows. Leave -o out");
  }
}

}  // namespace

void run_edit(int argc, const char* const* argv) {
  EditRequest request;
  CLI::App command("Change the loader, run path or libraries that ELF files name", "bundle edit");
  command
      .add_option("FILE", request.files,
                  "Programs or libraries. A bare name is the ELF file of this folder, as for\n"
                  "bundle and inspect; a program of PATH is edited by its path only")
      ->required();
  command.add_option("-o,--output", request.output, "Write here instead of over FILE, which must be one")
      ->type_name("OUT");
  add_run_path_options(command, request.run_path);
  add_changes(command, request);
  add_prints(command, request);
  add_patchelfs(command);
  command.footer(
      "\nOptions go by patchelf's names; @FILE in place of a value stands for what FILE holds.\n"
      "Of several FILEs each is edited whole or not at all. One that cannot be is said, the\n"
      "others are edited; the exit code is that of the first that could not.\n"
      "\nExamples:\n"
      "  bundle edit app --set-rpath '$ORIGIN/../lib'\n"
      "  bundle edit --clear-execstack lib/*.so\n"
      "  bundle edit app --print-needed\n");
  if (!parse(command, argc, argv, {"--set-rpath", "--set-soname"})) return;
  check(request);
  replace_by_files(request);
  edit(request);
}

}  // namespace bundle::cli
