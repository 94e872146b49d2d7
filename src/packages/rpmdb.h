// The containers of rpm's package database: where they lie, and the header blobs in them.
//
// rpm keeps one header a package (rpm_header.h) in a file of one of three kinds: a table of an SQLite database (rpm
// 4.16 and later), its own "ndb" (SUSE), a hash of Berkeley DB (rpm 4.16 at most, read-only since). All are read from a
// mapping of the file, so that they may lie in a sysroot or an image, and nothing is written beside them. What else is
// in a file (indexes of names and paths) is not used: all headers are read once, in one pass. Invariant: every count,
// offset and chain is bounded by the file's size; what is not as its format says is an Error (cannot_bundle), which the
// driver gives its path and next step.
#pragma once

#include <functional>
#include <string>

#include "base/bytes.h"
#include "machine/root.h"

namespace bundle::packages {

/// Called with each header blob, which is there for the time of the call.
using EachRpmBlob = std::function<void(Bytes blob)>;

/// The next step for a database that is damaged.
inline constexpr const char* repair_rpm = "Run `rpm --rebuilddb` there, or get the file again";

/// The table Packages of an SQLite database, in rows' order.
void for_each_blob_of_sqlite(machine::Root& root, const std::string& path, const EachRpmBlob& each);
/// Packages.db, in the order of its slots.
void for_each_blob_of_ndb(Bytes database, const EachRpmBlob& each);
/// The hash Packages of Berkeley DB, in the order of its pages, of either byte order.
void for_each_blob_of_bdb(Bytes database, const EachRpmBlob& each);

/// The database of `root`: the path inside of its file, and the one to read that; "" when there is none.
struct RpmContainer {
  std::string path;
  void (*read)(machine::Root& root, const std::string& path, const EachRpmBlob& each) = nullptr;
};
RpmContainer find_rpm_container(machine::Root& root);

}  // namespace bundle::packages
