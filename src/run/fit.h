// A bundle that would be over its target's limit does without what is only likely, before it gives up.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "run/follow.h"

namespace bundle::run {

/// follow(), and as long as all that was found is over `limit` (bytes, unpacked) again without the largest of what is
/// likely, what is essential behind all else; a hint says what was dropped. With nothing left to drop the last answer
/// is returned, large as it is. What is weighed are the files as they lie on the source machine, and a guess at what a
/// bundle has beyond them.
Followed follow_within(const BundleOptions& options, uint64_t limit, std::vector<plan::NamedProgram>& programs,
                       resolve::Resolver& resolver, const packages::Database* packages);

/// What a bundle without some of what may go would be.
struct Attempt {
  uint64_t size = 0;                           // bytes
  std::vector<Followed::Droppable> droppable;  // of what is in
  std::map<std::string, uint64_t> dropped;     // by key, of what is not in: what it would cost beside the rest
};
/// Tries until `attempt`, which is told the keys that are to stay out, tells of one within `limit`; or of the smallest
/// that there is. Gives the keys of the answer: of the last attempt within the limit, else of the last one.
///
/// First that goes of which the number (Droppable::goes_last) is smallest, the largest of it ahead; of a larger number
/// nothing as long as there is something of a smaller one. Then as much is given back as there is room for, what is to
/// go last first: what two drag in counts for neither as long as both are in, so that more went than had to.
std::set<std::string> fit(uint64_t limit, const std::function<Attempt(const std::set<std::string>& dropped)>& attempt);

}  // namespace bundle::run
