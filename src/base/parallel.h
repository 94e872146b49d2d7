// Work on all cores, results in index order.
//
// The outcome is the same whatever the number of threads: results are by index, and of several failures the one with
// the lowest index is thrown.
#pragma once

#include <cstddef>
#include <functional>

namespace bundle {

/// The number of processors this process may use, at least 1.
unsigned default_jobs();

/// Calls work(i) for every i below `count`, on up to `jobs` threads, in ascending order of start. Returns when all are
/// done. After a failure no new index is started; the exception of the lowest index that failed is rethrown.
void parallel_for(size_t count, unsigned jobs, const std::function<void(size_t)>& work);

}  // namespace bundle
