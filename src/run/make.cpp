// See make.h.
#include "run/make.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <optional>

#include "base/digest.h"
#include "base/error.h"
#include "base/parallel.h"
#include "elf/image.h"
#include "launch/launch.h"
#include "launch/redirect_table.h"
#include "launch/runtime_client.h"
#include "plan/layout.h"
#include "report/progress.h"
#include "rewrite/rewrite.h"
#include "rewrite/self.h"
#include "run/font_cache.h"

namespace bundle::run {

namespace {

constexpr size_t sha256_digits = 64;  // of a manifest of the same size

/// What one item gave.
struct Made {
  Pieces content;
  std::string refusal;  // why a program is in the bundle as it was, to be started in process everywhere
};

/// Whether it is where its launcher would be.
bool starts_by_itself(const Plan& plan, const Item& item) {
  return std::any_of(plan.programs.begin(), plan.programs.end(), [&](const Program& program) {
    return program.program == item.path && program.launcher == item.path;
  });
}

Made rewritten(const MappedFile& file, const Item& item, bool starts_by_itself) {
  const elf::Image image(file.bytes(), file.path());
  std::variant<rewrite::Rewritten, rewrite::Refusal> result = rewrite::rewrite(image, item.edit);
  if (auto* done = std::get_if<rewrite::Rewritten>(&result)) return {std::move(done->content), ""};
  const auto& refusal = std::get<rewrite::Refusal>(result);
  // Only a launcher can start a program that does not name the bundle's loader, and in its process the heap is
  // elsewhere.
  const bool can_be_launched =
      item.kind == Kind::program && !starts_by_itself && refusal.reason != rewrite::Refusal::Reason::dumped_heap;
  if (!can_be_launched) throw Error(Exit::cannot_bundle, file.path(), refusal.sentence);
  // The launcher tells the loader of the run path and the redirect library, and of nothing else.
  if (!item.edit.rename_needed.empty() || !item.edit.remove_needed.empty()) {
    throw Error(Exit::cannot_bundle, file.path(),
                fmt::format("{}, and it asks for {} by a name that no file in a bundle can have. Link it with that "
                            "library by its SONAME, or with GNU ld, which leaves room for edits",
                            refusal.sentence, printable(item.edit.rename_needed.begin()->first)));
  }
  if (refusal.reason == rewrite::Refusal::Reason::payload_at_end && item.edit.add_needed.empty()) {
    throw Error(Exit::cannot_bundle, file.path(),
                refusal.sentence + ", and nothing in the bundle could lead it to them. Bundle it by a call of its own");
  }
  return {Pieces::of_span(file.bytes()),
          refusal.sentence + ". It is left as it was, and its launcher starts it in process"};
}

/// A launcher's content: its own bytes, and where its program may ask the kernel for the end of /proc/self/exe, which
/// is the launcher in process, what stands at the program's end too, if possible at the same place.
Pieces with_payload(std::string launcher, const std::optional<rewrite::Payload>& payload, Bytes program) {
  Pieces content;
  const uint64_t length = launcher.size();
  content.append_text(std::move(launcher));
  if (!payload) return content;
  if (length < payload->offset) content.append_text(std::string(payload->offset - length, '\0'));
  content.append_span(program.slice(payload->offset, payload->size));
  return content;
}

/// What the launchers of the program in `file` have to carry.
std::optional<rewrite::Payload> carried_payload(const MappedFile& file) {
  const elf::Image image(file.bytes(), file.path());
  const rewrite::Payload payload = rewrite::payload_of(image);
  return payload.size > 0 && rewrite::may_call_kernel(image) ? std::optional(payload) : std::nullopt;
}

/// The client of the target's runtime, if `item` is that: what runs the one program that is named, by its launcher.
std::optional<Pieces> client_content(const Plan& plan, const Item& item) {
  const Program* named = nullptr;
  for (const Program& program : plan.programs) {
    if (program.launcher == item.path) return std::nullopt;
    if (!program.is_helper) named = &program;
  }
  if (named == nullptr) return std::nullopt;
  return Pieces::of_text(launch::make_runtime_client(named->machine, named->launcher));
}

/// The program that a launcher of the plan starts.
const Program& launched_by(const Plan& plan, const Item& item) {
  const auto program = std::find_if(plan.programs.begin(), plan.programs.end(),
                                    [&](const Program& candidate) { return candidate.launcher == item.path; });
  if (program == plan.programs.end()) throw Error(Exit::machine, item.path, "is a launcher that starts no program");
  return *program;
}

/// `first_needed`: what the program's edit adds, which the launcher has to see to where the edit was refused.
std::string launcher_for(const Plan& plan, const Item& item, const std::string& first_needed,
                         const std::vector<std::string>& unwritten) {
  const Program* const program = &launched_by(plan, item);
  launch::Settings settings;
  settings.prefix = plan.prefix;
  settings.program = program->program;
  settings.loader = program->loader;
  settings.libraries = program->libraries;
  settings.argv0 = program->argv0;
  if (program->script.empty() && !program->argv0.empty()) settings.instead_of = base_name(program->launcher);
  settings.arguments = program->arguments;
  settings.environment = program->environment;
  settings.depth = static_cast<unsigned>(std::count(item.path.begin(), item.path.end(), '/'));
  settings.musl = program->is_musl;
  settings.runpath = program->runpath;
  settings.never_exec = std::find(unwritten.begin(), unwritten.end(), program->program) != unwritten.end();
  if (settings.never_exec) settings.first_needed = first_needed;
  return launch::make_launcher(program->machine, settings);
}

Pieces launcher_content(const Plan& plan, const Item& item, const Contents& contents,
                        const std::vector<std::string>& unwritten) {
  if (std::optional<Pieces> client = client_content(plan, item)) return std::move(*client);
  const std::string& path = launched_by(plan, item).program;
  const auto program = std::lower_bound(plan.items.begin(), plan.items.end(), path,
                                        [](const Item& a, const std::string& b) { return a.path < b; });
  const std::vector<std::string>& added = program->edit.add_needed;
  std::string launcher = launcher_for(plan, item, added.empty() ? "" : added.front(), unwritten);
  const MappedFile& file = *contents.files[static_cast<size_t>(program - plan.items.begin())];
  return with_payload(std::move(launcher), carried_payload(file), file.bytes());
}

std::string redirection_for(const Plan& plan, const Item& item, const std::vector<std::string>& unwritten) {
  if (base_name(item.path) == redirect_library_name)
    return std::string(launch::redirect_library(plan.redirect_machine));
  launch::RedirectSettings settings;
  settings.prefix = plan.prefix;
  settings.home = plan.home;
  settings.prefer_target = plan.prefer_target;
  settings.environment = plan.redirect_environment;
  for (const Program& program : plan.programs) {
    if (program.launcher.empty() || program.launcher == program.program) continue;
    settings.launchers.emplace_back(program.launcher, program.script.empty() ? program.program : program.script);
  }
  std::vector<Redirect> redirects = plan.redirects;
  for (Redirect& redirect : redirects) {
    redirect.always_start =
        redirect.kind == Redirect::Kind::program &&
        std::find(unwritten.begin(), unwritten.end(), plan.home + "/root" + redirect.path) != unwritten.end();
  }
  return launch::make_redirect_table(redirects, settings);
}

}  // namespace

Contents make_contents(const BundleOptions& options, const Plan& plan, const machine::Root& root, unsigned jobs) {
  report::Progress bar("reading", options.progress);
  Contents contents;
  const size_t count = plan.items.size();
  contents.files.resize(count);
  contents.pieces.resize(count);
  contents.sizes.resize(count);
  contents.facts.resize(count);
  std::vector<std::string> refusals(count);
  std::atomic<size_t> done{0};
  const auto keep = [&](size_t i, Pieces content) {
    contents.facts[i] = {content.size(), options.dry_run ? std::string(sha256_digits, '0') : sha256_hex(content)};
    contents.pieces[i] = std::move(content);
    bar.update(++done, count);
  };
  parallel_for(count, jobs, [&](size_t i) {
    const Item& item = plan.items[i];
    if (item.source.empty()) return;
    contents.files[i] = root.map_source(item.source);
    const MappedFile& file = *contents.files[i];
    Made made = item.edit.empty() ? Made{Pieces::of_span(file.bytes()), ""}
                                  : rewritten(file, item, starts_by_itself(plan, item));
    if (is_font_settings(plan, item)) made.content = Pieces::of_text(with_font_cache(file.bytes().text(), plan));
    refusals[i] = std::move(made.refusal);
    keep(i, std::move(made.content));
  });
  // From here on it is known which programs could not be rewritten: their launchers start them in process everywhere.
  std::vector<std::string> unwritten;
  for (size_t i = 0; i < count; ++i) {
    if (contents.files[i]) contents.source_bytes += contents.files[i]->bytes().size();
    if (refusals[i].empty()) continue;
    unwritten.push_back(plan.items[i].path);
    contents.notes.push_back(fmt::format("{} {}", printable(base_name(plan.items[i].path)), refusals[i]));
  }
  std::optional<size_t> manifest;
  for (size_t i = 0; i < count; ++i) {
    const Item& item = plan.items[i];
    if (item.kind == Kind::launcher) keep(i, launcher_content(plan, item, contents, unwritten));
    if (item.kind == Kind::redirect) keep(i, Pieces::of_text(redirection_for(plan, item, unwritten)));
    if (item.kind == Kind::manifest) manifest = i;
  }
  if (manifest) contents.pieces[*manifest] = Pieces::of_text(report::render_manifest(plan, contents.facts));
  for (size_t i = 0; i < count; ++i) {
    contents.sizes[i] = contents.pieces[i].size();
    contents.unpacked_bytes += contents.sizes[i];
  }
  return contents;
}

}  // namespace bundle::run
