#include "rewrite/rewrite.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/file.h"

using bundle::Bytes;
using bundle::Edit;
using bundle::Error;
using bundle::MappedFile;
using bundle::elf::Image;
using bundle::rewrite::Refusal;
using bundle::rewrite::Rewritten;
using Strategy = bundle::rewrite::Rewritten::Strategy;

namespace {

const std::string shell = "/bin/sh";
const std::string library = "/lib/x86_64-linux-gnu/libpthread.so.0";

std::string content_of(const std::string& path) { return bundle::read_file(path).value(); }

struct Outcome {
  std::string bytes;
  Strategy strategy = Strategy::unchanged;
  uint64_t growth = 0;
};

Outcome edited(const std::string& bytes, const Edit& edit) {
  const Image image(Bytes(bytes), "the file");
  const auto outcome = bundle::rewrite::rewrite(image, edit);
  const auto* refusal = std::get_if<Refusal>(&outcome);
  REQUIRE_MESSAGE(refusal == nullptr, (refusal == nullptr ? "" : refusal->sentence));
  const Rewritten& rewritten = std::get<Rewritten>(outcome);
  return {rewritten.content.to_string(), rewritten.strategy, rewritten.growth};
}

Refusal refused(const std::string& bytes, const Edit& edit) {
  const Image image(Bytes(bytes), "the file");
  const auto outcome = bundle::rewrite::rewrite(image, edit);
  REQUIRE(std::holds_alternative<Refusal>(outcome));
  return std::get<Refusal>(outcome);
}

Edit interpreter(const std::string& path) {
  Edit edit;
  edit.interpreter = path;
  return edit;
}

Edit run_path(const std::string& value, bool runpath = false) {
  Edit edit;
  edit.run_path = Edit::RunPath{value, runpath};
  return edit;
}

}  // namespace

TEST_CASE("an edit that asks for what is there gives the input, as one span") {
  const std::string before = content_of(shell);
  const Image image(Bytes(before), shell);
  const auto outcome = bundle::rewrite::rewrite(image, interpreter("/lib64/ld-linux-x86-64.so.2"));
  const Rewritten& rewritten = std::get<Rewritten>(outcome);
  CHECK(rewritten.strategy == Strategy::unchanged);
  REQUIRE(rewritten.content.pieces().size() == 1);
  CHECK(rewritten.content.pieces()[0].span.data() == image.bytes().data());
}

TEST_CASE("a shorter interpreter is written where the old one stood, and the old one can be put back to the byte") {
  const std::string before = content_of(shell);
  const Outcome after = edited(before, interpreter("/opt/lib/rig/ld.so"));
  CHECK(after.strategy == Strategy::in_place);
  CHECK(after.bytes.size() == before.size());
  CHECK(Image(Bytes(after.bytes), "after").interpreter() == "/opt/lib/rig/ld.so");
  CHECK(edited(after.bytes, interpreter("/lib64/ld-linux-x86-64.so.2")).bytes == before);
}

TEST_CASE("the same edit twice gives the same bytes") {
  const std::string before = content_of(shell);
  Edit edit = interpreter("/a/rather/long/path/that/does/not/fit/in/place/ld-linux-x86-64.so.2");
  edit.run_path = Edit::RunPath{"$ORIGIN/../../..:/somewhere/else", false};
  edit.add_needed = {"libfirst.so", "libsecond.so"};
  edit.soname = "a-shell.so";
  const Outcome once = edited(before, edit);
  const Outcome twice = edited(once.bytes, edit);
  CHECK(twice.strategy == Strategy::unchanged);
  CHECK(twice.bytes == once.bytes);
  const Image image(Bytes(once.bytes), "after");
  CHECK(image.needed() == std::vector<std::string>{"libfirst.so", "libsecond.so", "libc.so.6"});
  CHECK(image.rpath() == "$ORIGIN/../../..:/somewhere/else");
  CHECK(image.soname() == "a-shell.so");
}

TEST_CASE("a library is put ahead of all but the runtime that has to be first") {
  Edit edit;
  edit.add_needed = {"libasan.so.8"};
  const std::string checked = edited(content_of(shell), edit).bytes;
  edit.add_needed = {"libredirect.so"};
  const Outcome once = edited(checked, edit);
  CHECK(Image(Bytes(once.bytes), "after").needed() ==
        std::vector<std::string>{"libasan.so.8", "libredirect.so", "libc.so.6"});
  CHECK(edited(once.bytes, edit).strategy == Strategy::unchanged);
  edit.rename_needed = {{"libasan.so.8", "libasan.so.9"}};
  edit.remove_needed = {"libredirect.so"};
  CHECK(Image(Bytes(edited(checked, edit).bytes), "after").needed() ==
        std::vector<std::string>{"libasan.so.9", "libredirect.so", "libc.so.6"});
}

TEST_CASE("a run path is written under the tag that was asked for, and the other tag goes away") {
  const std::string before = content_of(shell);
  const std::string as_runpath = edited(before, run_path("/one", true)).bytes;
  CHECK(Image(Bytes(as_runpath), "after").runpath() == "/one");
  CHECK_FALSE(Image(Bytes(as_runpath), "after").rpath());
  const std::string as_rpath = edited(as_runpath, run_path("/one")).bytes;
  CHECK(Image(Bytes(as_rpath), "after").rpath() == "/one");
  CHECK_FALSE(Image(Bytes(as_rpath), "after").runpath());
  const std::string without = edited(as_rpath, run_path("")).bytes;
  CHECK_FALSE(Image(Bytes(without), "after").rpath());
  CHECK(edited(without, run_path("")).strategy == Strategy::unchanged);
}

TEST_CASE("a run path that is no longer than the one before it takes its room") {
  const std::string first = edited(content_of(shell), run_path("/a/run/path/of/some/length")).bytes;
  const Outcome second = edited(first, run_path("$ORIGIN/../lib"));
  CHECK(second.strategy == Strategy::in_place);
  CHECK(second.growth == 0);
  CHECK(second.bytes.find("/a/run/path") == std::string::npos);
  CHECK(edited(second.bytes, run_path("/a/run/path/of/some/length")).bytes == first);
}

TEST_CASE("two strings share the room that one long run path leaves") {
  const std::string first =
      edited(content_of(shell), run_path("/a/run/path/of/quite/some/length/in/a/private/folder")).bytes;
  Edit edit = run_path("$ORIGIN/../../..");
  edit.add_needed = {"libredirect.so"};
  const Outcome second = edited(first, edit);
  const Image image(Bytes(second.bytes), "after");
  CHECK(image.rpath() == "$ORIGIN/../../..");
  CHECK(image.needed().front() == "libredirect.so");
  CHECK(second.bytes.find("/private/") == std::string::npos);
}

TEST_CASE("a run path that is dropped is gone, wherever the new one goes") {
  const std::string first = edited(content_of(shell), run_path("/home/alice/private")).bytes;
  for (const size_t length : {3U, 60U, 3000U, 100000U}) {
    const Outcome second = edited(first, run_path("$ORIGIN/" + std::string(length, 'x')));
    CHECK(second.bytes.find("alice") == std::string::npos);
  }
  CHECK(edited(first, run_path("")).bytes.find("alice") == std::string::npos);
}

TEST_CASE("a run path too long for any padding is appended in a PT_LOAD of its own, behind the others") {
  const std::string before = content_of(shell);
  const std::string path = "/" + std::string(100'000, 'x');
  const Outcome after = edited(before, run_path(path));
  CHECK(after.strategy == Strategy::appended);
  CHECK(after.growth > path.size());
  const Image image(Bytes(after.bytes), "after");
  CHECK(image.rpath() == path);
  CHECK(image.segments().size() == Image(Bytes(before), "before").segments().size());
  CHECK(edited(after.bytes, run_path(path)).strategy == Strategy::unchanged);
}

TEST_CASE("a library that is there already and is to be added moves to the front") {
  const std::string first = [] {
    Edit edit;
    edit.add_needed = {"liba.so", "libb.so"};
    return edited(content_of(shell), edit).bytes;
  }();
  Edit edit;
  edit.add_needed = {"libc.so.6"};
  CHECK(Image(Bytes(edited(first, edit).bytes), "after").needed() ==
        std::vector<std::string>{"libc.so.6", "liba.so", "libb.so"});
}

TEST_CASE("a library's versions follow it when it is renamed") {
  Edit edit;
  edit.rename_needed = {{"libc.so.6", "/elsewhere/libc.so.6"}};
  const std::string after = edited(content_of(shell), edit).bytes;
  const Image image(Bytes(after), "after");
  CHECK(image.needed() == std::vector<std::string>{"/elsewhere/libc.so.6"});
  REQUIRE(image.version_needs().size() == 1);
  CHECK(image.version_needs()[0].file == "/elsewhere/libc.so.6");
}

TEST_CASE("a library can be removed unless symbols are bound to its versions") {
  Edit add;
  add.add_needed = {"libplain.so"};
  const std::string before = edited(content_of(shell), add).bytes;
  Edit remove;
  remove.remove_needed = {"libplain.so", "libnever.so"};
  CHECK(Image(Bytes(edited(before, remove).bytes), "after").needed() == std::vector<std::string>{"libc.so.6"});
  remove.remove_needed = {"libc.so.6"};
  CHECK(refused(before, remove).reason == Refusal::Reason::version_bound);
}

TEST_CASE("a SONAME changes and goes away") {
  Edit edit;
  edit.soname = "libother.so.1";
  const std::string after = edited(content_of(library), edit).bytes;
  CHECK(Image(Bytes(after), "after").soname() == "libother.so.1");
  edit.soname = "";
  CHECK_FALSE(Image(Bytes(edited(after, edit).bytes), "after").soname());
}

TEST_CASE("an executable stack is asked for and not, in the bytes that there are") {
  const std::string before = content_of(shell) + "a payload that is found from the end";
  Edit edit;
  edit.executable_stack = true;
  const Outcome after = edited(before, edit);
  CHECK(after.growth == 0);
  const Image image(Bytes(after.bytes), "after");
  CHECK(image.find_segment(PT_GNU_STACK)->p_flags == (PF_R | PF_W | PF_X));
  CHECK(edited(after.bytes, edit).strategy == Strategy::unchanged);
  edit.executable_stack = false;
  CHECK(edited(after.bytes, edit).bytes == before);
}

TEST_CASE("a file that does not say what its stack is to be takes a spare program header for it") {
  std::string before = content_of(shell);
  const Image plain(Bytes(before), shell);
  const auto stack = static_cast<uint64_t>(plain.find_segment(PT_GNU_STACK) - plain.segments().data());
  before.replace(plain.header().e_phoff.value + stack * sizeof(Elf64_Phdr), 4, 4, '\0');
  Edit edit = run_path("/" + std::string(100'000, 'x'));  // whose segment takes the PT_NULL
  edit.executable_stack = false;
  const std::string after = edited(before, edit).bytes;
  const Image image(Bytes(after), "after");
  REQUIRE(image.find_segment(PT_GNU_STACK) != nullptr);
  CHECK(image.find_segment(PT_GNU_STACK)->p_flags == (PF_R | PF_W));
  CHECK(edited(after, edit).strategy == Strategy::unchanged);
}

TEST_CASE("a flag of the dynamic section is added to those that are there, or comes to be") {
  Edit edit;
  edit.no_default_folders = true;
  for (const std::string& path : {shell, library}) {
    const std::string before = content_of(path);
    const uint64_t flags = Image(Bytes(before), path).dynamic_value(DT_FLAGS_1).value_or(0);
    const std::string after = edited(before, edit).bytes;
    CHECK(Image(Bytes(after), path).dynamic_value(DT_FLAGS_1) == (flags | DF_1_NODEFLIB));
    CHECK(edited(after, edit).strategy == Strategy::unchanged);
  }
}

TEST_CASE("a library has no interpreter to change") {
  CHECK(refused(content_of(library), interpreter("/x/ld.so")).reason == Refusal::Reason::no_interpreter);
}

TEST_CASE("a file with a payload at its end is edited in place or not at all") {
  const std::string before = content_of(shell) + "a payload that is found from the end";
  const Outcome after = edited(before, interpreter("/opt/ld.so"));
  CHECK(after.growth == 0);
  CHECK(after.bytes.ends_with("a payload that is found from the end"));
  CHECK(refused(before, run_path("/" + std::string(100'000, 'x'))).reason == Refusal::Reason::payload_at_end);
}

TEST_CASE("a file with a payload takes what a bundle sets from the padding of its segments") {
  const std::string before = content_of(shell) + "a payload that is found from the end";
  Edit edit = run_path("$ORIGIN/../../..");
  edit.add_needed = {"libredirect.so"};
  const Outcome after = edited(before, edit);
  CHECK(after.growth == 0);
  CHECK(after.bytes.ends_with("a payload that is found from the end"));
  const Image image(Bytes(after.bytes), shell);
  CHECK(image.rpath() == "$ORIGIN/../../..");
  CHECK(image.needed().front() == "libredirect.so");
  CHECK(edited(after.bytes, edit).bytes == after.bytes);
}

TEST_CASE("an edit that no file could take is an error of usage") {
  const std::string before = content_of(shell);
  const Image image(Bytes(before), shell);
  CHECK_THROWS_AS(bundle::rewrite::rewrite(image, interpreter("")), Error);
  CHECK_THROWS_AS(bundle::rewrite::rewrite(image, interpreter("/" + std::string(4096, 'x'))), Error);
  CHECK_THROWS_AS(bundle::rewrite::rewrite(image, run_path(std::string("a\0b", 3))), Error);
  Edit chain;
  chain.rename_needed = {{"a", "b"}, {"b", "c"}};
  CHECK_THROWS_AS(bundle::rewrite::rewrite(image, chain), Error);
}
