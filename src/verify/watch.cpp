// watch_in(), see sandbox.h. bubblewrap's own calls, as it makes the root, are not the program's: what is seen begins
// when the process that it made for that becomes the program.
#include <fcntl.h>

#include <cerrno>
#include <map>

#include "base/file.h"
#include "verify/sandbox_process.h"
#include "verify/sandbox_start.h"

namespace bundle::verify {

namespace {

using machine::SeenCall;
using machine::Shape;

class Watching {
 public:
  void see(const SeenCall& call) {
    const bool begins = call.shape == Shape::execute && became_ == 1;
    if (became_ < 2 && !begins) return;
    if (!call.path.starts_with('/') && !call.base.starts_with('/')) return;
    Seen& seen = at(normal_path(call.path.starts_with('/') ? call.path : call.base + "/" + call.path));
    const Seen::Use use = use_of(call);
    seen.use = std::max(seen.use, use);
    const long result = call.result.value_or(0);
    if (result != -ENOENT && result != -ENOTDIR) seen.was_there = true;
    if (call.shape == Shape::creat || (is_open(call.shape) && (call.flags & O_ACCMODE) != O_RDONLY))
      seen.written = true;
  }

  /// The first is bubblewrap, the second the program.
  void became(const std::string& path) {
    if (++became_ < 2 || path.empty()) return;
    Seen& seen = at(path);
    seen.use = Seen::Use::executed;
    seen.was_there = true;
  }

  std::vector<Seen> take() {
    std::vector<Seen> all;
    for (auto& [path, seen] : seen_) all.push_back(std::move(seen));
    return all;
  }

 private:
  static bool is_open(Shape shape) { return shape == Shape::open || shape == Shape::openat || shape == Shape::openat2; }

  static Seen::Use use_of(const SeenCall& call) {
    if (call.shape == Shape::execute || call.shape == Shape::executeat) return Seen::Use::executed;
    if (is_open(call.shape)) return (call.flags & O_DIRECTORY) != 0 ? Seen::Use::listed : Seen::Use::opened;
    return call.shape == Shape::creat ? Seen::Use::opened : Seen::Use::looked_at;
  }

  Seen& at(const std::string& path) {
    Seen& seen = seen_[path];
    seen.path = path;
    return seen;
  }

  int became_ = 0;
  std::map<std::string, Seen> seen_;
};

}  // namespace

Watched watch_in(const Place& place, const std::vector<std::string>& arguments) {
  const Start start(place, arguments);
  Watching watching;
  machine::Tracing tracing;
  tracing.results = true;
  tracing.each = [&](const SeenCall& call) { watching.see(call); };
  tracing.became = [&](pid_t, const std::string& path) { watching.became(path); };
  Watched watched;
  watched.ended = run_bubblewrap(start.place(), start.arguments(), std::move(tracing));
  watched.seen = watching.take();
  return watched;
}

}  // namespace bundle::verify
