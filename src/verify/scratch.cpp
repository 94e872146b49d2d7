// See scratch.h.
#include "verify/scratch.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/error.h"
#include "base/fault.h"
#include "base/folder.h"
#include "base/interrupt.h"

namespace bundle::verify {

namespace {

constexpr const char* cannot_hold = "cannot hold what is unpacked to be looked at (TMPDIR names another folder)";

std::string folder_for_scratch() {
  const char* const named = std::getenv("TMPDIR");
  return named != nullptr && *named == '/' ? named : "/tmp";
}

}  // namespace

Scratch::Scratch() : folder_(folder_for_scratch() + "/bundle-verify-XXXXXX") {
  if (::mkdtemp(folder_.data()) == nullptr) {
    const int error_number = errno;
    throw system_error(folder_for_scratch(), cannot_hold, error_number);
  }
  litter(folder_);
}

Scratch::~Scratch() {
  open_.reset();
  remove_tree(folder_);
  no_litter(folder_);
}

void Scratch::write(Bytes bytes) {
  if (open_ == nullptr) {
    const std::string path = next();
    open_ = std::make_unique<Descriptor>(
        uninterrupted([&] { return ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600); }));
    if (open_->get() < 0) {
      const int error_number = errno;
      throw system_error(folder_, cannot_hold, error_number);
    }
  }
  for (uint64_t done = 0; done < bytes.size();) {
    const ssize_t count =
        uninterrupted([&] { return ::write(open_->get(), bytes.data() + done, bytes.size() - done); });
    if (count < 0) {
      const int error_number = errno;
      throw system_error(folder_, cannot_hold, error_number);
    }
    done += static_cast<uint64_t>(count);
  }
}

std::string Scratch::finish() {
  write(Bytes());
  open_.reset();
  std::string path = next();
  ++count_;
  return path;
}

void Scratch::drop() { open_.reset(); }

}  // namespace bundle::verify
