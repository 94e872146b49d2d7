#include "pack/deflate.h"

#include <libdeflate.h>

#include <array>
#include <memory>
#include <new>

#include "base/error.h"

namespace bundle::pack {

namespace {

constexpr unsigned longest_code = 15;

[[noreturn]] void throw_malformed(std::string_view what) {
  throw Error(Exit::machine, "", "the compressor's output cannot be joined: " + std::string(what));
}

/// What one symbol costs, looked up by the next bits of the stream.
struct Step {
  uint8_t bits = 0;  // the code and the extra bits that belong to it; 0: no symbol has this code
  enum Kind : uint8_t { literal, length, end_of_block } kind = literal;
};

/// A prefix code as a table over its longest code's bits. One flat table: libdeflate's codes have at most 14
/// bits, and a block is long enough to pay for filling it.
class Code {
 public:
  /// `lengths[i]` is the bit length of symbol i, 0 when it is not used; `step` gives the extra bits and the
  /// kind.
  template <class StepOf>
  void build(const uint8_t* lengths, unsigned count, StepOf step_of) {
    std::array<unsigned, longest_code + 1> used{};
    longest_ = 1;
    for (unsigned i = 0; i < count; ++i) {
      ++used[lengths[i]];
      if (lengths[i] > longest_) longest_ = lengths[i];
    }
    std::array<unsigned, longest_code + 2> next{};
    unsigned code = 0;
    for (unsigned bits = 1; bits <= longest_code; ++bits) {
      next[bits] = code;
      code = (code + used[bits]) << 1U;
      if (code > (2U << bits)) throw_malformed("a block's code is over-subscribed");
    }
    const unsigned size = 1U << longest_;
    for (unsigned i = 0; i < size; ++i) table_[i] = {};  // an incomplete code leaves some of them unused
    for (unsigned symbol = 0; symbol < count; ++symbol) {
      const unsigned bits = lengths[symbol];
      if (bits == 0) continue;
      const Step step = step_of(symbol, bits);
      // Codes are stored from their most significant bit on, everything else from the least.
      unsigned reversed = 0;
      for (unsigned i = 0, value = next[bits]++; i < bits; ++i, value >>= 1U) reversed = reversed << 1U | (value & 1U);
      for (unsigned i = reversed; i < size; i += 1U << bits) table_[i] = step;
    }
  }
  Step at(uint64_t word) const { return table_[word & ((1U << longest_) - 1)]; }

 private:
  unsigned longest_ = 1;
  std::array<Step, 1U << longest_code> table_;
};

Step literal_step(unsigned symbol, unsigned bits) {
  const auto whole = [&](unsigned extra) { return static_cast<uint8_t>(bits + extra); };
  if (symbol < 256) return {whole(0), Step::literal};
  if (symbol == 256) return {whole(0), Step::end_of_block};
  if (symbol < 265 || symbol == 285) return {whole(0), Step::length};
  return {whole((symbol - 261) / 4), Step::length};
}

Step distance_step(unsigned symbol, unsigned bits) {
  return {static_cast<uint8_t>(bits + (symbol < 4 ? 0 : symbol / 2 - 1)), Step::literal};
}

class Scanner {
 public:
  explicit Scanner(Bytes stream) : stream_(stream) {}

  StreamEnd run() {
    for (;;) {
      const uint64_t start = position_;
      const bool last = take(1) == 1;
      switch (take(2)) {
        case 0:
          skip_stored();
          break;
        case 1:
          use_fixed_codes(), skip_symbols();
          break;
        case 2:
          read_codes(), skip_symbols();
          break;
        default:
          throw_malformed("a block of type 3");
      }
      if (last) return {start, position_};
    }
  }

 private:
  /// The next 57 bits or more.
  uint64_t peek() const { return stream_.read<uint64_t>(position_ / 8) >> (position_ % 8); }
  unsigned take(unsigned bits) {
    const auto value = static_cast<unsigned>(peek() & ((1U << bits) - 1));
    position_ += bits;
    return value;
  }

  void skip_stored() {
    position_ = (position_ + 7) / 8 * 8;
    const unsigned length = take(16);
    if ((take(16) ^ length) != 0xffff) throw_malformed("a stored block's length");
    position_ += uint64_t{length} * 8;
  }

  void use_fixed_codes() {
    std::array<uint8_t, 288> lengths{};
    for (unsigned i = 0; i < lengths.size(); ++i) lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    literals_.build(lengths.data(), 288, literal_step);
    lengths.fill(5);
    distances_.build(lengths.data(), 30, distance_step);
  }

  void read_codes() {
    const unsigned literal_count = take(5) + 257;
    const unsigned distance_count = take(5) + 1;
    const unsigned length_count = take(4) + 4;
    static constexpr std::array<uint8_t, 19> order = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    std::array<uint8_t, 19> code_lengths{};
    for (unsigned i = 0; i < length_count; ++i) code_lengths[order[i]] = static_cast<uint8_t>(take(3));
    // The lengths of both codes, run-length coded with a code of their own; its table is too small to share
    // Code.
    std::array<uint8_t, 320> lengths{};
    std::array<unsigned, 128> symbols{};
    fill_length_table(code_lengths, symbols);
    unsigned have = 0;
    while (have < literal_count + distance_count) {
      const unsigned entry = symbols[peek() & 127];
      position_ += entry >> 8U;
      const unsigned symbol = entry & 0xffU;
      unsigned repeat = 1;
      uint8_t value = 0;
      if (entry == 0) throw_malformed("a code length without a code");
      if (symbol < 16) {
        value = static_cast<uint8_t>(symbol);
      } else if (symbol == 16) {
        if (have == 0) throw_malformed("a repeat of nothing");
        value = lengths[have - 1];
        repeat = 3 + take(2);
      } else {
        repeat = symbol == 17 ? 3 + take(3) : 11 + take(7);
      }
      if (repeat > literal_count + distance_count - have) throw_malformed("too many code lengths");
      while (repeat-- > 0) lengths[have++] = value;
    }
    literals_.build(lengths.data(), literal_count, literal_step);
    distances_.build(lengths.data() + literal_count, distance_count, distance_step);
  }

  /// For every 7 bits: code length << 8 | symbol.
  static void fill_length_table(const std::array<uint8_t, 19>& lengths, std::array<unsigned, 128>& table) {
    unsigned code = 0;
    for (unsigned bits = 1; bits <= 7; ++bits, code <<= 1U) {
      for (unsigned symbol = 0; symbol < lengths.size(); ++symbol) {
        if (lengths[symbol] != bits) continue;
        unsigned reversed = 0;
        for (unsigned i = 0; i < bits; ++i) reversed |= (code >> i & 1U) << (bits - 1 - i);
        for (unsigned i = reversed; i < 128; i += 1U << bits) table[i] = bits << 8U | symbol;
        ++code;
      }
    }
  }

  void skip_symbols() {
    for (;;) {
      const uint64_t word = peek();
      const Step step = literals_.at(word);
      if (step.bits == 0) throw_malformed("a symbol without a code");
      position_ += step.bits;
      if (step.kind == Step::literal) {
        // Most symbols are literals of few bits: one more without a new look at the stream.
        const Step second = literals_.at(word >> step.bits);
        if (second.kind != Step::literal) continue;
        if (second.bits == 0) throw_malformed("a symbol without a code");
        position_ += second.bits;
        continue;
      }
      if (step.kind == Step::end_of_block) return;
      const Step distance = distances_.at(word >> step.bits);
      if (distance.bits == 0) throw_malformed("a distance without a code");
      position_ += distance.bits;
    }
  }

  Bytes stream_;
  uint64_t position_ = 0;  // in bits
  Code literals_, distances_;
};

}  // namespace

StreamEnd find_stream_end(Bytes stream) {
  const auto scanner = std::make_unique<Scanner>(stream);
  const StreamEnd found = scanner->run();
  if (found.end > (stream.size() - 8) * 8) throw_malformed("it ends too early");
  return found;
}

Deflater::Deflater(int level) : compressor_(libdeflate_alloc_compressor(level)) {
  if (compressor_ == nullptr) throw std::bad_alloc();
}

Deflater::~Deflater() { libdeflate_free_compressor(compressor_); }

std::string Deflater::compress(Bytes content, bool last) {
  const size_t bound = libdeflate_deflate_compress_bound(compressor_, content.size());
  if (buffer_.size() < bound + 8) buffer_.resize(bound + 8);
  const size_t size = libdeflate_deflate_compress(compressor_, content.data(), content.size(), buffer_.data(), bound);
  if (size == 0) throw_malformed("it is larger than its bound");
  std::string out;
  if (last) {
    out.assign(buffer_, 0, size);
    return out;
  }
  buffer_.replace(size, 8, 8, '\0');
  const StreamEnd found = find_stream_end(Bytes(buffer_.data(), size + 8));
  if ((found.end + 7) / 8 != size) throw_malformed("it ends too late");
  out.reserve(size + 5);
  out.assign(buffer_, 0, size);
  char& mark = out[found.last_block / 8];
  mark = static_cast<char>(mark & ~(1 << (found.last_block % 8)));
  // An empty stored block: three zero bits, zero bits up to a byte's end, length 0, its complement. Zero bits
  // that are left over at the end of the stream serve, when there are three of them.
  if (size * 8 - found.end < 3) out += '\0';
  out.append("\x00\x00\xff\xff", 4);
  return out;
}

Deflaters::Deflaters(int level, unsigned threads) {
  for (unsigned i = 0; i < threads; ++i) workers_.emplace_back(level);
}

Deflated Deflaters::compress(unsigned thread, const Pieces& content, uint64_t offset, uint64_t length, bool last) {
  Worker& worker = workers_[thread];
  const Bytes range = content.read(offset, length, worker.scratch);
  return {worker.deflater.compress(range, last), libdeflate_crc32(0, range.data(), range.size())};
}

}  // namespace bundle::pack
