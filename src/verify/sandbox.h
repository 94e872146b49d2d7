// A bundle run here as it would be there: an empty root by bubblewrap (bwrap(1)), with the bundle where its target
// unpacks it and nothing else.
//
// What stands in the root is a list of mounts that bubblewrap is started with; nothing is written outside of temporary
// folders, no shell is used, no root needed. Standard streams, the terminal and its signals are the program's. All that
// it started has ended when it has.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plan/target.h"

namespace bundle::verify {

/// One more folder or file of this machine, seen inside.
struct Bind {
  std::string source;  // here
  std::string inside;  // absolute
  bool is_writable = false;
};

/// Where a bundle runs.
struct Place {
  const plan::Target* target = nullptr;
  std::string folder;          // the bundle, unpacked, of this machine; see unpack() in verify/opened.h
  std::string prefix;          // where it lies inside; empty: where its target unpacks it
  std::string root;            // a folder of this machine, whose files stand around it; empty: nothing does
  bool run_bits = true;        // false: as a service that loses them. Files of `folder` should have none then
  bool network = false;        // this machine's, with its names of hosts
  uint64_t memory = 0;         // bytes; 0: no limit
  uint64_t seconds = 0;        // 0: no limit
  std::vector<Bind> binds;     // in order, over all else
  std::string working_folder;  // inside; empty: the target's
  std::vector<std::pair<std::string, std::string>> environment;  // besides and over the target's: name, value
};

/// How a program ended.
struct Ended {
  enum class How : uint8_t {
    by_itself,
    by_signal,
    out_of_time,
    out_of_memory,
    not_started,  // bubblewrap could not make the root, or start it; it has said why on standard error
  };
  How how = How::by_itself;
  int status = 0;  // to pass on: its own, 128 + N for signal N, 124 out of time, 137 out of memory
  int signal = 0;  // the last that this process was sent meanwhile; 0: none
};

/// Where the bundle lies inside.
std::string prefix_of(const Place& place);

/// Runs arguments[0], an absolute path inside, to its end. Signals that a user sends to this process go to it. Throws
/// Error: machine when bubblewrap, or what runs programs of another architecture, is missing or nothing can be started.
Ended run_in(const Place& place, const std::vector<std::string>& arguments);

/// What a run made of one path.
struct Seen {
  enum class Use : uint8_t { looked_at, listed, opened, executed };  // from the weakest on
  std::string path;        // inside, absolute, tidy by its text: links in it are as they were named
  Use use{};               // the strongest
  bool was_there = false;  // at least once
  bool written = false;    // opened to write, or created
};
struct Watched {
  Ended ended;
  std::vector<Seen> seen;  // sorted by path
};

/// The same, seen: each path that a system call named, by the program and all that it started. What the kernel opens by
/// itself has no call: the interpreter of an ELF file (PT_INTERP). Throws Error (machine) also where tracing is
/// refused.
Watched watch_in(const Place& place, const std::vector<std::string>& arguments);

}  // namespace bundle::verify
