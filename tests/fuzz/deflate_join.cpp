// Content cut into pieces, deflated apart and joined: zlib must give back the content, whatever it is and
// wherever it is cut. Then the stream scanner on the bytes as they are: a StreamEnd, or an Error. Input:
// level, two bytes of piece size, content.
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "base/error.h"
#include "pack/deflate.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  const int level = 1 + data[0] % 12;
  const size_t piece = 1 + (data[1] | static_cast<size_t>(data[2]) << 8U);
  // Repeated, so that small inputs too make several pieces and long matches.
  std::string content;
  for (int i = 0; i < 1 + data[0] / 12; ++i) content.append(reinterpret_cast<const char*>(data + 3), size - 3);
  bundle::pack::Deflater deflater(level);
  std::string joined;
  for (size_t at = 0; at < content.size(); at += piece) {
    const size_t length = std::min(piece, content.size() - at);
    joined += deflater.compress(bundle::Bytes(content.data() + at, length), at + length == content.size());
  }
  z_stream state = {};
  if (::inflateInit2(&state, -15) != Z_OK) __builtin_trap();
  std::string out(content.size() + 1, '\0');
  state.next_in = reinterpret_cast<Bytef*>(joined.data());
  state.avail_in = static_cast<uInt>(joined.size());
  state.next_out = reinterpret_cast<Bytef*>(out.data());
  state.avail_out = static_cast<uInt>(out.size());
  if (::inflate(&state, Z_FINISH) != Z_STREAM_END || state.avail_in != 0) __builtin_trap();
  out.resize(state.total_out);
  ::inflateEnd(&state);
  if (out != content) __builtin_trap();

  try {
    bundle::pack::find_stream_end(bundle::Bytes(data, size));
  } catch (const bundle::Error&) {
  }
  return 0;
}
