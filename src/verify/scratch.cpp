// See scratch.h.
#include "verify/scratch.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "base/fault.h"

namespace bundle::verify {

void Scratch::fail(int error_number) const {
  Error error = system_error(folder_.path(), "cannot hold what is unpacked to be looked at", error_number);
  folder_.explain(error);
  throw error;
}

void Scratch::write(Bytes bytes) {
  if (open_ == nullptr) {
    const std::string path = next();
    open_ = std::make_unique<Descriptor>(
        uninterrupted([&] { return ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600); }));
    if (open_->get() < 0) {
      fail(errno);
    }
  }
  for (uint64_t done = 0; done < bytes.size();) {
    const ssize_t count =
        uninterrupted([&] { return ::write(open_->get(), bytes.data() + done, bytes.size() - done); });
    if (count < 0) {
      fail(errno);
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
