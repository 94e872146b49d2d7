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
#include "pack/archive.h"
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

}  // namespace

void check_limit(const BundleOptions& options, const Plan& plan, const std::vector<Finding>& found,
                 const Contents& contents) {
  if (contents.unpacked_bytes > report::lambda_limit && !options.force && !options.dry_run) {
    throw Error(Exit::limit, "", report::render_over_limit(plan, contents.sizes, found, contents.unpacked_bytes));
  }
}

uint64_t write_output(const BundleOptions& options, const Output& output, const Plan& plan, const Contents& contents,
                      unsigned jobs) {
  std::vector<pack::Entry> entries;
  for (size_t i = 0; i < plan.items.size(); ++i) {
    entries.push_back({plan.items[i].path, plan.items[i].mode, contents.pieces[i]});
  }
  report::Progress bar(output.is_folder ? "writing" : "packing", options.progress);
  pack::Settings settings;
  settings.level = options.level;
  settings.jobs = jobs;
  settings.time = archive_time();
  settings.progress = [&bar](uint64_t done, uint64_t total) { bar.update(done, total); };
  if (output.is_folder) {
    AtomicFolder folder(output.path);
    try {
      pack::write_folder(folder.path(), entries, settings);
    } catch (Error& error) {
      error.rename_folder(folder.path(), output.path);  // what is left of it when the user reads this
      throw;
    }
    check_output(output, options.force);  // minutes may have gone by, in which somebody put something into it
    folder.commit(options.force);
    return 0;
  }
  AtomicFile file(output.path);
  const uint64_t size = pack::write_zip(file, std::move(entries), settings);
  file.commit(options.force);
  return size;
}

}  // namespace bundle::run
