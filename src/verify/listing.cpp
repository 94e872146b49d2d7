// See listing.h.
#include "verify/listing.h"

#include <optional>
#include <utility>

#include "base/error.h"
#include "base/parallel.h"
#include "elf/image.h"

namespace bundle::verify {

namespace {

/// Nothing when it is no ELF file, or one that no loader would take.
std::optional<elf::Image> image_of(const std::string& content, const std::string& path) {
  if (!elf::has_elf_magic(Bytes(content))) return std::nullopt;
  try {
    return elf::Image(Bytes(content), path, elf::Image::Sections::skip);
  } catch (const Error&) {
    return std::nullopt;
  }
}

report::ElfFacts facts_of(const elf::Image& image) {
  report::ElfFacts facts;
  facts.machine = elf::machine_name(image.header().e_machine);
  facts.interpreter = image.interpreter();
  facts.soname = image.soname();
  facts.rpath = image.rpath();
  facts.runpath = image.runpath();
  facts.needed = image.needed();
  try {
    const elf::VersionDefinitions definitions = image.version_definitions();
    for (const std::string_view name : definitions.names()) facts.defines.emplace_back(name);
  } catch (const Error&) {
    // A table that is damaged defines nothing for a loader either.
  }
  return facts;
}

/// In the words of a manifest, where they have one for it.
std::string kind_of(const std::optional<elf::Image>& image, const std::string& content) {
  if (image) return image->header().e_type == ET_DYN && !image->interpreter() ? "library" : "program";
  return elf::script_interpreter(Bytes(content)) ? "script" : "data";
}

const char* kind_of(Node node) {
  return node == Node::link ? "symlink" : node == Node::folder ? "folder" : "neither file nor folder";
}

}  // namespace

Listing::Listing(const Opened& bundle) {
  for (Told& told : manifests_of(bundle)) {
    report::ListedFile own;
    own.kind = "manifest";
    told_.emplace(report::manifest_spelling(told.at), std::move(own));
    for (report::ListedFile& file : told.manifest.files) {
      std::string path = told.folder + file.path;
      told_.emplace(std::move(path), std::move(file));
    }
  }
}

report::Content Listing::told(const OpenedFile& file) const {
  report::Content out;
  out.path = file.path;
  out.node = file.node;
  out.size = file.size;
  out.packed = file.packed;
  if (file.has_mode) out.mode = file.mode;
  if (!file.is_file()) {
    out.kind = kind_of(file.node);
    return out;
  }
  const auto at = told_.find(report::manifest_spelling(file.path));
  if (at == told_.end()) return out;
  out.kind = at->second.kind;
  out.why = at->second.why;
  out.source = at->second.source;
  out.package.name = at->second.package;
  out.package.version = at->second.version;
  return out;
}

void Listing::look_into(report::Content& file, const std::string& content) {
  const std::optional<elf::Image> image = image_of(content, file.path);
  if (image) file.elf = facts_of(*image);
  if (file.kind.empty()) file.kind = kind_of(image, content);
}

std::vector<report::Content> contents_of(const Opened& bundle, Look look) {
  const Listing contents(bundle);
  std::vector<report::Content> out;
  std::vector<const OpenedFile*> files;
  for (const OpenedFile& file : bundle.files()) {
    if (file.node == Node::folder) continue;
    out.push_back(contents.told(file));
    files.push_back(&file);
  }
  parallel_for(out.size(), default_jobs(), [&](size_t i) {
    if (!files[i]->is_file() || (look == Look::where_untold && !out[i].kind.empty())) return;
    Listing::look_into(out[i], bundle.content(*files[i]));
  });
  return out;
}

}  // namespace bundle::verify
