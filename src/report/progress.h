// A progress bar on a terminal; nothing at all in a pipe or a file.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

namespace bundle::report {

class Progress {
 public:
  /// Draws on standard error when that is a terminal and `wanted`.
  Progress(std::string label, bool wanted);
  /// Wipes the bar.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// May be called from any thread; draws at most every 50 ms, and nothing in the first 200.
  void update(uint64_t done, uint64_t total);

 private:
  std::string label_;
  bool active_ = false;
  bool drawn_ = false;
  int64_t next_draw_ = 0;  // milliseconds on the steady clock
  std::mutex mutex_;
};

}  // namespace bundle::report
