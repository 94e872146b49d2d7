#include "base/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/printable.h"

namespace bundle {

namespace {
std::string_view the_deed = "bundled";
Exit of_bad_input = Exit::cannot_bundle;
}  // namespace

void set_deed(std::string_view past_participle) { the_deed = past_participle; }
std::string_view deed() { return the_deed; }

void set_exit_of_bad_input(Exit kind) { of_bad_input = kind; }
int exit_code(Exit kind) { return static_cast<int>(kind == Exit::cannot_bundle ? of_bad_input : kind); }

Error::Error(Exit kind, std::string path, std::string sentence, std::string next_step)
    : kind_(kind), path_(std::move(path)), sentence_(std::move(sentence)), next_step_(std::move(next_step)) {
  compose();
}

void Error::set_path_if_empty(std::string_view path) {
  if (!path_.empty()) return;
  path_ = path;
  compose();
}

void Error::set_next_step_if_empty(std::string_view next_step) {
  if (next_step_.empty()) set_next_step(next_step);
}

void Error::set_next_step(std::string_view next_step) {
  next_step_ = next_step;
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

std::string printable(std::string_view text, size_t limit) {
  std::string out;
  while (!text.empty()) {
    const size_t plain = plain_prefix(text);
    if (out.size() + plain > limit) return out.append(text.substr(0, limit - std::min(limit, out.size()))) + "…";
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    if (out.size() >= limit) return out + "…";
    const Character character = first_character(text);
    for (size_t i = 0; i < character.length; ++i) {
      if (character.is_safe) {
        out += text[i];
      } else {
        out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i]));
      }
    }
    text.remove_prefix(character.length);
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
