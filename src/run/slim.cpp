// See slim.h.
#include "run/slim.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/human_size.h"
#include "elf/format.h"
#include "plan/target.h"
#include "report/summary.h"
#include "run/trim.h"

namespace bundle::run {

namespace {

constexpr uint64_t e_machine_at = 18;

/// What an output of it has to know, as its first manifest tells it.
struct Told {
  const plan::Target* target = nullptr;
  pack::About about;
};

Told told_of(const std::vector<pack::Entry>& entries) {
  Told told;
  pack::About& about = told.about;
  for (const pack::Entry& entry : entries) {
    const std::optional<std::string> folder = report::folder_of_manifest(entry.path);
    if (!folder) continue;
    const std::optional<report::Manifest> manifest = report::parse_manifest(entry.content.to_string());
    if (!manifest || !report::is_in_its_place(*manifest, entry.path)) continue;
    const std::string& below = *folder;
    for (const report::ListedProgram& program : manifest->programs) {
      about.programs.push_back({program.name, below + program.launcher});
    }
    if (!about.name.empty() || manifest->programs.empty()) continue;
    about.name = manifest->name;
    about.root = manifest->prefix;
    if (!below.empty() && about.root.ends_with("/" + below.substr(0, below.size() - 1))) {
      about.root.resize(about.root.size() - below.size());
    }
    about.root = normal_path(about.root.empty() ? "/" : about.root);
    told.target = manifest->target.empty() ? &plan::default_target() : plan::find_target(manifest->target);
    const std::string home(folder_name(entry.path.substr(below.size())));
    about.entry = below + (told.target != nullptr ? told.target->launcher(0, manifest->programs.front().name, home)
                                                  : manifest->programs.front().launcher);
  }
  for (const pack::Entry& entry : entries) {
    std::string scratch;
    if (entry.path != about.entry || entry.content.size() < e_machine_at + 2) continue;
    about.machine = entry.content.read(0, e_machine_at + 2, scratch).read<uint16_t>(e_machine_at);
  }
  return told;
}

}  // namespace

report::Record read_record(const std::string& path) {
  const std::optional<std::string> text = read_file(path);
  if (!text) throw Error(Exit::usage, path, "does not exist. Name a file that `bundle slim --record` wrote");
  return report::parse_record(*text, path);
}

std::optional<report::Record> wanted_record(const BundleOptions& options) {
  if (options.only_used.empty()) return std::nullopt;
  return read_record(options.only_used);
}

void trim_to_record(Plan& plan, Contents& contents, const report::Record& record) {
  const std::vector<pack::Entry> before = entries_of(plan, contents);
  std::map<std::string, size_t> index;
  for (size_t i = 0; i < before.size(); ++i) index[before[i].path] = i;
  Trimmed trimmed = trim(before, record);
  std::vector<Item> items;
  Contents left;
  left.notes = std::move(contents.notes);
  for (pack::Entry& entry : trimmed.entries) {
    const auto at = index.find(entry.path);
    Item item;
    std::shared_ptr<const MappedFile> file;
    if (at != index.end()) {
      item = std::move(plan.items[at->second]);
      file = std::move(contents.files[at->second]);
    } else {
      item.path = plan.folder.empty() ? entry.path : entry.path.substr(plan.folder.size() + 1);
      item.mode = entry.mode;
      item.why = entry.path.ends_with('/') ? "a folder that a run asked for" : "names what --only-used left out";
    }
    if (file) left.source_bytes += file->bytes().size();
    left.sizes.push_back(entry.content.size());
    left.unpacked_bytes += entry.content.size();
    left.files.push_back(std::move(file));
    left.pieces.push_back(std::move(entry.content));
    left.facts.push_back({left.sizes.back(), ""});
    items.push_back(std::move(item));
  }
  const report::Savings& savings = trimmed.savings;
  left.notes.push_back(fmt::format("--only-used leaves {} of {} files and {} of {}", savings.files_after,
                                   savings.files_before, human_size(savings.size_after),
                                   human_size(savings.size_before)));
  for (std::string& note : trimmed.savings.notes) left.notes.push_back(std::move(note));
  plan.items = std::move(items);
  contents = std::move(left);
}

std::vector<pack::Entry> entries_in(const std::string& folder, std::vector<std::shared_ptr<const MappedFile>>& files) {
  std::vector<pack::Entry> entries;
  Walk walk;
  walk.each = [&](const std::string& whole, Node node) {
    std::string path = whole.substr(folder.size() + 1);
    if (node == Node::file) {
      files.push_back(MappedFile::open(whole));
      entries.push_back({std::move(path), files.back()->mode() & 07777U, Pieces::of_span(files.back()->bytes())});
      return true;
    }
    if (node != Node::folder) {
      throw Error(Exit::cannot_bundle, path, "is neither file nor folder, and no bundle of ours holds such a thing");
    }
    const std::optional<struct stat> status = status_of(whole);
    entries.push_back({path + "/", status ? status->st_mode & 07777U : 0755, {}});
    return true;
  };
  walk.unreadable = [](const std::string& path, int error_number) {
    throw system_error(path, "cannot be read", error_number);
  };
  walk_folder(folder, walk);
  // A folder with something in it is there by that; what is left are those that are empty.
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  std::vector<pack::Entry> out;
  for (size_t i = 0; i < entries.size(); ++i) {
    const bool is_filled =
        i + 1 < entries.size() && entries[i].path.ends_with('/') && entries[i + 1].path.starts_with(entries[i].path);
    if (!is_filled) out.push_back(std::move(entries[i]));
  }
  return out;
}

Slimmed write_slimmed(std::vector<pack::Entry> entries, const report::Record& record, const Output& output,
                      const Writing& writing) {
  Told told = told_of(entries);
  Trimmed trimmed = trim(std::move(entries), record);
  Slimmed slimmed;
  slimmed.savings = std::move(trimmed.savings);
  if (told.target != nullptr && slimmed.savings.size_after > told.target->unpacked_limit) {
    slimmed.savings.notes.push_back(fmt::format("it is still {} more than the {} bytes that {} allows for {}",
                                                human_size(slimmed.savings.size_after - told.target->unpacked_limit),
                                                report::grouped(told.target->unpacked_limit), told.target->service,
                                                told.target->limited));
  }
  slimmed.packed = write_entries(writing, output, std::move(trimmed.entries), std::move(told.about));
  return slimmed;
}

}  // namespace bundle::run
