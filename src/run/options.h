// What a bundling run is asked to do, as plain data: whoever asks, the story in bundle.h is told from these alone.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "discover/options.h"
#include "machine/recording.h"
#include "plan/plan.h"

namespace bundle::run {

/// What is run, or read, to see what a run of the programs uses.
struct TraceOptions {
  bool run = false;                    // the first program, with `arguments`
  std::vector<std::string> arguments;  // what follows its name
  std::vector<std::string> inputs;     // logs of `strace -f`
};

struct BundleOptions {
  std::vector<std::string> programs;           // at least one, each a path or a name; named_file.h has the rule
  std::string handler;                         // of `programs`, the one that is run once an event; empty: none
  std::string output;                          // FILE.zip and its like, DIR/, or "-"; may be empty in a dry run only
  std::string format;                          // of the output; empty: its ending says so
  std::vector<std::string> image_environment;  // of an image: KEY=VALUE
  std::string image_user;                      // of an image: USER[:GROUP]
  bool dry_run = false;                        // all but the writing
  bool force = false;    // replace an output of ours that is there; go over the target's size limit
  int level = 6;         // of compression, 1 to 12
  unsigned jobs = 0;     // threads; 0: one a processor
  bool progress = true;  // a bar, where standard error is a terminal

  std::vector<std::string> library_path;      // searched as LD_LIBRARY_PATH is, and before it
  std::string environment_path;               // LD_LIBRARY_PATH itself; of a sysroot empty, about which it says nothing
  std::string sysroot;                        // "" is this machine
  std::shared_ptr<const machine::Disk> disk;  // what the sysroot lies on; null: this machine's
  std::vector<std::string> program_path;      // of a sysroot: where a bare name is looked for; empty: the usual folders

  const plan::Target* target = nullptr;  // not said: what the format is usually for
  std::string prefix;     // normal and absolute: where the output will be unpacked; empty: where the target does so
  std::string name;       // of lib/NAME; empty: the first program's
  bool flat = false;      // lib/ itself instead
  bool runpath = false;   // DT_RUNPATH instead of DT_RPATH
  bool launchers = true;  // false: bin/ holds the programs themselves
  bool prefer_target = false;                                // a file that the target has wins over the bundle's
  std::vector<std::pair<std::string, std::string>> renames;  // OLD (a program's name or path), NEW
  std::vector<std::string> environment;                      // KEY=VALUE

  std::string only_used;  // a record of runs (report/record.h): what none of them used stays out; empty: none

  std::vector<std::string> why;  // paths and names that are to be explained; why.h has what they may be

  discover::Options discover;
  TraceOptions trace;

  std::shared_ptr<machine::Recording> recording;  // takes down what the run asks of the disk; null: nobody does
};

}  // namespace bundle::run
