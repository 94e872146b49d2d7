// How a launcher that cannot start its program says so. One line, whatever the names hold.
#include "system.h"

#include "text.h"

namespace {

const char* speaker;

}  // namespace

/// As strerror(3) has them.
void put_reason(text::Writer& line, long error) {
  if (error == -ENOENT) return line.put("No such file or directory");
  if (error == -ENOTDIR) return line.put("Not a directory");
  if (error == -EACCES) return line.put("Permission denied");
  if (error == -EPERM) return line.put("Operation not permitted");
  if (error == -ENAMETOOLONG) return line.put("File name too long");
  if (error == -ELOOP) return line.put("Too many levels of symbolic links");
  if (error == -ENOMEM) return line.put("Cannot allocate memory");
  if (error == -ENOEXEC) return line.put("Exec format error");
  if (error == -EEXIST) return line.put("the addresses that it is linked for are taken");
  if (error == -E2BIG) return line.put("Argument list too long");
  if (error == -EMFILE || error == -ENFILE) return line.put("Too many open files");
  line.put("error ");
  line.put_number(static_cast<uint64_t>(-error));
}

void set_speaker(const char* name) { speaker = name; }

void fail(const char* path, const char* what, long error, const char* advice) {
  static char buffer[3 * 4096];
  text::Writer line(buffer, sizeof buffer - 1);
  if (speaker != nullptr && *speaker != 0) {
    line.put(speaker);
    line.put(": ");
  }
  line.put(path);
  line.put(": ");
  line.put(what);
  if (error != 0) {
    line.put(": ");
    put_reason(line, error);
  }
  line.put(advice);
  size_t size = line.complete() ? line.used : sizeof buffer - 1;
  for (size_t i = 0; i < size; ++i) {
    if (static_cast<unsigned char>(buffer[i]) < 0x20 || buffer[i] == 0x7F) buffer[i] = '?';
  }
  buffer[size++] = '\n';
  arch::syscall(__NR_write, 2, sys::address(buffer), static_cast<long>(size));
  const bool absent = error == -ENOENT || error == -ENOTDIR || error == -ENAMETOOLONG || error == -ELOOP;
  for (;;) arch::syscall(__NR_exit_group, absent ? 127 : 126);
}
