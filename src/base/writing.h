// What the writers of files and folders share. Internal to base.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/error.h"

namespace bundle {

/// Writes all of `data`, at `offset` or where the file stands. Throws Error (machine) that names `path`.
void write_all(int descriptor, const std::string& path, std::string_view data, off_t offset, bool positioned);

/// close(2), whose errors are those of writes that the file system put off: a quota, a server that is gone.
void close_written(int descriptor, const std::string& path);

/// A template for mkstemp(3) and mkdtemp(3), in the folder of `target`.
std::string temporary_name(const std::string& target);

/// Not every file system can; a rename stands either way.
void sync_folder(const std::string& folder);

Error already_there(const std::string& target);

/// The target of what is written: where a symlink leads, which then stays. Throws Error (usage) for one that leads
/// nowhere, or to a place that stands for an open file (/dev/stdout).
std::string through_links(const std::string& target);

/// Whether the file system does not know the flag, or the kernel not the call (renameat2(2)).
bool is_unknown_call(int error_number);

}  // namespace bundle
