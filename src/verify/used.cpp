// See used.h.
#include "verify/used.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/interrupt.h"
#include "verify/sandbox_program.h"

namespace bundle::verify {

namespace {

constexpr const char* working_folder = "/tmp";

/// Standard input and output of this process, and so of what it starts, are others as long as this lives.
class OtherStreams {
 public:
  explicit OtherStreams(const std::string& input) {
    put(0, input.empty() ? "/dev/null" : input, O_RDONLY);
    put(1, "/dev/null", O_WRONLY);
  }
  ~OtherStreams() {
    for (int stream = 0; stream < 2; ++stream) {
      if (saved_.at(static_cast<size_t>(stream)) < 0) continue;
      ::dup2(saved_.at(static_cast<size_t>(stream)), stream);
      ::close(saved_.at(static_cast<size_t>(stream)));
    }
  }
  OtherStreams(const OtherStreams&) = delete;
  OtherStreams& operator=(const OtherStreams&) = delete;

 private:
  void put(int stream, const std::string& path, int flags) {
    const int opened = ::open(path.c_str(), flags | O_CLOEXEC);
    if (opened < 0) {
      const int error_number = errno;
      throw Error(Exit::usage, path,
                  fmt::format("cannot be the input of a run: {}", std::generic_category().message(error_number)),
                  "Name a file that is there behind '<'");
    }
    saved_.at(static_cast<size_t>(stream)) = ::fcntl(stream, F_DUPFD_CLOEXEC, 3);
    ::dup2(opened, stream);
    ::close(opened);
  }
  std::array<int, 2> saved_ = {-1, -1};
};

void check_end(const Job& job, const Ended& ended, const std::set<int>& expected) {
  std::string how;
  switch (ended.how) {
    case Ended::How::by_itself:
      if (expected.contains(ended.status)) return;
      how = fmt::format("ended with {}", ended.status);
      break;
    case Ended::How::by_signal:
      if (expected.contains(ended.status)) return;
      how = fmt::format("was ended by signal {}", ended.status - 128);
      break;
    case Ended::How::out_of_time:
      how = "ran out of time";
      break;
    case Ended::How::out_of_memory:
      how = "ran out of memory";
      break;
    case Ended::How::not_started:
      how = "was not started";
      break;
  }
  throw Error(
      Exit::limit, "",
      fmt::format("'{}' {} in the bundle, and by a run that fails nothing is slimmed", printable(job.told), how),
      ended.how == Ended::How::by_itself
          ? "See that it works by `bundle run`, or say --expect STATUS where it is meant to end so"
          : "See that it works by `bundle run`");
}

std::vector<Bind> binds_of(const Watching& watching) {
  std::vector<Bind> binds = {{watching.scratch, working_folder, true}};
  for (const std::string& input : watching.inputs) {
    const std::optional<std::string> real = real_path(input);
    if (!real) throw Error(Exit::usage, input, "is not there, and cannot be an input");
    const std::string name(base_name(absolute_path(input)));
    if (name.empty()) throw Error(Exit::usage, input, "has no name for the commands to find it by");
    Bind bind{*real, std::string(working_folder) + "/" + name, false};
    const auto is_its = [&](const Bind& other) { return other.inside == bind.inside; };
    if (std::any_of(binds.begin(), binds.end(), is_its)) {
      throw Error(
          Exit::usage, input,
          fmt::format("goes by the name of another input, {}, and the commands find either by that", printable(name)),
          "Give inputs of different names, or the folder that they lie in");
    }
    binds.push_back(std::move(bind));
  }
  return binds;
}

}  // namespace

Asked used_by(const Opened& bundle, const Watching& watching, const std::vector<Job>& jobs) {
  Place place = watching.place;
  for (Bind& bind : binds_of(watching)) place.binds.push_back(std::move(bind));
  place.working_folder = working_folder;
  const std::string inside = prefix_of(place), prefix = inside + "/";
  Asked used;
  for (const Job& job : jobs) {
    std::vector<std::string> arguments = job.words;
    arguments.front() = program_inside(bundle, inside, arguments.front());
    Place here = place;
    for (const auto& variable : job.environment) here.environment.push_back(variable);
    Watched watched;
    {
      const OtherStreams streams(job.input);
      watched = watch_in(here, arguments);
    }
    if (watched.ended.signal != 0) throw Interrupted{watched.ended.signal};  // the job had it, too
    check_end(job, watched.ended, watching.expected);
    for (const Seen& seen : watched.seen) {
      if (!seen.was_there || !seen.path.starts_with(prefix) || seen.path.size() == prefix.size()) continue;
      std::string path = seen.path.substr(prefix.size());
      const std::optional<struct stat> status = link_status_of(place.folder + "/" + path);
      if (!status) continue;
      if (S_ISDIR(status->st_mode)) path += '/';
      if (S_ISDIR(status->st_mode) && seen.use >= Seen::Use::listed) used.listed.insert(path);
      used.paths.insert(std::move(path));
    }
  }
  return used;
}

}  // namespace bundle::verify
