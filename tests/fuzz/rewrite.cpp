// The rewriter on any bytes. What it gives is read again, says what the edit asked for, and the same edit
// changes nothing more.
#include "rewrite/rewrite.h"

#include <cstdint>
#include <string>

#include "base/error.h"

using namespace bundle;

namespace {

std::optional<std::string> rewritten(std::string_view input, const Edit& edit) {
  try {
    const elf::Image image(Bytes(input), "fuzzed");
    const auto result = rewrite::rewrite(image, edit);
    if (const auto* done = std::get_if<rewrite::Rewritten>(&result)) return done->content.to_string();
  } catch (const Error&) {
  }
  return std::nullopt;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  for (const bool interpreter : {false, true}) {
    Edit edit;
    edit.run_path = Edit::RunPath{interpreter ? "$ORIGIN/../../../a/longer/path" : "$ORIGIN", false};
    if (interpreter) edit.interpreter = "/opt/lib/a-rather-long-name/ld.so";
    const std::optional<std::string> once = rewritten(input, edit);
    if (!once) continue;
    const elf::Image image(Bytes(*once), "rewritten");
    if (image.rpath() != edit.run_path->value || image.runpath()) __builtin_trap();
    if (interpreter && image.interpreter() != edit.interpreter) __builtin_trap();
    if (rewritten(*once, edit) != once) __builtin_trap();
  }
  return 0;
}
