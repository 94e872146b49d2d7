// See temporary_folder.h.
#include "base/temporary_folder.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>

#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/interrupt.h"

namespace bundle {

TemporaryFolder::TemporaryFolder() {
  const char* const named = std::getenv("TMPDIR");
  const std::string where = absolute_path(named == nullptr || *named == '\0' ? "/tmp" : named);
  path_ = (where == "/" ? "" : where) + "/bundle-XXXXXX";
  if (::mkdtemp(path_.data()) == nullptr) {
    const int error_number = errno;
    Error error = system_error(where, "no folder can be made in it", error_number);
    error.set_next_step("Name another folder by TMPDIR");
    throw error;
  }
  litter(path_);
}

void TemporaryFolder::explain(Error& error) const {
  if (error.kind() != Exit::machine || !is_at_or_below(error.path(), path_)) return;
  error.set_next_step("Free some space there, or name another folder by TMPDIR");
}

TemporaryFolder::~TemporaryFolder() {
  if (remove_tree(path_)) {
    // A folder that may not be written keeps what is in it.
    walk_folder(path_, {[](const std::string& path, Node node) {
                  if (node == Node::folder) ::chmod(path.c_str(), 0700);
                  return true;
                }});
    remove_tree(path_);
  }
  no_litter(path_);
}

}  // namespace bundle
