// See image_stream.h. Each decoder is a few lines about its library: zlib, libzstd, liblzma.
#include "machine/image_stream.h"

#include <fmt/format.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "base/interrupt.h"

namespace bundle::machine {

namespace {

constexpr uint64_t step = 256U << 10U;  // bytes of a file read at once
/// Of a decoder. `xz -9` needs 65 MB, `zstd --ultra -22` 128.
constexpr uint64_t most_memory = 144U << 20U;

/// What lies ready for a decoder, and what it may fill.
struct Turn {
  const unsigned char* in = nullptr;
  size_t left = 0;
  unsigned char* out = nullptr;
  size_t room = 0;
};

class Decoder {
 public:
  virtual ~Decoder() = default;
  /// Takes from `in` and fills `out` as far as one of them lasts. Null, or what is wrong.
  virtual const char* decode(Turn& turn) = 0;
  /// Whether the file may end here.
  virtual bool may_end() const = 0;
};

class Gzip : public Decoder {
 public:
  Gzip() { is_ready_ = ::inflateInit2(&zlib_, 15 + 16) == Z_OK; }
  ~Gzip() override { ::inflateEnd(&zlib_); }
  const char* decode(Turn& turn) override {
    if (!is_ready_) return "cannot be decoded for want of memory";
    if (is_at_end_) {
      // Zeros may fill up a block of a tape; all else is another member.
      while (turn.left > 0 && is_padding_ && *turn.in == 0) ++turn.in, --turn.left;
      if (turn.left == 0) return nullptr;
      if (!is_ours(turn)) return "has bytes behind its end that are no gzip";
      ::inflateReset(&zlib_);
      is_at_end_ = false;
    }
    zlib_.next_in = const_cast<unsigned char*>(turn.in);
    zlib_.avail_in = static_cast<unsigned>(turn.left);
    zlib_.next_out = turn.out;
    zlib_.avail_out = static_cast<unsigned>(turn.room);
    const int result = ::inflate(&zlib_, Z_NO_FLUSH);
    turn = {zlib_.next_in, zlib_.avail_in, zlib_.next_out, zlib_.avail_out};
    is_at_end_ = result == Z_STREAM_END;
    if (is_at_end_) is_padding_ = true;
    return result == Z_OK || result == Z_BUF_ERROR || is_at_end_ ? nullptr : "is damaged: its gzip data is wrong";
  }
  bool may_end() const override { return is_at_end_; }

 private:
  static bool is_ours(const Turn& turn) { return *turn.in == 0x1f; }
  z_stream zlib_ = {};
  bool is_ready_ = false, is_at_end_ = false, is_padding_ = false;
};

class Zstd : public Decoder {
 public:
  Zstd() : zstd_(::ZSTD_createDStream()) {}
  ~Zstd() override { ::ZSTD_freeDStream(zstd_); }
  const char* decode(Turn& turn) override {
    if (zstd_ == nullptr) return "cannot be decoded for want of memory";
    ZSTD_inBuffer in = {turn.in, turn.left, 0};
    ZSTD_outBuffer out = {turn.out, turn.room, 0};
    const size_t result = ::ZSTD_decompressStream(zstd_, &out, &in);
    turn = {turn.in + in.pos, turn.left - in.pos, turn.out + out.pos, turn.room - out.pos};
    if (::ZSTD_isError(result) != 0) {
      return ::ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge
                 ? "was compressed by zstd with a window (--long) over 128 MiB, which is not read"
                 : "is damaged: its zstd data is wrong";
    }
    // Asked behind a frame, with nothing left, it says how much the next one's header takes.
    if (in.pos > 0 || out.pos > 0) is_at_end_ = result == 0;
    return nullptr;
  }
  bool may_end() const override { return is_at_end_; }

 private:
  ZSTD_DStream* zstd_;
  bool is_at_end_ = false;
};

class Xz : public Decoder {
 public:
  Xz() { is_ready_ = ::lzma_stream_decoder(&lzma_, most_memory, LZMA_CONCATENATED) == LZMA_OK; }
  ~Xz() override { ::lzma_end(&lzma_); }
  const char* decode(Turn& turn) override {
    if (!is_ready_) return "cannot be decoded for want of memory";
    const bool is_finishing = turn.left == 0;
    lzma_.next_in = turn.in;
    lzma_.avail_in = turn.left;
    lzma_.next_out = turn.out;
    lzma_.avail_out = turn.room;
    const lzma_ret result = is_at_end_ ? LZMA_STREAM_END : ::lzma_code(&lzma_, is_finishing ? LZMA_FINISH : LZMA_RUN);
    turn = {lzma_.next_in, lzma_.avail_in, lzma_.next_out, lzma_.avail_out};
    is_at_end_ = result == LZMA_STREAM_END;
    if (result == LZMA_MEMLIMIT_ERROR) return "was compressed by xz in a way that takes more than 144 MiB to decode";
    return result == LZMA_OK || result == LZMA_BUF_ERROR || is_at_end_ ? nullptr : "is damaged: its xz data is wrong";
  }
  bool may_end() const override { return is_at_end_; }

 private:
  lzma_stream lzma_ = LZMA_STREAM_INIT;
  bool is_ready_ = false, is_at_end_ = false;
};

/// A file as it is.
class Plain : public Stream {
 public:
  explicit Plain(std::shared_ptr<const OpenFile> file) : file_(std::move(file)) {}

  uint64_t read(void* to, uint64_t size) override {
    size = std::min(size, file_->size() - at_);
    const bool is_small = size <= window_.size();
    if (is_small && (at_ < window_start_ || at_ + size > window_start_ + window_size_)) {
      // The next header of a tar of small files lies near.
      window_start_ = at_;
      window_size_ = std::min<uint64_t>(window_.size(), file_->size() - at_);
      file_->read(window_start_, window_.data(), window_size_);
    }
    if (is_small) {
      std::copy_n(window_.data() + (at_ - window_start_), size, static_cast<char*>(to));
    } else {
      file_->read(at_, to, size);
    }
    at_ += size;
    return size;
  }
  bool skip(uint64_t count) override {
    if (count > file_->size() - at_) return false;
    at_ += count;
    return true;
  }
  void drain() override {}
  bool is_plain() const override { return true; }
  uint64_t position() const override { return at_; }

 private:
  const std::shared_ptr<const OpenFile> file_;
  uint64_t at_ = 0;
  std::array<char, 4096> window_;
  uint64_t window_start_ = 0, window_size_ = 0;
};

class Decoded : public Stream {
 public:
  Decoded(std::shared_ptr<const OpenFile> file, std::string name, StreamLimits limits, std::unique_ptr<Decoder> decoder)
      : file_(std::move(file)), name_(std::move(name)), limits_(std::move(limits)), decoder_(std::move(decoder)) {}

  uint64_t read(void* to, uint64_t size) override {
    Turn turn;
    turn.out = static_cast<unsigned char*>(to);
    for (turn.room = size; turn.room > 0;) {
      if (ready_.empty()) fetch();
      turn.in = ready_.data();
      turn.left = ready_.size();
      const size_t before = turn.left + turn.room;
      if (const char* const fault = decoder_->decode(turn)) fail(fault);
      ready_ = ready_.from(ready_.size() - turn.left);
      const bool is_stuck = before == turn.left + turn.room;
      if (is_stuck && ready_.empty() && at_ == file_->size()) {
        if (!decoder_->may_end()) fail("ends in the middle: a part of it is missing");
        break;
      }
    }
    const uint64_t count = size - turn.room;
    position_ += count;
    if (position_ > limits_.most) {
      fail(fmt::format("decodes to more than {} bytes, which is more than is read of an image", limits_.most));
    }
    return count;
  }
  bool skip(uint64_t count) override {
    while (count > 0) {
      const uint64_t size = std::min<uint64_t>(count, passed_over().size());
      if (read(passed_over().data(), size) != size) return false;
      count -= size;
    }
    return true;
  }
  void drain() override {
    while (read(passed_over().data(), passed_over().size()) > 0) continue;
    if (limits_.sha256.empty()) return;
    const std::string found = sum_.hex();
    if (found != limits_.sha256) {
      fail(fmt::format("is not what the image says of it: its SHA-256 is {} and not {}", found, limits_.sha256));
    }
  }
  bool is_plain() const override { return false; }
  uint64_t position() const override { return position_; }

 private:
  [[noreturn]] void fail(std::string sentence) const {
    throw Error(Exit::cannot_bundle, name_, std::move(sentence), get_it_again);
  }
  std::vector<char>& passed_over() {
    if (passed_over_.empty()) passed_over_.resize(64U << 10U);
    return passed_over_;
  }
  void fetch() {
    check_interrupted();
    const uint64_t size = std::min<uint64_t>(step, file_->size() - at_);
    buffer_.resize(size);
    file_->read(at_, buffer_.data(), size);
    at_ += size;
    ready_ = Bytes(buffer_.data(), size);
    if (!limits_.sha256.empty()) sum_.add(ready_);
  }

  const std::shared_ptr<const OpenFile> file_;
  const std::string name_;
  const StreamLimits limits_;
  const std::unique_ptr<Decoder> decoder_;
  std::vector<unsigned char> buffer_;
  Bytes ready_;      // read and not yet decoded
  uint64_t at_ = 0;  // in the file
  uint64_t position_ = 0;
  std::vector<char> passed_over_;
  Sha256 sum_;
};

}  // namespace

std::unique_ptr<Stream> open_stream(const std::shared_ptr<const OpenFile>& file, const std::string& name,
                                    const StreamLimits& limits) {
  using namespace std::string_view_literals;
  std::array<char, 6> start = {};
  const uint64_t size = std::min<uint64_t>(start.size(), file->size());
  file->read(0, start.data(), size);
  const std::string_view magic(start.data(), size);
  std::unique_ptr<Decoder> decoder;
  if (magic.starts_with("\x1f\x8b"sv)) decoder = std::make_unique<Gzip>();
  // A frame, or one to be passed over (zstd:chunked has such).
  const bool is_skippable = size >= 4 && magic.substr(1, 3) == "\x2a\x4d\x18"sv && (magic[0] & 0xf0) == 0x50;
  if (magic.starts_with("\x28\xb5\x2f\xfd"sv) || is_skippable) decoder = std::make_unique<Zstd>();
  if (magic.starts_with("\xfd"
                        "7zXZ\0"sv))
    decoder = std::make_unique<Xz>();
  if (magic.starts_with("BZh"sv)) {
    throw Error(Exit::cannot_bundle, name, "is compressed by bzip2, and gzip, zstd and xz are what is read here",
                "Unpack it with bunzip2");
  }
  if (decoder == nullptr) return std::make_unique<Plain>(file);
  return std::make_unique<Decoded>(file, name, limits, std::move(decoder));
}

}  // namespace bundle::machine
