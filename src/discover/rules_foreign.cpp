// Programs that a program starts by a name that it holds, or that its settings hold: those of its own packages by a
// folder and a name that it joins, and those of other packages.
//
// A word says little, so of other packages only what speaks for itself counts: a full path of a program, a name that is
// known for a helper's (tar: "xz"; rsync: "ssh"), and the command in a row of a table of settings (ImageMagick's
// delegates.xml, mailcap), where the object starts programs at all. Each goes in by its own cost, and those of packages
// that its own recommend (ImageMagick's: ghostscript) while there is room for the program's own parts; a hint tells of
// the rest.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/printable.h"
#include "discover/rules.h"
#include "knowledge/calls.h"
#include "knowledge/shell.h"
#include "knowledge/started.h"

namespace bundle::discover {

namespace {

/// What one costs at most by itself, with all that it needs, where no more than a name speaks for it, and else: what is
/// more is the user's choice.
constexpr uint64_t most_of_name = 4'000'000, most_of_foreign = 15'000'000;

bool is_remote(std::string_view name) {
  const auto& known = knowledge::remote_names;
  return std::find(known.begin(), known.end(), name) != known.end();
}

bool starts_programs(const Evidence& evidence) {
  const auto& calls = knowledge::starting_calls;
  const auto imports = [&](const char* name) { return evidence.imports.contains(name); };
  return std::any_of(calls.begin(), calls.end(), imports) || imports("popen") || imports("system");
}

bool is_command_name(std::string_view word) {
  return word.size() >= 2 && std::all_of(word.begin(), word.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '+' || c == '.' || c == '/';
         });
}

/// The words of a row of a table of commands where a command stands: a row has a place for a file's name ("%i").
std::vector<std::string> commands_of_row(std::string row) {
  bool has_place = false;
  for (size_t at = row.find('%'); at != std::string::npos; at = row.find('%', at + 1)) {
    has_place = has_place || (at + 1 < row.size() && std::isalpha(static_cast<unsigned char>(row[at + 1])) != 0);
  }
  if (!has_place) return {};
  const size_t attribute = row.find(knowledge::command_attribute);
  if (attribute != std::string::npos) {
    row.erase(0, attribute + knowledge::command_attribute.size());
  } else if (row.find('<') != std::string::npos || row.starts_with('#')) {
    return {};
  }
  for (const std::string_view quote : {"&quot;", "&apos;", "\"", "'"}) {
    for (size_t at = row.find(quote); at != std::string::npos; at = row.find(quote, at))
      row.replace(at, quote.size(), " ");
  }
  std::vector<std::string> out;
  bool is_first = attribute == std::string::npos;  // mailcap's rows begin with a type
  for (const std::string& part : split(row, ";|`&")) {
    const size_t begin = part.find_first_not_of(" \t=");
    if (begin == std::string::npos || is_first) {
      is_first = false;
      continue;
    }
    const std::string word = part.substr(begin, part.find_first_of(" \t", begin) - begin);
    if (is_command_name(word) && word.find('=') == std::string::npos) out.push_back(word);
  }
  return out;
}

}  // namespace

/// Of its own packages: "/usr/lib/R" and "%s/bin/R".
void Rules::take_joined_helpers(const Subject& subject) {
  const Source& source = subject.source;
  if (!source.is_close || source.is_unowned || !source.family->is_known() || !starts_programs(subject.evidence)) return;
  std::vector<std::string> folders;
  for (const NamedPath& named : subject.evidence.paths) {
    std::string folder = normal_path(named.text);
    if (is_broad_folder(folder) || !root_.is_folder(folder) || !source.family->is_own(folder)) continue;
    starters_folders_.insert(folder);
    folders.push_back(std::move(folder));
  }
  const auto helpers = facts_.helpers.find(source.family);
  if (folders.empty() || helpers == facts_.helpers.end()) return;
  std::map<std::string, const Helper*, std::less<>> wanted;
  for (const Helper& helper : helpers->second) {
    for (const std::string& folder : folders) {
      if (!helper.path.starts_with(folder + "/") || helper.real == subject.evidence.path) continue;
      const std::string tail = helper.path.substr(folder.size());
      wanted.emplace("%s" + tail, &helper);
      if (tail.find('/', 1) != std::string::npos) {
        wanted.emplace(tail, &helper);
        wanted.emplace(tail.substr(1), &helper);
      }
    }
  }
  if (wanted.empty()) return;
  const std::shared_ptr<const MappedFile> file = collector_.open(subject.evidence.path);
  Group group = group_for("", fmt::format("programs that {} names", source.name));
  for_each_text(elf::Image(file->bytes(), subject.evidence.path), [&](std::string_view text) {
    const auto found = wanted.find(text);
    if (found != wanted.end()) collector_.add(group, found->second->path, found->second->path);
  });
  std::erase_if(group.files, [&](const Found& found) { return collector_.is_object(found.source); });
  group.path = group.files.size() == 1 ? group.files[0].destination : common_folder(group.files);
  take_named(std::move(group), source);
}

void Rules::take_foreign_helpers(const Subject& subject) {
  const Source& source = subject.source;
  if (!source.is_close || !starts_programs(subject.evidence)) return;
  starter_ = source.family;
  std::set<std::string> paths;
  for (const NamedPath& named : subject.evidence.paths) {
    const std::string path = normal_path(named.text);
    if (is_in_program_folder(path) && named.is_terminated) paths.insert(path);
  }
  const std::shared_ptr<const MappedFile> file = collector_.open(subject.evidence.path);
  if (file->bytes().size() <= knowledge::largest_of_words) {
    std::set<std::string_view> names;
    for_each_text(elf::Image(file->bytes(), subject.evidence.path), [&](std::string_view text) {
      const std::string_view command = text.substr(0, text.find(" -"));
      for (const std::string_view name : knowledge::helper_names) {
        if (!command.ends_with(name) || command.find_first_of(" /") != std::string_view::npos) continue;
        const size_t ahead = command.size() - name.size();
        const bool is_whole = ahead == 0;
        if (!is_whole && is_remote(name) && command[ahead - 1] != '+') continue;
        if (is_whole || (command[ahead - 1] != '.' && !find_command(command))) names.insert(name);
      }
    });
    // What the object itself links, it does by itself.
    std::erase_if(names, [&](std::string_view name) {
      const auto& needs = subject.object.needs;
      return std::any_of(needs.begin(), needs.end(),
                         [&](const Edge& edge) { return edge.name.starts_with("lib" + std::string(name)); });
    });
    for (const std::string_view name : names) {
      if (const std::optional<std::string> path = find_command(name)) paths.insert(*path);
    }
  }
  std::set<std::string> remote;
  std::copy_if(paths.begin(), paths.end(), std::inserter(remote, remote.end()),
               [](const std::string& path) { return is_remote(base_name(path)); });
  for (const std::string& path : remote) paths.erase(path);
  take_foreign(paths, source.name, *source.family, most_of_name);
  take_foreign(remote, source.name, *source.family, most_of_foreign);
}

void Rules::take_foreign(const std::set<std::string>& paths, const std::string& by, const Family& family,
                         uint64_t most) {
  if (database_ == nullptr || paths.empty()) return;
  rule_ = "helpers";
  std::set<PackageId> recommended;
  for (const PackageId id : family.inner()) {
    for (const PackageId other : database_->recommends_of(id)) recommended.insert(other);
  }
  std::vector<Group> programs, usual;
  std::map<std::string, std::vector<PackageId>> owners;  // of the usual ones, by their paths
  for (const std::string& path : paths) {
    if (!root_.look(path).is_executable() || collector_.has(path)) continue;
    const std::string real = root_.real(path).value_or(path);
    const std::vector<PackageId> ids = database_->owners(real);
    const bool is_not_meant = std::any_of(ids.begin(), ids.end(), [&](PackageId id) {
      return family.contains(id) || database_->record(id).role == packages::Role::development || is_compiler({id});
    });
    if (ids.empty() || is_not_meant || knowledge::is_shell(base_name(real)) || !is_elf(real)) continue;
    Group one = group_for(path, "program that " + by + " names");
    collector_.add(one, path, path);
    std::erase_if(one.files, [&](const Found& found) { return collector_.is_object(found.source); });
    if (one.files.empty()) continue;
    const bool is_usual = std::any_of(ids.begin(), ids.end(), [&](PackageId id) { return recommended.contains(id); });
    if (is_usual) owners.emplace(path, ids);
    (is_usual ? usual : programs).push_back(std::move(one));
  }
  // Those first of which one alone may cost too much: what the others bring along makes it no more wanted.
  take_by_cost(fmt::format("programs of other packages that {} names", by), std::move(programs),
               Collector::Room::of_linked, most);
  take_by_cost(fmt::format("programs that {} names, of packages that its own recommend", by), std::move(usual),
               Collector::Room::of_program, std::nullopt);
  // What is meant to be there works as it does by itself: with its data.
  for (const auto& [path, ids] : owners) {
    if (!collector_.has(path)) continue;
    const Family& theirs = family_of(ids);
    std::vector<Family::File> files = theirs.inner_files();
    std::erase_if(
        files, [&](const Family::File& file) { return database_->record(file.package).role != packages::Role::data; });
    add_packages(files, theirs, "of the package of " + printable(base_name(path)), Strength::certain, std::nullopt);
  }
}

/// A table of commands among the settings of what starts programs.
void Rules::take_helpers_of_settings(const Found& found) {
  constexpr uint64_t most = 100'000;
  if (starter_ == nullptr || found.size > most || found.mode == 0755) return;
  const bool is_setting = found.rule == "settings" || found.destination.starts_with("/etc/");
  if (!is_setting && !base_name(found.destination).starts_with(knowledge::name_of_tables)) return;
  const std::string path = root_.inside_of(found.source).value_or(found.source);
  std::set<std::string> paths;
  for (const std::string& row : split(root_.read(path).value_or(""), "\n")) {
    for (const std::string& command : commands_of_row(row)) {
      if (command.starts_with('/') && is_in_program_folder(command)) paths.insert(command);
      if (command.find('/') != std::string::npos) continue;
      if (const std::optional<std::string> there = find_command(command)) paths.insert(*there);
    }
  }
  if (!paths.empty()) take_foreign(paths, printable(base_name(found.destination)), *starter_, most_of_foreign);
}

}  // namespace bundle::discover
