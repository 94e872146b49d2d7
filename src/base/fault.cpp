// The errnos that are an answer, by name; all others are faults, for the list of those has no end (a network file
// system brings its own).
#include "base/fault.h"

#include <fmt/format.h>

#include "base/error.h"

namespace bundle {

bool is_machine_fault(int error_number) {
  switch (error_number) {
    case 0:
    case ENOENT:
    case ENOTDIR:
    case EACCES:
    case EPERM:
    case ELOOP:
    case ENAMETOOLONG:
    case EISDIR:
    case EINVAL:
    case ENXIO:   // a socket, or a device without a driver
    case ENODEV:  // likewise
    case ENOTBLK:
    case EOVERFLOW:  // larger than this machine can name
    case ETXTBSY:
    case EROFS:
    case ESRCH:  // of a process in /proc that has ended
    case EOPNOTSUPP:
      return false;
    default:
      return true;
  }
}

void throw_machine_fault(const std::string& path, std::string_view call, int error_number) {
  if (is_machine_fault(error_number)) throw system_error(path, fmt::format("cannot be read: {}", call), error_number);
}

}  // namespace bundle
