#include "cli/contents.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "base/digest.h"
#include "base/error.h"
#include "base/parallel.h"
#include "elf/image.h"
#include "launch/launch.h"
#include "rewrite/rewrite.h"

namespace bundle::cli {

namespace {

Pieces rewritten(const MappedFile& file, const Item& item) {
  const elf::Image image(file.bytes(), file.path());
  std::variant<rewrite::Rewritten, rewrite::Refusal> result = rewrite::rewrite(image, item.edit);
  if (const auto* refusal = std::get_if<rewrite::Refusal>(&result)) {
    throw Error(Exit::cannot_bundle, file.path(), refusal->sentence);
  }
  return std::move(std::get<rewrite::Rewritten>(result).content);
}

std::string launcher_for(const Plan& plan, const Item& item) {
  const auto program = std::find_if(plan.programs.begin(), plan.programs.end(),
                                    [&](const Program& candidate) { return candidate.launcher == item.path; });
  if (program == plan.programs.end()) throw Error(Exit::machine, item.path, "is a launcher that starts no program");
  launch::Settings settings;
  settings.prefix = plan.prefix;
  settings.program = program->program;
  settings.loader = program->loader;
  settings.libraries = program->libraries;
  return launch::make_launcher(program->machine, settings);
}

}  // namespace

Contents make_contents(const Plan& plan, unsigned jobs, const std::function<void(uint64_t, uint64_t)>& progress) {
  Contents contents;
  const size_t count = plan.items.size();
  contents.files.resize(count);
  contents.pieces.resize(count);
  contents.sizes.resize(count);
  contents.facts.resize(count);
  size_t manifest = count;
  std::atomic<size_t> done{0};
  std::atomic<uint64_t> source_bytes{0};
  parallel_for(count, jobs, [&](size_t i) {
    const Item& item = plan.items[i];
    if (item.kind == Kind::manifest) return;
    if (item.kind == Kind::launcher) {
      contents.pieces[i] = Pieces::of_text(launcher_for(plan, item));
    } else if (item.source.empty()) {
      contents.pieces[i] = Pieces::of_text(item.content);
    } else {
      contents.files[i] = MappedFile::open(item.source);
      const MappedFile& file = *contents.files[i];
      source_bytes += file.bytes().size();
      contents.pieces[i] = item.edit.empty() ? Pieces::of_span(file.bytes()) : rewritten(file, item);
    }
    contents.facts[i] = {contents.pieces[i].size(), sha256_hex(contents.pieces[i])};
    progress(++done, count);
  });
  for (size_t i = 0; i < count; ++i) {
    if (plan.items[i].kind == Kind::manifest) manifest = i;
  }
  if (manifest != count) {
    contents.pieces[manifest] = Pieces::of_text(report::render_manifest(plan, contents.facts));
  }
  for (size_t i = 0; i < count; ++i) {
    contents.sizes[i] = contents.pieces[i].size();
    contents.unpacked_bytes += contents.sizes[i];
  }
  contents.source_bytes = source_bytes;
  return contents;
}

}  // namespace bundle::cli
