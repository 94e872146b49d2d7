// See contents.h.
#include "verify/contents.h"

#include <algorithm>

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "elf/image.h"

namespace bundle::verify {

namespace {

constexpr size_t longest_start = 256, longest_script = 4096;

/// By its name: what a loader may come upon, and then says why it cannot take it.
bool may_be_looked_for(const std::string& path) { return base_name(path).find(".so") != std::string_view::npos; }

Content read_one(const Opened& bundle, const OpenedFile& file, Scratch& scratch) {
  Content content;
  Sha256 digest;
  bool is_kept = false;
  try {
    bundle.read(file, [&](Bytes piece) {
      check_interrupted();
      digest.add(piece);
      if (content.size == 0) {
        content.is_elf = elf::has_elf_magic(piece);
        is_kept = content.is_elf || may_be_looked_for(file.path);
      }
      const size_t wanted = content.is_script() || piece.text().starts_with("#!") ? longest_script : longest_start;
      if (content.start.size() < wanted) content.start += piece.text().substr(0, wanted - content.start.size());
      content.size += piece.size();
      if (is_kept) scratch.write(piece);
    });
    content.is_read = true;
    content.sha256 = digest.hex();
  } catch (const Error& error) {
    if (error.kind() == Exit::machine) throw;
    content.damage = error.sentence();
    scratch.drop();
    return content;
  }
  if (is_kept || may_be_looked_for(file.path)) content.kept = scratch.finish();
  return content;
}

}  // namespace

std::vector<Content> read_contents(const Opened& bundle, Scratch& scratch, uint64_t budget) {
  std::vector<Content> all(bundle.files().size());
  for (size_t i = 0; i < all.size(); ++i) {
    const OpenedFile& file = bundle.files()[i];
    if (!file.is_file() || file.size > budget) continue;
    budget -= file.size;
    all[i] = read_one(bundle, file, scratch);
  }
  return all;
}

}  // namespace bundle::verify
