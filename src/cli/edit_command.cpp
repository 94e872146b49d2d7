// What `bundle edit` does with each file. Its options are in edit_options.cpp.
#include "cli/edit_command.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/rights.h"
#include "base/say.h"
#include "cli/each_named.h"
#include "cli/options.h"
#include "rewrite/rewrite.h"
#include "run/named_file.h"

namespace bundle::cli {

namespace {

constexpr size_t longest_value = 1U << 20U;  // a run path of Nix or Spack has kilobytes

void remark(const std::string& path, const std::string& sentence) {
  say_error(fmt::format("bundle: {}: {}\n", printable(path), sentence));
}

// ------------------------------------------------------------------------------------------ showing

void print_all(const elf::Image& image, const std::string& name_of_many) {
  const auto line = [](const char* name, const std::string& value) {
    say(fmt::format("{:<12} {}\n", name, printable(value, longest_value)));
  };
  if (!name_of_many.empty()) line("file", name_of_many);
  if (image.interpreter()) line("interpreter", *image.interpreter());
  if (image.soname()) line("soname", *image.soname());
  if (image.rpath()) line("rpath", *image.rpath());
  if (image.runpath()) line("runpath", *image.runpath());
  for (const std::string& name : image.needed()) line("needed", name);
}

void demand_dynamic(const elf::Image& image, const char* what) {
  if (image.is_dynamic()) return;
  throw Error(Exit::cannot_bundle, image.path(), fmt::format("is statically linked, and has no {}", what));
}

/// One value a line, for scripts; in what is there for each value, and where there is none, as patchelf does it.
void print_values(const EditRequest& request, const elf::Image& image) {
  const auto line = [](const std::string& value) { say(fmt::format("{}\n", printable(value, longest_value))); };
  if (request.print_interpreter) {
    if (!image.interpreter()) {
      throw Error(Exit::cannot_bundle, image.path(), "has no interpreter: it is a library or statically linked");
    }
    line(*image.interpreter());
  }
  if (request.print_soname && image.soname()) line(*image.soname());
  if (request.print_run_path) {
    demand_dynamic(image, "run path");
    line(run::heeded_run_path(image).value_or(""));
  }
  if (request.print_needed) {
    demand_dynamic(image, "needed libraries");
    for (const std::string& name : image.needed()) line(name);
  }
  if (request.print_stack) {
    // Without the header the machine's default counts: executable on x86.
    const elf::Segment* const stack = image.find_segment(PT_GNU_STACK);
    const char* const asks = stack == nullptr ? "?" : (stack->p_flags & PF_X) != 0 ? "X" : "-";
    line(fmt::format("execstack: {}", asks));
  }
}

// ------------------------------------------------------------------------------------------ changing

/// A name that is to be removed or renamed and is not there is a slip of the hand.
void demand_needed(const EditRequest& request, const elf::Image& image) {
  const auto demand = [&](const std::string& name, const char* deed) {
    const std::vector<std::string>& needed = image.needed();
    if (std::find(needed.begin(), needed.end(), name) != needed.end()) return;
    std::string there;
    for (const std::string& other : needed) there += (there.empty() ? "" : ", ") + printable(other);
    throw Error(Exit::cannot_bundle, image.path(),
                fmt::format("does not need {}, which is to be {}", printable(name), deed),
                there.empty() ? "It needs no library at all" : "What it needs is " + there);
  };
  for (const std::string& name : request.remove_needed) demand(name, "removed");
  for (const auto& [old_name, new_name] : request.rename_needed) demand(old_name, "renamed");
}

Edit edit_of(const EditRequest& request, const elf::Image& image) {
  Edit edit;
  edit.interpreter = request.interpreter;
  edit.run_path = run::wanted_run_path(request.run_path, image);
  edit.soname = request.soname;
  edit.add_needed = request.add_needed;
  edit.remove_needed = request.remove_needed;
  for (const auto& [old_name, new_name] : request.rename_needed) edit.rename_needed[old_name] = new_name;
  edit.executable_stack = request.executable_stack;
  edit.no_default_folders = request.no_default_folders;
  return edit;
}

/// Writes `content`, most of which are spans of `file` that keep their place: one copy of the file by the kernel, page
/// by whole page, and the rest over it and behind it. (Span by span the copies would begin amid pages, at twice the
/// cost.)
void write_patched(AtomicFile& output, const MappedFile& file, const Pieces& content) {
  const auto keeps_its_place = [&](const Pieces::Piece& piece) {
    return piece.owned == nullptr && piece.span.data() == file.bytes().data() + piece.start;
  };
  uint64_t kept_end = 0;
  for (const Pieces::Piece& piece : content.pieces()) {
    if (keeps_its_place(piece)) kept_end = piece.start + piece.span.size();
  }
  output.copy(file, 0, kept_end);
  for (const Pieces::Piece& piece : content.pieces()) {
    if (piece.start >= kept_end) {
      output.write(piece.span.text());
    } else if (!keeps_its_place(piece)) {
      output.write_at(piece.start, piece.span.text());
    }
  }
}

std::string how_to_give_again(const FileRights& rights, const std::string& path) {
  return fmt::format("Give them again as root: setcap '{}' {}", capabilities_text(rights.capabilities),
                     printable(path));
}

/// For a file that takes the place of the one that had `before`: owner first, then permissions, then attributes, for
/// each takes some of what comes behind it away. What cannot be kept is in the returned sentences.
std::vector<std::string> keep_rights(AtomicFile& output, const FileRights& before, const std::string& path) {
  std::vector<std::string> said;
  mode_t mode = before.mode;
  if (!output.set_owner(before.owner, before.group)) {
    // Whoever it belongs to now, nobody has granted that others may act as him.
    mode &= ~mode_t{S_ISUID | S_ISGID};
    said.push_back(fmt::format("has your {} now, for only root may set what it had{}",
                               before.owner == ::geteuid() ? "group" : "user and group",
                               mode == before.mode ? "" : fmt::format(", and is no longer {}", set_id_text(before))));
  }
  output.set_mode(mode);
  for (const auto& [name, value] : before.attributes) {
    // A label is its policy's business.
    if (!output.set_attribute(name, value) && name != "security.selinux") {
      said.push_back(fmt::format("has lost its attribute {}, which could not be set", printable(name)));
    }
  }
  if (before.capabilities.empty()) return said;
  if (mode == before.mode && output.set_attribute("security.capability", before.capabilities)) {
    said.push_back(fmt::format("has file capabilities, {}, and the edited file was given them again",
                               capabilities_text(before.capabilities)));
  } else {
    said.push_back("has lost its file capabilities. " + how_to_give_again(before, path));
  }
  return said;
}

/// For a new file made of the one that has `source`: it belongs to who made it, and acts for nobody else.
std::vector<std::string> give_rights(AtomicFile& output, const FileRights& source, const std::string& path) {
  std::vector<std::string> said;
  output.set_mode(source.mode & ~mode_t{S_ISUID | S_ISGID});
  if (source.sets_id()) {
    said.push_back(fmt::format("is not {}, as the file that it was made from is", set_id_text(source)));
  }
  if (!source.capabilities.empty()) {
    said.push_back("is without the file capabilities of the file that it was made from. " +
                   how_to_give_again(source, path));
  }
  return said;
}

void write_edited(const std::string& given, const std::string& path, const MappedFile& file, const Pieces& content) {
  // A symlink keeps pointing at what it points at, and that is what changes.
  const std::string target = real_path(given).value_or(given);
  const std::optional<FileRights> there = rights_of(target);
  if (there && !there->is_regular) {
    throw Error(Exit::usage, given, "is not a regular file, and is not replaced. Name another output with -o");
  }
  const bool in_place = there && there->device == file.device() && there->inode == file.inode();
  AtomicFile output(target, 0600);
  write_patched(output, file, content);
  output.rewind(output.written());  // its length, before its rights: a hole at its end has none yet
  std::vector<std::string> said;
  if (in_place) {
    said = keep_rights(output, *there, given);
  } else if (const std::optional<FileRights> source = rights_of(path)) {
    said = give_rights(output, *source, given);
  } else {
    output.set_mode(file.mode() & 0777U);
  }
  if (there && there->names > 1) {
    said.push_back(
        fmt::format("was one file with {} other name{} (hard links), which go{} on naming the file as it was",
                    there->names - 1, there->names > 2 ? "s" : "", there->names > 2 ? "" : "es"));
  }
  output.commit(true);
  for (const std::string& sentence : said) remark(given, sentence);
}

void edit_file(const EditRequest& request, const std::string& named) {
  const run::NamedFile found = run::find_named(named);
  const std::string path = found.from_path ? found.path : named;  // as the user wrote it, for messages
  const std::shared_ptr<const MappedFile> file = MappedFile::open(path);
  const elf::Image image(file->bytes(), path);
  if (request.print) print_all(image, request.files.size() > 1 ? named : "");
  if (request.prints()) {
    print_values(request, image);
    return;
  }
  if (found.from_path && request.output.empty()) {
    throw Error(Exit::usage, named,
                fmt::format("is no file in this folder, and {0} of PATH is not changed by its bare name. Write {0}, or "
                            "write elsewhere with -o",
                            printable(path)));
  }
  demand_needed(request, image);
  std::variant<rewrite::Rewritten, rewrite::Refusal> outcome = rewrite::rewrite(image, edit_of(request, image));
  if (const auto* refusal = std::get_if<rewrite::Refusal>(&outcome)) {
    throw Error(Exit::cannot_bundle, path, refusal->sentence);
  }
  const auto& rewritten = std::get<rewrite::Rewritten>(outcome);
  if (request.output.empty() && rewritten.strategy == rewrite::Rewritten::Strategy::unchanged) return;
  write_edited(request.output.empty() ? path : request.output, path, *file, rewritten.content);
}

}  // namespace

void edit(const EditRequest& request) {
  for_each_named(request.files, [&](const std::string& named) { edit_file(request, named); });
}

}  // namespace bundle::cli
