// See run_command.h.
#include "cli/run_command.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/say.h"
#include "base/temporary_folder.h"
#include "cli/cli11.h"
#include "cli/options.h"
#include "cli/run_place.h"
#include "plan/target.h"
#include "verify/manifests.h"
#include "verify/missing.h"
#include "verify/opened.h"
#include "verify/sandbox_program.h"

namespace bundle::cli {

namespace {

constexpr uint64_t megabyte = 1'000'000;

/// A folder is used as it is, unless its run bits are to go.
bool is_usable_as_it_is(const RunRequest& request) {
  const std::optional<struct stat> status = status_of(request.bundle);
  return status && S_ISDIR(status->st_mode) && request.place.run_bits;
}

void set_mode(const std::string& path, mode_t mode) {
  if (::chmod(path.c_str(), mode) == 0) return;
  const int error_number = errno;
  throw system_error(path, "its mode cannot be set", error_number);
}

void take_run_bits(const std::string& folder) {
  walk_folder(folder, {[](const std::string& path, Node node) {
                if (node == Node::file) set_mode(path, 0644);
                return true;
              }});
}

std::string why_it_ended(const verify::Ended& ended, const verify::Place& place) {
  switch (ended.how) {
    case verify::Ended::How::out_of_time:
      return fmt::format("was ended after {} s, by --timeout", place.seconds);
    case verify::Ended::How::out_of_memory:
      return fmt::format("was ended: it and what it started took more than {} MB of memory, by --memory",
                         place.memory / megabyte);
    case verify::Ended::How::by_itself:
    case verify::Ended::How::by_signal:
    case verify::Ended::How::not_started:
      break;
  }
  return "";
}

verify::Bind bind_of(const std::string& text, bool is_writable) {
  const size_t colon = text.rfind(":/");
  const std::string source = absolute_path(text.substr(0, colon));
  if (!status_of(source)) throw CLI::ValidationError("", fmt::format("'{}' is not there", printable(source)));
  return {source, colon == std::string::npos ? source : normal_path(text.substr(colon + 1)), is_writable};
}

void add_binds(CLI::App& app, const char* name, verify::Place& place, bool is_writable, const char* description) {
  app.add_option_function<std::vector<std::string>>(
         name,
         [&place, is_writable](const std::vector<std::string>& values) {
           for (const std::string& value : values) place.binds.push_back(bind_of(value, is_writable));
         },
         description)
      ->type_name("PATH[:INSIDE]")
      ->allow_extra_args(false);
}

std::string check_inside(const std::string& path) {
  return path.starts_with('/') && normal_path(path) == path ? "" : "takes an absolute path";
}

void add_options(CLI::App& app, RunRequest& request) {
  verify::Place& place = request.place;
  app.add_option("FILE|DIR", request.bundle, "A zip, or the folder that it is unpacked in")->required();
  std::string names;
  for (const plan::Target* target : plan::targets()) names += (names.empty() ? "" : ", ") + std::string(target->name);
  app.add_option("--target", request.target, "Where it would run: " + names + ".\nThe default is what it was made for")
      ->type_name("T")
      ->check([names](const std::string& name) { return plan::find_target(name) != nullptr ? "" : "knows " + names; });
  app.add_option("--at", place.prefix,
                 "Where it lies inside, instead of where it was made for or the target unpacks it")
      ->type_name("DIR")
      ->check(check_inside)
      ->check([](const std::string& path) { return path == "/" ? "takes a folder below /" : ""; });
  app.add_option("--root", place.root, "Over the files of another system, as debootstrap makes them, instead of none")
      ->type_name("DIR")
      ->check(CLI::ExistingDirectory);
  app.add_flag_callback(
      "--no-run-bits", [&place] { place.run_bits = false; },
      "As Azure Functions may have it: no file may be executed but a copy of the launcher in /tmp");
  app.add_option_function<uint64_t>(
         "--memory", [&place](uint64_t megabytes) { place.memory = megabytes * megabyte; },
         "End it when it and what it started take more. Looked at forty times a second")
      ->type_name("MB")
      ->check(CLI::Range(uint64_t{1}, uint64_t{1'000'000}));
  app.add_option("--timeout", place.seconds, "End it and what it started after that time, with exit code 124")
      ->type_name("SECONDS")
      ->check(CLI::Range(uint64_t{1}, uint64_t{1'000'000}));
  add_binds(app, "--bind", place, false, "A file or folder of this machine that it may read, at its path or at INSIDE");
  add_binds(app, "--bind-writable", place, true, "One that it may change");
  app.add_option("--chdir", place.working_folder, "Its working folder, inside. The default is the target's")
      ->type_name("DIR")
      ->check(check_inside);
  app.add_option_function<std::vector<std::string>>(
         "--env",
         [&place](const std::vector<std::string>& values) {
           for (const std::string& value : values) {
             const size_t equals = value.find('=');
             if (equals == 0 || equals == std::string::npos) throw CLI::ValidationError("--env", "takes NAME=VALUE");
             place.environment.emplace_back(value.substr(0, equals), value.substr(equals + 1));
           }
         },
         "Of its environment, which is else the target's alone")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  app.add_flag("--network", place.network, "With this machine's network, and its /etc/resolv.conf and /etc/hosts");
  app.add_flag("--missing", request.missing,
               "List what it looked for and did not find, each with the option of `bundle` that would add it");
  app.add_flag("-v,--verbose", request.verbose, "With --missing: all of what is not on this machine either");
  app.footer(R"(
PROGRAM is a name of the bundle's programs, or a path in it. A bundle of one program needs neither that nor --.

It runs by bubblewrap in a root that holds the bundle, read-only where its target unpacks it, a /tmp to write to,
/proc and /dev, and nothing else; as another user, without capabilities, with the target's environment and no
network. Standard input, output, error and the terminal are the program's. A bundle for another architecture runs by
qemu's user mode, where a static one is in PATH; what its program starts by itself then needs binfmt_misc.

Examples:
  bundle run layer.zip -- jq . <event.json
  bundle run layer.zip --memory 512 --timeout 30 --bind ./data:/var/task -- python3 job.py
  bundle run layer.zip --root ./al2023 -- /usr/bin/python3 -c 'import ctypes'
  bundle run package.zip --no-run-bits
  bundle run layer.zip --missing -- git log

Exit codes: the program's own; 128 + N when signal N ended it, 124 when it ran out of --timeout, 137 out of --memory.
When it was not started: 1 the bundle cannot be read, 2 wrong usage, 4 the machine failed (bubblewrap is missing).
)");
}

}  // namespace

int run_here(RunRequest request) {
  const std::unique_ptr<verify::Opened> bundle = verify::open_bundle(request.bundle);
  verify::Place& place = request.place;
  complete_place(place, request.target, verify::manifests_of(*bundle));
  std::vector<std::string> command = std::move(request.command);
  if (command.empty()) command.emplace_back();
  command.front() = verify::program_inside(*bundle, verify::prefix_of(place), command.front());
  if (!is_below(command.front(), verify::prefix_of(place)) && place.root.empty()) {
    throw Error(
        Exit::usage, command.front(),
        fmt::format("is not in the bundle, which lies at {}, and there is nothing else in an empty root. Name a "
                    "program of the bundle, or give another system's files by --root",
                    verify::prefix_of(place)));
  }
  std::optional<TemporaryFolder> unpacked;
  if (is_usable_as_it_is(request)) {
    place.folder = absolute_path(request.bundle);
  } else {
    unpacked.emplace();
    try {
      verify::unpack(*bundle, unpacked->path());
    } catch (Error& error) {
      unpacked->explain(error);
      throw;
    }
    if (!place.run_bits) take_run_bits(unpacked->path());
    set_mode(unpacked->path(), 0755);
    place.folder = unpacked->path();
  }
  const verify::Watched watched =
      request.missing ? verify::watch_in(place, command) : verify::Watched{verify::run_in(place, command), {}};
  const verify::Ended& ended = watched.ended;
  if (request.missing) {
    const std::vector<verify::Missing> missing = verify::missing_of(watched, place, *bundle);
    const bool has_looked = ended.how != verify::Ended::How::not_started || !missing.empty();
    if (has_looked) say_error("bundle: " + verify::render_missing(missing, request.verbose));
  }
  if (ended.how == verify::Ended::How::not_started) {
    throw Error(
        Exit::machine, command.front(), "was not started; bubblewrap has said why, above",
        "Where it may make no namespaces, see `sysctl kernel.unprivileged_userns_clone user.max_user_namespaces`");
  }
  if (const std::string why = why_it_ended(ended, place); !why.empty()) {
    say_error(fmt::format("bundle: {}: {}\n", printable(command.front()), why));
  }
  return ended.status;
}

int run_run(int argc, const char* const* argv) {
  RunRequest request;
  const char* const* const end = argv + argc;
  const char* const* const dashes =
      std::find_if(argv, end, [](const char* word) { return std::strcmp(word, "--") == 0; });
  if (dashes != end) request.command.assign(dashes + 1, end);
  CLI::App app("Runs a bundle's program here as it would run there: in an empty root", "bundle run");
  add_options(app, request);
  if (!parse(app, static_cast<int>(dashes - argv), argv)) return static_cast<int>(Exit::done);
  return run_here(std::move(request));
}

}  // namespace bundle::cli
