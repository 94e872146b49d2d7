// See bundle.h. Each step is a function elsewhere; what holds from a step on is said behind it.
#include "run/bundle.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/parallel.h"
#include "packages/installed.h"
#include "plan/target.h"
#include "run/fit.h"
#include "run/lay_out.h"
#include "run/make.h"
#include "run/notes.h"
#include "run/output.h"
#include "run/owners.h"
#include "run/programs.h"
#include "run/slim.h"
#include "run/target_has.h"
#include "run/why.h"
#include "run/write.h"

namespace bundle::run {

namespace {

/// More threads than that are of no use to anyone, and some machines refuse them.
constexpr unsigned most_jobs = 256;

}  // namespace

report::Summary bundle_programs(const BundleOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const unsigned jobs = std::min(options.jobs > 0 ? options.jobs : default_jobs(), most_jobs);
  const std::optional<Output> output = wanted_output(options);
  const plan::Target& target = options.target != nullptr ? *options.target : usual_target(output);
  const std::optional<report::Record> record = wanted_record(options);
  // From here on the output, where there is to be one, may be written.

  resolve::Resolver resolver(resolver_options(options));
  packages::Installed installed(resolver.root());
  std::vector<plan::NamedProgram> programs = resolve_programs(options, resolver, installed);
  const std::string& first = programs.front().closure.objects.front().real_path;
  const packages::Database* const packages = installed.behind(resolver.root().inside_of(first).value_or(first));
  // From here on every DT_NEEDED of every program has an answer.

  // Who goes over the limit on purpose wants all of it.
  // With a record it is that which says what goes in, and the limit is asked of what it leaves.
  const uint64_t limit = options.force || record ? UINT64_MAX : target.unpacked_limit;
  Followed followed = follow_within(options, limit, programs, resolver, packages);
  const std::vector<LeftToTarget> left = leave_to_target(programs, followed, resolver);
  // From here on it is known what goes in, and each program or library of it with all that it needs.

  Plan plan = lay_out(options, target, resolver.root(), programs, followed, left);
  if (output) check_inputs(*output, plan);
  name_packages(plan, installed);
  if (options.recording) {
    for (const Item& item : plan.items) options.recording->add_read(item.source);
  }
  // From here on every file has its place, and what leads to it.

  Contents contents = make_contents(options, plan, resolver.root(), jobs);
  if (record) trim_to_record(plan, contents, *record);
  check_limit(options, plan, followed.findings, contents);
  std::vector<std::string> notes =
      notes_of(options, plan, resolver.root(), programs, followed, contents, packages != nullptr);
  // From here on the bundle is known byte for byte, and only writing it can fail.

  report::Summary summary;
  summary.totals.sources = contents.source_bytes;
  summary.totals.unpacked = contents.unpacked_bytes;
  if (!options.dry_run) {
    summary.output = options.output;
    summary.totals.packed = write_output(options, *output, plan, contents, jobs);
    for (std::string& note : notes_of_upload(*output, plan, summary.totals.packed)) notes.push_back(std::move(note));
  }
  summary.answers = explain(options, plan, contents.sizes, programs, followed, resolver, installed);
  summary.plan = std::move(plan);
  summary.sizes = std::move(contents.sizes);
  summary.found = std::move(followed.findings);
  summary.hints = lines_of(followed.hints);
  summary.notes = std::move(notes);
  summary.totals.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return summary;
}

}  // namespace bundle::run
