// Slimming: a bundle goes out again without what the runs of a record did not use.
//
// What is trimmed comes from a bundle that is there (slim_folder) or from one that is about to be written
// (trim_to_record), and the result is the same to the byte.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pack/archive.h"
#include "report/record.h"
#include "report/slimmed.h"
#include "run/make.h"
#include "run/output.h"
#include "run/write.h"

namespace bundle::run {

/// The record that the options name; nothing where they name none. Throws Error: cannot_bundle for what is no record,
/// usage where there is no such file.
std::optional<report::Record> wanted_record(const BundleOptions& options);
report::Record read_record(const std::string& path);

/// Takes out of a plan and its contents what the record has not, and makes anew what tells of it. Notes of it are in
/// `contents`. Throws as trim() does.
void trim_to_record(Plan& plan, Contents& contents, const report::Record& record);

/// The files of an unpacked bundle, sorted, with the folders that are empty; a name that ends with '/' is a folder.
/// What they hold is mapped as long as `files` lives. Throws Error (cannot_bundle) for what is neither file nor folder.
std::vector<pack::Entry> entries_in(const std::string& folder, std::vector<std::shared_ptr<const MappedFile>>& files);

struct Slimmed {
  report::Savings savings;
  uint64_t packed = 0;  // 0 for a folder
};
/// Writes `entries` less what the record has not. Throws as trim() and write_entries() do.
Slimmed write_slimmed(std::vector<pack::Entry> entries, const report::Record& record, const Output& output,
                      const Writing& writing);

}  // namespace bundle::run
