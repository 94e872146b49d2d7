// What the programs of a bundle would load where it is to run, and its libraries that no program of it asks for.
//
// The bundle's files are laid at its prefix over what is known of the target (laid_disk.h), and the resolver that
// bundles on this machine answers by the loader's rules there. Where the target has several runtimes, what leans on its
// libraries is asked of each.
#pragma once

#include <memory>
#include <string>

#include "machine/disk.h"
#include "verify/subject.h"

namespace bundle::verify {

/// Reads what the bundle's ELF files say of themselves into subject.elfs.
void read_elfs(Subject& subject);

/// Fills subject.loadings. `below` is what the target has, where the user named it as a folder; else null.
void load_programs(Subject& subject, Scratch& scratch, const std::shared_ptr<const machine::Disk>& below);

}  // namespace bundle::verify
