// What scripts start: the program that one is a wrapper of, its interpreter, the commands that it runs, and the files
// beside it that it names.
//
// The program that a named script starts in its own place (soffice: oosplash; chromium: /usr/lib/chromium/chromium) is
// the user's choice as the script is: no found data, never left out for its size, and its packages are taken as those
// of a program that is named. A script that is found, a helper of a program, brings its interpreter and its commands
// each by its own cost; one that only lies in a folder of helpers (git-core) no more than small ones.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <string.h>

#include <algorithm>
#include <iterator>

#include "base/human_size.h"
#include "base/printable.h"
#include "discover/packed_code.h"
#include "discover/refusal.h"
#include "discover/rules.h"
#include "discover/script_text.h"
#include "knowledge/calls.h"
#include "knowledge/shell.h"

namespace bundle::discover {

namespace {

constexpr size_t longest_script = 2'000'000;  // bytes; a larger file has something else behind its text
constexpr uint64_t longest_sourced = 200'000;

/// A longer script does more than start things: libtool.
constexpr uint64_t longest_starter = 100'000;

/// A command of so few bytes is no more than another name of another one, if it is a script: egrep.
constexpr uint64_t short_script = 1'000;

/// A command of so few bytes, with what it needs, is certain to be worth it.
constexpr uint64_t small_command = 1'000'000;

}  // namespace

std::optional<std::string> Rules::find_command(std::string_view name) {
  for (const std::string_view folder : knowledge::command_folders) {
    std::string path = fmt::format("{}/{}", folder, name);
    if (root_.look(path).is_executable()) return path;
  }
  return std::nullopt;
}

Rules::Script Rules::read_script(const std::string& real, Weight weight) {
  Script script;
  script.real = real;
  script.weight = weight;
  script.file = collector_.open(real);
  script.text = script.file->bytes().text().substr(0, longest_script);
  if (const std::optional<FirstLine> line = first_line(script.file->bytes())) {
    script.interpreter = line->program;
    if (!line->by_env.empty()) {
      script.env = line->program;
      script.interpreter = find_command(line->by_env).value_or("");
    }
  }
  for (NamedPath& named : paths_in(script.text)) script.paths.push_back(std::move(named.text));
  script.is_shells = knowledge::is_shell(base_name(script.interpreter));
  if (!script.is_shells) return script;
  ShellPaths put = paths_of_shell(script.text, real);
  script.commands = std::move(put.commands);
  script.in_place = std::move(put.in_place);
  script.paths.insert(script.paths.end(), put.all.begin(), put.all.end());
  std::sort(script.paths.begin(), script.paths.end());
  script.paths.erase(std::unique(script.paths.begin(), script.paths.end()), script.paths.end());
  for (const std::string& path : put.sourced) {
    const machine::Status status = root_.look(path);
    if (!status.is_file() || status.size > longest_sourced || refusal_by_mode(root_, path)) continue;
    script.texts.push_back(root_.read(path).value_or(""));
  }
  return script;
}

/// One program that stands in for a script. Whether it is one.
bool Rules::take_wrapped_program(const std::string& path, const Source& source) {
  const std::optional<std::string> real = root_.real(path);
  if (!real || !root_.look(*real).is_executable() || !is_elf(*real)) return false;
  if (refusal_by_place(path) || database_ == nullptr || database_->owners(*real).empty()) return false;
  if (!wrapped_.insert(*real).second) return true;
  rule_ = "helpers";
  Group group = group_for(path, fmt::format("the program that {} starts", source.name));
  collector_.add(group, path, path);
  if (group.files.empty()) return false;
  group.package = group.files[0].package;
  const Found program = group.files[0];
  group.is_needed = true;
  collector_.take_unlimited(std::move(group));
  collector_.note_program(program.source, program.size);
  return true;
}

/// Programs of the script's own name in folders of packages' own: what a wrapper that picks a version would start (psql
/// of PostgreSQL's). They are of a package of the script's or one that depends on it. The latest of several.
std::vector<std::string> Rules::programs_behind(const std::string& name, const std::vector<PackageId>& ids) {
  std::vector<std::string> out;
  for (const std::string_view ending : knowledge::wrapped_endings) {
    std::string latest;
    for (const auto& shipped : database_->find_by_base_name(name + std::string(ending))) {
      const PackageId id = shipped.first;
      const std::string path = root_.as_it_lies(shipped.second);
      const std::vector<PackageId> needs = database_->depends_of(id);
      const bool is_theirs = std::any_of(ids.begin(), ids.end(), [&](PackageId mine) {
        return mine == id || database_->package(mine).source == database_->package(id).source ||
               std::find(needs.begin(), needs.end(), mine) != needs.end();
      });
      if (!is_theirs || is_broad_folder(folder_name(path)) || is_left_out(path)) continue;
      if (root_.look(path).is_executable() && (latest.empty() || ::strverscmp(latest.c_str(), path.c_str()) < 0))
        latest = path;
    }
    if (!latest.empty()) out.push_back(latest);
  }
  return out;
}

void Rules::take_wrapped(const Script& script, const std::vector<PackageId>& ids, const Source& source) {
  if (database_ == nullptr) return;
  if (script.is_shells) {
    for (const std::string& path : script.paths) {
      if (!is_broad_folder(folder_name(path))) take_wrapped_program(path, source);
    }
    std::vector<std::string> in_place = knowledge::commands_in_its_place(script.text);
    in_place.insert(in_place.end(), script.in_place.begin(), script.in_place.end());
    for (const std::string& command : in_place) {
      const std::optional<std::string> path = command.starts_with('/') ? command : find_command(command);
      if (!path || *path == script.interpreter) continue;
      if (!take_wrapped_program(*path, source)) take_script_in_place(*path, source);
    }
  }
  if (ids.empty()) return;
  for (const std::string& path : programs_behind(source.name, ids)) take_wrapped_program(path, source);
}

/// A program that can start another in its own place alone, and names it by the path of a store: what wrappers are
/// there that need no shell (nixpkgs' make-binary-wrapper.sh). It is there for the other as a script would be.
void Rules::take_wrapped_by_program(const Subject& subject) {
  const auto calls_one_of = [&](const auto& calls) {
    return std::any_of(calls.begin(), calls.end(),
                       [&](const char* name) { return subject.evidence.imports.contains(name); });
  };
  if (!subject.is_named || !calls_one_of(knowledge::starting_calls) || calls_one_of(knowledge::forking_calls)) return;
  for (const NamedPath& named : subject.evidence.paths) {
    const std::string path = normal_path(named.text);
    const bool is_loaded = collector_.is_object(collector_.source_of(root_.real(path).value_or(path)));
    if (!named.parts.empty() || !names_its_package(path) || is_loaded) continue;
    if (!take_wrapped_program(path, subject.source)) take_script_in_place(path, subject.source);
  }
}

/// Another script that stands in for the script, of its own packages: as if it had been named itself (ps2pdf:
/// ps2pdf14).
void Rules::take_script_in_place(const std::string& path, const Source& source) {
  const std::optional<std::string> real = root_.real(path);
  if (!real || !root_.look(*real).is_executable() || !source.family->is_own(*real)) return;
  if (is_elf(*real) || refusal_by_place(path) || !named_scripts_.insert(*real).second) return;
  rule_ = "helpers";
  Group group = group_for(path, fmt::format("the script that {} starts", source.name));
  collector_.add(group, path, path);
  collector_.take(std::move(group));
  const Script script = read_script(*real, Weight::named);
  if (script.interpreter.empty()) return;
  Source next = source;
  next.name = printable(base_name(path));
  take_wrapped(script, database_->owners(*real), next);
  take_interpreter(script, next);
  if (script.is_shells) take_commands(script, next);
}

void Rules::take_by_cost(const std::string& why, std::vector<Group>&& programs, Collector::Room room,
                         std::optional<uint64_t> most) {
  std::vector<Collector::Left> outsized;
  std::erase_if(programs, [&](Group& program) {
    const uint64_t cost = collector_.cost(program);
    if (!most || cost <= *most) return false;
    outsized.push_back({std::move(program), cost});
    return true;
  });
  std::vector<Found> all;
  for (const Group& program : programs) all.insert(all.end(), program.files.begin(), program.files.end());
  Group whole = group_for(all.size() == 1 ? all[0].destination : common_folder(all), why, Strength::likely);
  std::vector<Collector::Left> left = collector_.take_cheapest(std::move(whole), std::move(programs), room);
  std::move(outsized.begin(), outsized.end(), std::back_inserter(left));
  std::erase_if(left, [&](const Collector::Left& one) {
    return collector_.has(one.plugin.path) || collector_.is_told(one.plugin.path);
  });
  if (left.empty()) return;
  std::vector<std::string> names, additions;
  uint64_t cost = 0;
  for (const Collector::Left& one : left) {
    names.push_back(fmt::format("{} {}", printable(base_name(one.plugin.path)), human_size(one.cost)));
    additions.push_back("--add " + shell_word(one.plugin.path));
    cost += one.cost;
  }
  collector_.hint(left[0].plugin.path,
                  fmt::format("{}: not added for the size, with what is needed: {}. {} if wanted", printable(why),
                              fmt::join(names, ", "), fmt::join(additions, " ")),
                  rule_, cost);
}

/// What a script of the shell runs of the machine's own commands.
void Rules::take_commands(const Script& script, const Source& source) {
  rule_ = "commands";
  std::set<std::string> wanted;
  const auto look_at = [&](std::string_view text) {
    for (const std::string& command : knowledge::commands_of(text)) {
      if (const std::optional<std::string> path = find_command(command)) wanted.insert(*path);
    }
  };
  look_at(script.text);
  for (const std::string& command : script.commands) {
    if (const std::optional<std::string> path = find_command(command)) wanted.insert(*path);
  }
  for (const std::string& text : script.texts) look_at(text);
  for (const std::string& path : script.paths) {
    if (is_in_program_folder(path) && is_broad_folder(folder_name(path)) && root_.look(path).is_executable())
      wanted.insert(path);
  }
  const std::string why = fmt::format("commands that {} runs", source.name);
  Group certain = group_for("", why, script.weight == Weight::lying ? Strength::likely : Strength::certain);
  std::vector<Group> others;
  for (const std::string& path : wanted) {
    if (path == script.interpreter) continue;
    // A command that is a script itself leads to others, and so on.
    const bool is_lying = script.weight == Weight::lying;
    if (is_lying && root_.look(path).size > short_script && !is_elf(root_.real(path).value_or(path))) continue;
    Group one = group_for(path, "a command that " + source.name + " runs");
    collector_.add(one, path, path);
    std::erase_if(one.files, [&](const Found& found) { return collector_.is_object(found.source); });
    if (one.files.empty()) continue;
    if (collector_.cost(one) <= small_command) {
      certain.files.push_back(std::move(one.files[0]));
    } else if (!is_lying) {
      others.push_back(std::move(one));
    }
  }
  certain.path = certain.files.size() == 1 ? certain.files[0].destination : common_folder(certain.files);
  collector_.take(std::move(certain));
  // Another finding: where the bundle is too large these go, and not the small ones.
  take_by_cost(fmt::format("larger commands that {} runs", source.name), std::move(others),
               script.weight == Weight::named ? Collector::Room::of_linked : Collector::Room::of_library);
}

/// The kernel starts it, and env(1) ahead of it.
void Rules::take_interpreter(const Script& script, const Source& source) {
  if (script.interpreter.empty()) return;
  if (script.weight == Weight::lying && !script.is_shells) return;
  rule_ = "commands";
  Group group = group_for(script.interpreter, fmt::format("the interpreter of the script {}", source.name));
  for (const std::string& path : {script.interpreter, script.env}) {
    if (!path.empty()) collector_.add(group, path, path);
  }
  collector_.take(std::move(group), script.is_shells ? std::nullopt : std::optional(options_.library_item_limit));
}

/// What it names of its own packages, and of the folder that it lies in.
void Rules::take_beside_script(const Script& script, const Source& source) {
  rule_ = "helpers";
  Group group = group_for("", fmt::format("named by {}", source.name));
  const std::string folder(folder_name(script.real));
  for (const std::string& path : script.paths) {
    if (path == script.real || root_.kind(path) != Is::file || is_in_library_folder(path)) continue;
    if (is_broad_folder(folder_name(path)) || is_left_out(path)) continue;
    if (folder_name(path) != folder && !source.family->is_own(path)) continue;
    collector_.add(group, path, path);
  }
  std::erase_if(group.files, [&](const Found& found) { return collector_.is_object(found.source); });
  for (const Found& found : group.files) by_scripts_.insert(found.source);
  group.path = group.files.size() == 1 ? group.files[0].destination : common_folder(group.files);
  take_named(std::move(group), source);
}

void Rules::follow_script(const Found& found, Weight weight) {
  const std::string real = root_.inside_of(found.source).value_or(found.source);
  const Script script = read_script(real, weight);
  if (script.interpreter.empty() || named_scripts_.contains(real)) return;
  std::vector<PackageId> ids;
  if (database_ != nullptr) ids = database_->owners(real);
  Source source;
  source.name = printable(base_name(found.destination));
  source.is_close = weight == Weight::started;
  source.is_unowned = ids.empty();
  source.family = &family_of(ids);
  take_interpreter(script, source);
  if (!script.is_shells) return;
  if (weight == Weight::started && !ids.empty()) take_beside_script(script, source);
  take_commands(script, source);
}

/// As of a script that lies there: which of its functions is called is known as it runs.
void Rules::take_commands_of_packed(const Found& found) {
  const std::string real = root_.inside_of(found.source).value_or(found.source);
  Script script;
  script.weight = Weight::lying;
  for (const std::string& path : programs_in_packed_code(collector_.open(real)->bytes())) script.paths.push_back(path);
  if (script.paths.empty()) return;
  Source source;
  source.name = printable(base_name(found.destination));
  take_commands(script, source);
}

void Rules::follow_scripts() {
  for (; followed_ < collector_.taken().size(); ++followed_) {
    const Found found = collector_.taken()[followed_];  // a copy: what is taken grows
    if (found.kind != Kind::data || !found.same_as.empty()) continue;
    if (!options_.enabled && found.rule != "trace") continue;
    take_helpers_of_settings(found);
    take_generated_beside(found);
    note_template(found);
    if (is_packed_code(found.destination)) take_commands_of_packed(found);
    if (found.mode != 0755 || is_left_out(found.destination)) continue;
    const bool is_first =
        found.rule == "helpers" || found.rule == "tools" || found.rule == "trace" || found.rule == "named-by-user";
    const bool is_started = is_first && !by_scripts_.contains(found.source) && found.size <= longest_starter;
    const bool is_lying =
        is_first || found.rule == "commands" || starters_folders_.contains(std::string(folder_name(found.destination)));
    if (is_started || is_lying) follow_script(found, is_started ? Weight::started : Weight::lying);
  }
  take_generated_by_name();
  take_of_templates();
}

}  // namespace bundle::discover
