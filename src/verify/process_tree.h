// The processes that descend from one, by /proc/PID/task/TID/children, and what they take. Internal to verify.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <set>
#include <vector>

namespace bundle::verify {

std::vector<pid_t> children_of(pid_t process);

/// All below `process` but for what descends from `but`; parents first.
std::vector<pid_t> descendants_of(pid_t process, const std::set<pid_t>& but = {});

/// Bytes that only ending it would give back: its memory without what is mapped from files. 0 when it has ended.
uint64_t memory_of(pid_t process);

/// Whether it is the first process of a namespace of processes, which a user's signals do not reach.
bool is_first_of_namespace(pid_t process);

}  // namespace bundle::verify
