// A layer on any bytes, over itself: all its files are found and read, or an Error.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

#include "base/error.h"
#include "machine/image_disk.h"
#include "machine/root.h"

using namespace bundle;

namespace {

std::shared_ptr<const OpenFile> opened(const uint8_t* data, size_t size) {
  Descriptor memory(::memfd_create("fuzzed", MFD_CLOEXEC));
  if (::write(memory.get(), data, size) != static_cast<ssize_t>(size)) return nullptr;
  int error_number = 0;
  return OpenFile::adopt(std::move(memory), "fuzzed", error_number);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  machine::TreeLimits limits;
  limits.entries = 1000;
  limits.names = 1U << 20U;
  limits.decoded = 1U << 22U;
  limits.sparse_file = 1U << 20U;
  try {
    const auto tree = std::make_shared<machine::ImageTree>("fuzzed", limits);
    const std::shared_ptr<const OpenFile> file = opened(data, size);
    if (file == nullptr) return 0;
    tree->add({file, "fuzzed", "", true});
    tree->add({file, "fuzzed", "", true});  // over itself: each member meets what is lower
    tree->finish();
    machine::Root root(machine::disk_of_image(tree));
    root.walk("/", {[&](const std::string& path, Node node) {
                (void)root.real(path);
                if (node == Node::file) (void)root.read(path);
                return true;
              }});
  } catch (const Error&) {
  }
  return 0;
}
