// Where the bundle lies: the folder that holds bin/ and lib/.
#pragma once

#include <stddef.h>

#include "process.h"

constexpr size_t path_room =
    8192;  // more than PATH_MAX, so that the kernel is the one to say "File name too long"

/// The root by the launcher's own place: /proc/self/exe, else AT_EXECFN, else argv[0] against the working
/// folder, less the file's name and the folder that holds it. Absolute, without a trailing slash ("" for
/// "/"). False when none of them tells. `by_proc` tells whether /proc/self/exe was the answer.
bool own_root(Process& process, char (&root)[path_room], bool& by_proc);

/// `folder` made absolute against the working folder, trailing slashes dropped. False when it is too long or
/// the working folder cannot be had.
bool absolute_folder(const char* folder, char (&root)[path_room]);
