#include "base/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace bundle {

namespace {
std::string_view the_deed = "bundled";
}

void set_deed(std::string_view past_participle) { the_deed = past_participle; }
std::string_view deed() { return the_deed; }

Error::Error(Exit kind, std::string path, std::string sentence, std::string next_step)
    : kind_(kind), path_(std::move(path)), sentence_(std::move(sentence)), next_step_(std::move(next_step)) {
  compose();
}

void Error::set_path_if_empty(std::string_view path) {
  if (!path_.empty()) return;
  path_ = path;
  compose();
}

void Error::rename_folder(std::string_view folder, std::string_view shown) {
  if (!path_.starts_with(folder)) return;
  path_ = std::string(shown) + path_.substr(folder.size());
  compose();
}

void Error::add_context(std::string_view context) {
  if (!context_.empty()) context_ += "; ";
  context_ += context;
  compose();
}

void Error::compose() {
  text_ = path_.empty() ? sentence_ : fmt::format("{}: {}", printable(path_), sentence_);
  if (!context_.empty()) text_ += fmt::format(" ({})", context_);
  if (!next_step_.empty()) text_ += ". " + next_step_;
}

namespace {

/// Length of the well-formed UTF-8 sequence at the front of `text`, 0 if there is none (Unicode 15, table 3-7).
size_t utf8_length(std::string_view text) {
  const auto at = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto tail = [&](size_t i) { return (at(i) & 0xC0U) == 0x80U; };
  const unsigned lead = at(0);
  if (lead < 0x80U) return 1;
  if (lead >= 0xC2U && lead <= 0xDFU) return tail(1) ? 2 : 0;
  if (lead >= 0xE0U && lead <= 0xEFU) {
    const bool overlong = lead == 0xE0U && at(1) < 0xA0U;
    const bool surrogate = lead == 0xEDU && at(1) > 0x9FU;
    return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xF0U && lead <= 0xF4U) {
    const bool overlong = lead == 0xF0U && at(1) < 0x90U;
    const bool beyond = lead == 0xF4U && at(1) > 0x8FU;
    return tail(1) && tail(2) && tail(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string printable(std::string_view text, size_t limit) {
  const bool is_plain = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (is_plain && text.size() <= limit) return std::string(text);
  std::string out;
  while (!text.empty()) {
    if (out.size() >= limit) return out + "…";
    const size_t length = utf8_length(text);
    const unsigned lead = static_cast<unsigned char>(text.front());
    // C0, DEL and the C1 controls (which UTF-8 writes as C2 80 to C2 9F) can drive a terminal.
    const bool control =
        lead < 0x20U || lead == 0x7FU || (length == 2 && lead == 0xC2U && static_cast<unsigned char>(text[1]) < 0xA0U);
    if (length == 0 || control) {
      out += fmt::format("\\x{:02x}", lead);
      text.remove_prefix(1);
    } else {
      out += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return out;
}

namespace {

const char* step_after(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      return "Free some space, or name another place with -o";
    case EROFS:
      return "Name a place that can be written to with -o";
    case EACCES:
    case EPERM:
      return "Run as a user who may, or name another place with -o";
    case ENOENT:
    case ENOTDIR:
      return "Make the folder first, or name another place with -o";
    case EFBIG:
      return "The file system or a limit (ulimit -f) allows no file that large: name another place with -o";
    case EMFILE:
    case ENFILE:
      return "Allow more open files (ulimit -n), or run it again when fewer are open";
    case ENOMEM:
      return "Close other programs, or bundle fewer programs at a time";
    case EIO:
    case ESTALE:
    case ENOTCONN:
    case ETIMEDOUT:
      return "The disk or the way to it has a fault: look at the kernel's log (dmesg)";
    case EINTR:
    case EAGAIN:
      return "Run it again";
    default:
      return "";
  }
}

}  // namespace

Error system_error(std::string path, std::string_view what_failed, int error_number) {
  return {Exit::machine, std::move(path),
          fmt::format("{}: {}", what_failed, std::generic_category().message(error_number)), step_after(error_number)};
}

}  // namespace bundle
