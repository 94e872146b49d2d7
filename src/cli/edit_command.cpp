#include "cli/edit_command.h"

#include <fmt/format.h>

#include <cstdio>

#include "base/error.h"
#include "base/file.h"
#include "cli/cli11.h"
#include "cli/options.h"
#include "rewrite/rewrite.h"

namespace bundle::cli {

namespace {

Edit edit_of(const EditRequest& request) {
  Edit edit;
  edit.interpreter = request.interpreter;
  if (request.run_path) edit.run_path = Edit::RunPath{*request.run_path, request.runpath};
  edit.soname = request.soname;
  edit.add_needed = request.add_needed;
  edit.remove_needed = request.remove_needed;
  for (const std::string& rename : request.rename_needed) {
    const size_t equals = rename.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == rename.size()) {
      throw Error(Exit::usage, "", fmt::format("--rename-needed takes OLD=NEW, and {} is not that", printable(rename)));
    }
    edit.rename_needed[rename.substr(0, equals)] = rename.substr(equals + 1);
  }
  return edit;
}

void print(const elf::Image& image) {
  const auto line = [](const char* name, const std::string& value) {
    fmt::print("{:<12} {}\n", name, printable(value, 4096));
  };
  if (image.interpreter()) line("interpreter", *image.interpreter());
  if (image.soname()) line("soname", *image.soname());
  if (image.rpath()) line("rpath", *image.rpath());
  if (image.runpath()) line("runpath", *image.runpath());
  for (const std::string& name : image.needed()) line("needed", name);
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

}  // namespace

void edit(const EditRequest& request) {
  const Edit changes = edit_of(request);
  if (request.runpath && !request.run_path) {
    throw Error(Exit::usage, "", "--runpath says how --set-rpath is written. Add --set-rpath LIST");
  }
  if (!request.print && changes.empty()) {
    throw Error(Exit::usage, request.file, "is to be edited, but no change is named. See bundle edit --help");
  }
  if (request.print && !changes.empty()) {
    throw Error(Exit::usage, request.file, "cannot be shown and edited in one call. Leave --print or the changes out");
  }
  const std::shared_ptr<const MappedFile> file = MappedFile::open(request.file);
  const elf::Image image(file->bytes(), request.file);
  if (request.print) {
    print(image);
    return;
  }
  std::variant<rewrite::Rewritten, rewrite::Refusal> outcome = rewrite::rewrite(image, changes);
  if (const auto* refusal = std::get_if<rewrite::Refusal>(&outcome)) {
    throw Error(Exit::cannot_bundle, request.file, refusal->sentence);
  }
  const auto& rewritten = std::get<rewrite::Rewritten>(outcome);
  // A symlink keeps pointing at what it points at, and that is what changes.
  std::string target = request.output;
  if (target.empty()) {
    if (rewritten.strategy == rewrite::Rewritten::Strategy::unchanged) return;
    target = real_path(request.file).value_or(request.file);
  }
  AtomicFile output(target, file->mode());
  output.set_mode(file->mode());
  write_patched(output, *file, rewritten.content);
  output.commit(true);
}

void run_edit(int argc, const char* const* argv) {
  EditRequest request;
  CLI::App command("Change the loader, run path or libraries that an ELF file names", "bundle edit");
  command.add_option("FILE", request.file, "The program or library")->required();
  command.add_option("--set-interpreter", request.interpreter, "The loader that the kernel is to start it with")
      ->type_name("PATH");
  command.add_option("--set-rpath", request.run_path, "Its DT_RPATH, in place of any run path; '' removes it")
      ->type_name("LIST");
  command.add_flag("--runpath", request.runpath, "Write --set-rpath as DT_RUNPATH");
  command.add_option("--add-needed", request.add_needed, "Put a library ahead of those it needs")
      ->type_name("NAME")
      ->expected(1)
      ->take_all();
  command.add_option("--remove-needed", request.remove_needed, "Need a library no longer")
      ->type_name("NAME")
      ->expected(1)
      ->take_all();
  command.add_option("--rename-needed", request.rename_needed, "Need a library under another name")
      ->type_name("OLD=NEW")
      ->expected(1)
      ->take_all();
  command.add_option("--set-soname", request.soname, "Its DT_SONAME; '' removes it")->type_name("NAME");
  command.add_option("-o,--output", request.output, "Write here instead of over FILE")->type_name("OUT");
  command.add_flag("--print", request.print, "Show interpreter, SONAME, run paths and needed libraries");
  if (parse(command, argc, argv, {"--set-rpath", "--set-soname"})) edit(request);
}

}  // namespace bundle::cli
