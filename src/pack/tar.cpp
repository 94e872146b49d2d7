// See tar.h. The .tar itself, too.
#include "pack/tar.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/interrupt.h"
#include "pack/format_rows.h"
#include "pack/stream.h"

namespace bundle::pack {

namespace {

constexpr size_t block = 512;
constexpr uint64_t largest_octal = 077777777777;  // 11 digits

/// ustar's header. All fields are text, so its place in memory is its place in the file.
struct Header {
  char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], chksum[8], typeflag, linkname[100], magic[6],
      version[2];
  char uname[32], gname[32], devmajor[8], devminor[8], prefix[155], padding[12];
};
static_assert(sizeof(Header) == block);

template <size_t Size>
void put(char (&field)[Size], std::string_view text) {
  std::memcpy(field, text.data(), std::min(text.size(), Size));
}

template <size_t Size>
void put_octal(char (&field)[Size], uint64_t value) {
  put(field, fmt::format("{:0{}o}", value, Size - 1));
}

/// Where a path is cut into prefix and name, each as long as its field allows; none for one that fits no such cut.
std::optional<size_t> cut_of(const std::string& path) {
  if (path.size() <= sizeof Header::name) return 0;
  // The slash between them is not stored; one at the end belongs to the name.
  size_t at = path.rfind('/', std::min(path.size() - 2, sizeof Header::prefix));
  if (at == std::string::npos || at == 0 || path.size() - at - 1 > sizeof Header::name) return std::nullopt;
  return at;
}

std::string header_of(const std::string& path, size_t cut, char type, uint32_t mode, uint64_t size, uint64_t time) {
  Header header = {};
  put(header.name, std::string_view(path).substr(cut == 0 ? 0 : cut + 1));
  put(header.prefix, std::string_view(path).substr(0, cut));
  put_octal(header.mode, mode);
  put_octal(header.uid, 0);
  put_octal(header.gid, 0);
  put_octal(header.size, std::min(size, largest_octal));
  put_octal(header.mtime, std::min(time, largest_octal));
  header.typeflag = type;
  put(header.magic, std::string_view("ustar\0", 6));
  put(header.version, "00");
  put_octal(header.devmajor, 0);
  put_octal(header.devminor, 0);
  std::memset(header.chksum, ' ', sizeof header.chksum);
  std::string out(block, '\0');
  std::memcpy(out.data(), &header, block);
  unsigned sum = 0;
  for (const char byte : out) sum += static_cast<unsigned char>(byte);
  put(header.chksum, fmt::format("{:06o}", sum) + '\0' + ' ');
  std::memcpy(out.data(), &header, block);
  return out;
}

std::string padding_of(uint64_t size) { return std::string((block - size % block) % block, '\0'); }

/// "LENGTH KEY=VALUE\n", of which the length counts its own digits.
std::string record(std::string_view key, std::string_view value) {
  const size_t rest = key.size() + value.size() + 3;
  size_t length = rest + 1;
  while (length != rest + std::to_string(length).size()) length = rest + std::to_string(length).size();
  return fmt::format("{} {}={}\n", length, key, value);
}

}  // namespace

Pieces tar_of(std::vector<Entry> entries, int64_t time) {
  entries = arrange(std::move(entries));
  const auto seconds = static_cast<uint64_t>(std::max<int64_t>(time, 0));
  Pieces tar;
  for (const Entry& entry : entries) {
    const bool is_folder = entry.path.ends_with('/');
    const uint64_t size = entry.content.size();
    const std::optional<size_t> cut = cut_of(entry.path);
    std::string records;
    if (!cut) records += record("path", entry.path);
    if (size > largest_octal) records += record("size", std::to_string(size));
    std::string head;
    if (!records.empty()) {
      head = header_of("PaxHeaders/" + std::string(base_name(entry.path)).substr(0, 80), 0, 'x', 0644, records.size(),
                       seconds);
      head += records + padding_of(records.size());
    }
    head += header_of(cut ? entry.path : entry.path.substr(0, sizeof Header::name), cut.value_or(0),
                      is_folder ? '5' : '0', entry.mode, size, seconds);
    tar.append_text(std::move(head));
    tar.append(entry.content);
    tar.append_text(padding_of(size));
  }
  tar.append_text(std::string(2 * block, '\0'));
  return tar;
}

namespace {

uint64_t write(const Sink& out, Load load) {
  const Pieces tar = tar_of(std::move(load.entries), load.settings.time);
  for_each_shard(tar, load.settings, [&](Bytes shard) { out(shard.text()); });
  return tar.size();
}

}  // namespace

const Format tar_format = {.name = "tar", .endings = {".tar", ""}, .stream = write};

}  // namespace bundle::pack
