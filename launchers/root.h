// Where the bundle lies: the folder that holds bin/ and lib/.
#pragma once

#include "process.h"

/// The root by the launcher's own place: /proc/self/exe, else AT_EXECFN, else argv[0] against the working
/// folder, less the file's name and `depth` folders. Absolute, without a trailing slash ("" for
/// "/"); nullptr when none of them tells. `by_proc` tells whether /proc/self/exe was the answer.
const char* own_root(Process& process, unsigned depth, bool& by_proc);

/// `folder` made absolute against the working folder, trailing slashes dropped; nullptr when it is too long
/// or the working folder cannot be had.
const char* absolute_folder(const char* folder);
