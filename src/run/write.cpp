// See write.h.
#include "run/write.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/say.h"
#include "pack/format.h"
#include "plan/target.h"
#include "report/progress.h"
#include "report/summary.h"

namespace bundle::run {

namespace {

/// The time of all entries: the first that a zip can say, or SOURCE_DATE_EPOCH
/// (reproducible-builds.org/specs/source-date-epoch).
int64_t archive_time() {
  const char* text = std::getenv("SOURCE_DATE_EPOCH");
  if (text == nullptr || *text == '\0') return pack::zip_epoch;
  int64_t value = 0;
  const char* end = text + std::strlen(text);
  const auto [stopped, error] = std::from_chars(text, end, value);
  if (error != std::errc() || stopped != end || value < 0) {
    throw Error(Exit::usage, "",
                fmt::format("SOURCE_DATE_EPOCH is '{}', which is not a number of seconds. Set it to one, or unset it",
                            printable(text)));
  }
  return value;
}

/// What an installer or an image says of the bundle.
pack::About about(const BundleOptions& options, const Plan& plan) {
  pack::About about;
  about.name = plan.name;
  const std::string below = plan.folder.empty() ? "" : plan.folder + "/";
  about.root = plan.prefix;
  if (!plan.folder.empty()) about.root.resize(plan.prefix.size() - plan.folder.size());
  about.root = normal_path(about.root);
  for (const Program& program : plan.programs) {
    if (program.is_helper) continue;
    if (about.programs.empty()) about.machine = program.machine;
    about.programs.push_back({program.name, below + program.launcher});
    if (about.entry.empty()) about.entry = about.programs.front().path;
  }
  if (!options.handler.empty()) about.entry = below + plan.target->launcher(0, about.programs.front().name, plan.home);
  about.image_environment = options.image_environment;
  about.image_user = options.image_user;
  return about;
}

void to_standard_output(std::string_view data) {
  if (send_bytes(data)) return;
  check_interrupted();  // SIGPIPE: who read it has gone, and wants no message
  throw Error(Exit::machine, "", "standard output cannot be written to its end",
              "Free space where it is sent, or send it elsewhere");
}

}  // namespace

std::vector<std::string> notes_of_upload(const Output& output, const Plan& plan, uint64_t packed) {
  const plan::Target& target = *plan.target;
  if (output.format->name != "zip" || packed <= target.packed_limit) return {};
  return {fmt::format("the zip is {} bytes, more than the {} that {} takes in an upload: {}", report::grouped(packed),
                      report::grouped(target.packed_limit), target.service, target.over_packed)};
}

void check_limit(const BundleOptions& options, const Plan& plan, const std::vector<Finding>& found,
                 const Contents& contents) {
  if (contents.unpacked_bytes > plan.target->unpacked_limit && !options.force && !options.dry_run) {
    throw Error(Exit::limit, "", report::render_over_limit(plan, contents.sizes, found, contents.unpacked_bytes));
  }
}

std::vector<pack::Entry> entries_of(const Plan& plan, const Contents& contents) {
  std::vector<pack::Entry> entries;
  for (size_t i = 0; i < plan.items.size(); ++i) {
    const std::string& path = plan.items[i].path;
    entries.push_back({plan.folder.empty() ? path : plan.folder + "/" + path, plan.items[i].mode, contents.pieces[i]});
  }
  return entries;
}

uint64_t write_entries(const Writing& writing, const Output& output, std::vector<pack::Entry> entries,
                       pack::About about) {
  report::Progress bar(output.is_folder() ? "writing" : "packing", writing.progress);
  pack::Load load;
  load.entries = std::move(entries);
  load.about = std::move(about);
  pack::Settings& settings = load.settings;
  settings.level = writing.level;
  settings.jobs = writing.jobs;
  settings.time = archive_time();
  settings.progress = [&bar](uint64_t done, uint64_t total) { bar.update(done, total); };
  const pack::Format& format = *output.format;
  uint64_t size = 0;
  if (output.is_folder()) {
    AtomicFolder folder(output.path);
    try {
      size = format.folder(folder.path(), std::move(load));
    } catch (Error& error) {
      error.rename_folder(folder.path(), output.path);  // what is left of it when the user reads this
      throw;
    }
    check_output(output, writing.force);  // minutes may have gone by, in which somebody put something into it
    folder.commit(writing.force);
    return size;
  }
  if (output.is_stream()) return format.stream(to_standard_output, std::move(load));
  AtomicFile file(output.path, format.mode);
  size = format.file != nullptr ? format.file(file, std::move(load))
                                : format.stream([&file](std::string_view data) { file.write(data); }, std::move(load));
  file.commit(writing.force);
  return size;
}

uint64_t write_output(const BundleOptions& options, const Output& output, const Plan& plan, const Contents& contents,
                      unsigned jobs) {
  return write_entries({options.level, jobs, options.force, options.progress}, output, entries_of(plan, contents),
                       about(options, plan));
}

}  // namespace bundle::run
