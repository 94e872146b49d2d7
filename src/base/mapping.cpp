// mmap(2), SIGBUS and the list of what is mapped.
#include "base/mapping.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <map>
#include <mutex>

#include "base/error.h"
#include "base/fault.h"

namespace bundle {

namespace {

/// What a mapping was made from.
struct Mapped {
  std::string path;
  uint64_t start = 0;  // in the file
  uint64_t size = 0;
  uint64_t lead = 0;  // bytes of the file that are mapped ahead, for a mapping begins with a page
  struct stat status = {};
  bool is_copy = false;  // read into memory of our own
};

/// Up to this many bytes are read: a small file's mapping costs more than its bytes, above all its end, which stops
/// every thread (a TLB shootdown for each munmap).
constexpr uint64_t small = 65'536;

std::mutex mutex;
std::map<uintptr_t, Mapped>& mappings() {
  static auto* all = new std::map<uintptr_t, Mapped>;  // outlives every static object that holds a file
  return *all;
}
Mapped lost_file;  // the one that `lost_page` lies in, once it is unmapped

std::atomic<uintptr_t> lost_page{0};
std::atomic<uintptr_t> lowest{UINTPTR_MAX}, highest{0};  // between these lies whatever was mapped
uintptr_t page_size = 4096;

void patch_page(int, siginfo_t* info, void*) {
  const int before = errno;
  const auto address = reinterpret_cast<uintptr_t>(info->si_addr) / page_size * page_size;
  const bool is_ours = info->si_code == BUS_ADRERR && address >= lowest.load() && address < highest.load();
  if (is_ours && ::mmap(reinterpret_cast<void*>(address), page_size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
                        -1, 0) != MAP_FAILED) {
    uintptr_t none = 0;
    lost_page.compare_exchange_strong(none, address);
  } else {
    std::signal(SIGBUS, SIG_DFL);  // and the instruction, tried again, ends the process
  }
  errno = before;
}

void catch_lost_pages() {
  page_size = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  struct sigaction action = {};
  action.sa_sigaction = patch_page;
  action.sa_flags = SA_SIGINFO;
  ::sigaction(SIGBUS, &action, nullptr);
}

/// Whether the page at `address` is one of a mapping whose first byte asked for lies at `start`.
bool has_page(uintptr_t start, const Mapped& mapped, uintptr_t address) {
  const uintptr_t first = start - mapped.lead;
  return !mapped.is_copy && address >= first && address - first < mapped.lead + mapped.size;
}

const Mapped* mapped_at(uintptr_t address) {
  // The page may begin ahead of the first byte that was asked for.
  auto after = mappings().upper_bound(address + page_size - 1);
  if (after == mappings().begin()) return nullptr;
  --after;
  return has_page(after->first, after->second, address) ? &after->second : nullptr;
}

/// All the bytes in memory of our own.
bool read_whole(int descriptor, uint64_t start, void* to, uint64_t size) {
  for (uint64_t at = 0; at < size;) {
    const ssize_t count = uninterrupted(
        [&] { return ::pread(descriptor, static_cast<char*>(to) + at, size - at, static_cast<off_t>(start + at)); });
    if (count == 0) errno = EINVAL;
    if (count <= 0) return false;
    at += static_cast<uint64_t>(count);
  }
  return true;
}

}  // namespace

Bytes map_file(const std::string& path, int descriptor, uint64_t start, uint64_t size, int& error_number) {
  static std::once_flag once;
  std::call_once(once, catch_lost_pages);
  Mapped mapped;
  mapped.path = path;
  mapped.start = start;
  mapped.size = size;
  void* address = MAP_FAILED;
  error_number = 0;
  if (size > small) {
    mapped.lead = start % page_size;
    address = ::mmap(nullptr, mapped.lead + size, PROT_READ, MAP_PRIVATE, descriptor,
                     static_cast<off_t>(start - mapped.lead));
    error_number = address == MAP_FAILED ? errno : 0;
    throw_machine_fault(path, "mmap", error_number);
  }
  if (address == MAP_FAILED) {
    mapped.is_copy = true;
    mapped.lead = 0;
    address = std::malloc(size);
    if (address == nullptr) {
      error_number = ENOMEM;
      throw_machine_fault(path, "malloc", error_number);
      return {};
    }
    if (!read_whole(descriptor, start, address, size)) {
      error_number = errno;
      std::free(address);
      throw_machine_fault(path, "pread", error_number);
      return {};
    }
    error_number = 0;
  }
  if (::fstat(descriptor, &mapped.status) != 0) mapped.status = {};
  const auto first = reinterpret_cast<uintptr_t>(address);
  const uintptr_t asked_for = first + mapped.lead;
  const std::lock_guard lock(mutex);
  if (!mapped.is_copy) {
    lowest = std::min(lowest.load(), first);
    highest = std::max(highest.load(), asked_for + size);
  }
  mappings().emplace(asked_for, std::move(mapped));
  return {reinterpret_cast<const void*>(asked_for), size};
}

void unmap_file(Bytes bytes) {
  const auto start = reinterpret_cast<uintptr_t>(bytes.data());
  bool is_copy = false;
  uint64_t lead = 0;
  {
    const std::lock_guard lock(mutex);
    const auto mapped = mappings().find(start);
    if (mapped == mappings().end()) return;
    const uintptr_t lost = lost_page.load();
    if (lost != 0 && has_page(start, mapped->second, lost)) lost_file = mapped->second;
    is_copy = mapped->second.is_copy;
    lead = mapped->second.lead;
    mappings().erase(mapped);
  }
  auto* const memory = const_cast<unsigned char*>(bytes.data());
  if (is_copy) {
    std::free(memory);
  } else {
    ::munmap(memory - lead, lead + bytes.size());
  }
}

void check_mappings() {
  const uintptr_t lost = lost_page.load(std::memory_order_relaxed);
  if (lost == 0) return;
  const std::lock_guard lock(mutex);
  if (lost_file.path.empty()) {
    if (const Mapped* mapped = mapped_at(lost)) lost_file = *mapped;
  }
  struct stat now = {};
  const bool is_there = ::stat(lost_file.path.c_str(), &now) == 0;
  if (is_there && static_cast<uint64_t>(now.st_size) >= lost_file.start + lost_file.size &&
      now.st_ino == lost_file.status.st_ino) {
    throw system_error(lost_file.path, "cannot be read: a page of its mapping", EIO);
  }
  throw Error(Exit::cannot_bundle, lost_file.path, "became shorter while it was read",
              "Run it again when nothing writes to the file");
}

void touch_pages(Bytes bytes) {
  for (uint64_t at = 0; at < bytes.size(); at += page_size) {
    static_cast<void>(*static_cast<const volatile unsigned char*>(bytes.data() + at));
  }
  if (!bytes.empty()) static_cast<void>(*static_cast<const volatile unsigned char*>(bytes.data() + bytes.size() - 1));
}

void check_inputs_unchanged() {
  check_mappings();
  const std::lock_guard lock(mutex);
  for (const auto& [start, mapped] : mappings()) {
    struct stat now = {};
    if (::stat(mapped.path.c_str(), &now) != 0) continue;  // it is gone, and what was mapped is whole
    const struct stat& then = mapped.status;
    if (now.st_dev != then.st_dev || now.st_ino != then.st_ino) continue;
    if (now.st_size == then.st_size && now.st_mtim.tv_sec == then.st_mtim.tv_sec &&
        now.st_mtim.tv_nsec == then.st_mtim.tv_nsec) {
      continue;
    }
    throw Error(Exit::cannot_bundle, mapped.path, "was written to while it was read",
                "Run it again when nothing writes to the file");
  }
}

}  // namespace bundle
