// A tar that a test makes up, byte by byte, the wrong ones too; and files without a name that hold it.
#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/file.h"
#include "machine/image_tree.h"

namespace made_tar {

class Tar {
 public:
  Tar& file(const std::string& name, const std::string& content = "", unsigned mode = 0644) {
    return member(name, '0', content, "", mode);
  }
  Tar& folder(const std::string& name, unsigned mode = 0755) { return member(name, '5', "", "", mode); }
  Tar& link(const std::string& name, const std::string& target) { return member(name, '2', "", target, 0777); }
  Tar& hard_link(const std::string& name, const std::string& target) { return member(name, '1', "", target); }
  /// `magic`: "ustar\0" "00" of POSIX, "ustar  \0" of GNU tar.
  Tar& member(const std::string& name, char type, const std::string& content, const std::string& target = "",
              unsigned mode = 0644, const std::string& size = "") {
    std::string block(512, '\0');
    put(block, 0, name);
    put(block, 100, fmt::format("{:07o}", mode));
    put(block, 108, "0000000");
    put(block, 116, "0000000");
    put(block, 124, size.empty() ? fmt::format("{:011o}", content.size()) : size);
    put(block, 136, "00000000000");
    block[156] = type;
    put(block, 157, target);
    put(block, 257, std::string("ustar\00000", 8));
    return raw(summed(block)).padded(content);
  }
  Tar& pax(const std::string& records, char type = 'x') { return member("pax", type, records); }
  Tar& raw(const std::string& bytes) {
    bytes_ += bytes;
    return *this;
  }
  Tar& padded(const std::string& content) {
    bytes_ += content + std::string((512 - content.size() % 512) % 512, '\0');
    return *this;
  }
  /// With the two blocks of zeros that end a tar.
  std::string bytes() const { return bytes_ + std::string(1024, '\0'); }
  std::string cut() const { return bytes_; }

  static std::string summed(std::string block) {
    put(block, 148, "        ");
    unsigned sum = 0;
    for (const char c : block) sum += static_cast<unsigned char>(c);
    put(block, 148, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
    return block;
  }
  static void put(std::string& block, size_t at, const std::string& text) { block.replace(at, text.size(), text); }

 private:
  std::string bytes_;
};

/// "LENGTH KEY=VALUE\n"
inline std::string record(const std::string& key, const std::string& value) {
  const size_t rest = key.size() + value.size() + 3;
  size_t length = rest + 1;
  while (std::to_string(length).size() + rest != length) ++length;
  return fmt::format("{} {}={}\n", length, key, value);
}

inline std::shared_ptr<const bundle::OpenFile> opened(const std::string& bytes, const std::string& name = "made.tar") {
  bundle::Descriptor memory(::memfd_create("made-tar", MFD_CLOEXEC));
  if (::write(memory.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
    throw std::runtime_error("no memory");
  int error_number = 0;
  return bundle::OpenFile::adopt(std::move(memory), name, error_number);
}

}  // namespace made_tar
