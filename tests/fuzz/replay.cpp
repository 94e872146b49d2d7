// main() of a fuzz target that is built without a fuzzer: runs it on every file of the folders named, each
// also cut short at many places.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>

#include "base/file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argc, char** argv) {
  size_t runs = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      const std::string whole = bundle::read_file(entry.path()).value();
      const size_t step = std::max<size_t>(1, whole.size() / 500);
      for (size_t size = 0; size <= whole.size(); size += size + step > whole.size() ? 1 : step) {
        LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(whole.data()), size);
        ++runs;
      }
    }
  }
  std::printf("%zu runs\n", runs);
  return runs == 0 ? 1 : 0;
}
