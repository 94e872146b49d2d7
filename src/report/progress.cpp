#include "report/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string_view>

#include "base/say.h"

namespace bundle::report {

namespace {
int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}
}  // namespace

Progress::Progress(std::string label, bool wanted) : label_(std::move(label)), next_draw_(now_ms() + 200) {
  const char* terminal = std::getenv("TERM");
  active_ = wanted && error_is_terminal() && (terminal == nullptr || std::string_view(terminal) != "dumb");
}

Progress::~Progress() {
  if (drawn_) draw_error_line("");
}

void Progress::update(uint64_t done, uint64_t total) {
  if (!active_ || total == 0) return;
  const std::lock_guard lock(mutex_);
  const int64_t now = now_ms();
  if (now < next_draw_) return;
  next_draw_ = now + 50;
  drawn_ = true;
  constexpr size_t width = 30;
  const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  const auto filled = static_cast<size_t>(share * width);
  draw_error_line(fmt::format("{} [{}{}] {:3.0f}%", label_, std::string(filled, '#'), std::string(width - filled, '-'),
                              share * 100));
}

}  // namespace bundle::report
