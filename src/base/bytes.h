// A bounded view of input bytes, and the only place that casts, copies or does arithmetic on them.
//
// Every access is checked with one expression, `offset <= size && length <= size - offset`, which cannot wrap. What is
// out of range is an Error of kind cannot_bundle without a path; the reader that knows the file adds it.
// Integers are little-endian, as are all machines that this program bundles for and runs on.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace bundle {

static_assert(std::endian::native == std::endian::little, "Bytes::read copies little-endian fields as they lie");

/// Throws the Error that all accessors share.
[[noreturn]] void throw_out_of_range(uint64_t offset, uint64_t length, uint64_t size);
/// For a string without a NUL in range.
[[noreturn]] void throw_endless_string(uint64_t offset);

/// `count` records of T at a checked place; the index is checked too. T is copied out, so alignment does not matter.
template <class T>
class Array;

class Bytes {
 public:
  Bytes() = default;
  Bytes(const void* data, uint64_t size) : data_(static_cast<const unsigned char*>(data)), size_(size) {}
  explicit Bytes(std::string_view text) : Bytes(text.data(), text.size()) {}

  uint64_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const unsigned char* data() const { return data_; }

  bool contains(uint64_t offset, uint64_t length) const { return offset <= size_ && length <= size_ - offset; }

  /// A copy of the T at `offset`.
  template <class T>
  T read(uint64_t offset) const {
    static_assert(std::is_trivially_copyable_v<T>);
    check(offset, sizeof(T));
    T value;
    std::memcpy(&value, data_ + offset, sizeof(T));
    return value;
  }

  template <class T>
  Array<T> array(uint64_t offset, uint64_t count) const;

  Bytes slice(uint64_t offset, uint64_t length) const {
    check(offset, length);
    return {data_ + offset, length};
  }
  Bytes from(uint64_t offset) const {
    check(offset, 0);
    return {data_ + offset, size_ - offset};
  }

  /// The string at `offset`, without its NUL, which must lie in range.
  std::string_view c_string(uint64_t offset) const;

  std::string_view text() const { return {reinterpret_cast<const char*>(data_), size_}; }

  /// Whether the range is in bounds and holds only zero bytes.
  bool is_zero(uint64_t offset, uint64_t length) const;

 private:
  void check(uint64_t offset, uint64_t length) const {
    if (!contains(offset, length)) throw_out_of_range(offset, length, size_);
  }
  const unsigned char* data_ = nullptr;
  uint64_t size_ = 0;
};

template <class T>
class Array {
 public:
  Array(Bytes bytes, uint64_t count) : bytes_(bytes), count_(count) {}
  uint64_t size() const { return count_; }
  T operator[](uint64_t index) const {
    if (index >= count_) throw_out_of_range(index, 1, count_);
    return bytes_.read<T>(index * sizeof(T));
  }

 private:
  Bytes bytes_;
  uint64_t count_;
};

template <class T>
Array<T> Bytes::array(uint64_t offset, uint64_t count) const {
  if (offset > size_ || count > (size_ - offset) / sizeof(T)) throw_out_of_range(offset, count * sizeof(T), size_);
  return {slice(offset, count * sizeof(T)), count};
}

/// Appends the bytes of `value` as they lie in memory. For writing fields of file formats.
template <class T>
void append_value(std::basic_string<char>& out, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  out.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

}  // namespace bundle
