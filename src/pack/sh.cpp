// An installer for a shell: a script with the bundle in it as text, so that it comes whole through a pipe into sh and
// whatever lies in between.
//
// The payload is a tar.gz in base64, cut into here-documents of which each is decoded by itself: a shell holds one of
// them at a time, and none of the script is binary.
#include <nettle/base64.h>

#include <array>

#include "base/digest.h"
#include "pack/format_rows.h"
#include "pack/sh_text.h"
#include "pack/stream.h"
#include "pack/tar.h"

namespace bundle::pack {

namespace {

constexpr size_t bytes_of_line = 57;                      // 76 letters
constexpr size_t bytes_of_chunk = bytes_of_line * 16384;  // 1.2 MB of text

/// Writes what it gets as text, chunk by chunk.
class Payload {
 public:
  explicit Payload(const std::function<void(std::string_view)>& out) : out_(out) {}

  void add(std::string_view data) {
    digest_.add(Bytes(data));
    waiting_ += data;
    size_t at = 0;
    for (; waiting_.size() - at >= bytes_of_chunk; at += bytes_of_chunk) chunk({waiting_.data() + at, bytes_of_chunk});
    waiting_.erase(0, at);
  }
  /// The SHA-256 of all.
  std::string end() {
    if (!waiting_.empty()) chunk(waiting_);
    return digest_.hex();
  }

 private:
  void chunk(std::string_view data) {
    std::string text = "put <<'END'\n";
    for (size_t at = 0; at < data.size(); at += bytes_of_line) {
      const std::string_view line = data.substr(at, bytes_of_line);
      std::array<char, BASE64_ENCODE_RAW_LENGTH(bytes_of_line)> letters;
      base64_encode_raw(letters.data(), line.size(), reinterpret_cast<const uint8_t*>(line.data()));
      text.append(letters.data(), BASE64_ENCODE_RAW_LENGTH(line.size()));
      text += '\n';
    }
    out_(text + "END\n");
  }

  const std::function<void(std::string_view)>& out_;
  Sha256 digest_;
  std::string waiting_;
};

uint64_t write(const Sink& sink, Load load) {
  uint64_t written = 0;
  const std::function<void(std::string_view)> out = [&](std::string_view text) {
    sink(text);
    written += text.size();
  };
  out(installer_head(load.about));
  Payload payload(out);
  write_gzip([&](std::string_view data) { payload.add(data); }, tar_of(std::move(load.entries), load.settings.time),
             load.settings);
  out(installer_tail(payload.end()));
  return written;
}

}  // namespace

const Format sh_format = {.name = "sh", .endings = {".sh", ""}, .mode = 0777, .is_for_anywhere = true, .stream = write};

}  // namespace bundle::pack
