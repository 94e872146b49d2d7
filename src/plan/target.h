// Where a bundle is to run, as data: where its service unpacks an output, what it allows, what is lost on the way
// there.
//
// Each target is a file target_NAME.cpp with its facts and a row in target.cpp; nothing else asks which one it is.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plan/plan.h"

namespace bundle::plan {

/// bin/NAME, as in any folder of programs.
std::string launcher_in_bin(size_t index, const std::string& name, const std::string& home);

/// One of a process's environment.
struct Variable {
  std::string_view name, value;
};

struct Target {
  std::string_view name;         // of --target
  std::string_view about;        // a few words, for the help
  std::string_view prefix;       // where an output is unpacked; "/" where that may be anywhere
  std::string_view folder = {};  // of the output, which holds one of each bundle's name; empty: it lies there itself

  std::string_view service = {};  // who sets the limits: "Lambda"
  uint64_t unpacked_limit = UINT64_MAX;
  std::string_view limited = {};       // what the unpacked limit is of: "a function and all its layers"
  uint64_t packed_limit = UINT64_MAX;  // of a zip
  std::string_view over_packed = {};   // how a larger one gets there

  bool keeps_run_bits = true;
  bool own_tmp = false;  // /tmp is this one program's, who may trust what it finds there

  // What a process finds there, for who runs a bundle here as it would be there.
  std::span<const Variable> environment = {};
  std::string_view working_folder = "/tmp";
  uint32_t user = 1000, group = 1000;
  bool has_shared_memory = true;  // /dev/shm, and terminals of its own

  /// The path in the bundle of what starts the program called `name`, the `index`th that was named. `home` is lib/NAME.
  std::string (*launcher)(size_t index, const std::string& name, const std::string& home) = launcher_in_bin;
  /// Throws Error for what cannot run there. `launchers`: whether the programs get one.
  void (*check)(const Plan& plan, bool launchers) = nullptr;
  /// What the user should know, one line each.
  std::vector<std::string> (*notes)(const Plan& plan) = nullptr;

  bool has_limit() const { return unpacked_limit != UINT64_MAX; }
};

/// All that there are, the default first.
const std::vector<const Target*>& targets();
/// Null when none is called so.
const Target* find_target(std::string_view name);

}  // namespace bundle::plan
