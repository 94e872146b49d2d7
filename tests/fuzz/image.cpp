// An image on any bytes: a tar of whatever kind, its JSON and its layers, or an Error.
#include "machine/image.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "base/error.h"
#include "machine/root.h"

using namespace bundle;

namespace {

/// A machine whose only file is the image, which is its root.
class OneFile : public machine::Disk {
 public:
  OneFile(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  machine::Status status(const std::string&) const override {
    machine::Status status;
    status.kind = machine::Kind::file;
    return status;
  }
  machine::Status link_status(const std::string& path) const override { return status(path); }
  std::optional<std::string> link_target(const std::string&, int& error_number) const override {
    error_number = EINVAL;
    return std::nullopt;
  }
  Names list(const std::string&, int& error_number) const override {
    error_number = ENOTDIR;
    return {};
  }
  std::shared_ptr<const OpenFile> open(const std::string& path, int& error_number) const override {
    Descriptor memory(::memfd_create("fuzzed", MFD_CLOEXEC));
    error_number = EIO;
    if (::write(memory.get(), data_, size_) != static_cast<ssize_t>(size_)) return nullptr;
    error_number = 0;
    return OpenFile::adopt(std::move(memory), path, error_number);
  }
  std::shared_ptr<const MappedFile> map(const std::string&, int& error_number) const override {
    error_number = EIO;
    return nullptr;
  }
  bool is_made_by_kernel(const std::string&) const override { return false; }
  std::optional<bundle::FileRights> rights(const std::string&) const override { return std::nullopt; }

 private:
  const uint8_t* data_;
  size_t size_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  machine::ImageRequest request;
  request.file = "/";
  request.limits = {1000, 1U << 20U, 1U << 22U, 1U << 20U};
  for (const char* name : {"", "latest"}) {
    request.name = name;
    try {
      const machine::SourceImage image = machine::open_image(request, std::make_shared<OneFile>(data, size));
      (void)image.disk->status("/etc/a");
    } catch (const Error&) {
    }
  }
  return 0;
}
