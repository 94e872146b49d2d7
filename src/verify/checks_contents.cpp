// What files hold, as bytes: that each can be unpacked and is what its CRC says, that an ELF file is one, and that all
// together are within what the target allows.
#include <elf.h>
#include <fmt/format.h>

#include "base/error.h"
#include "base/file.h"
#include "base/human_size.h"
#include "verify/checks.h"

namespace bundle::verify {

void check_contents(const Subject& subject, Findings& findings) {
  const std::vector<OpenedFile>& files = subject.bundle.files();
  for (size_t i = 0; i < files.size(); ++i) {
    const Content& content = subject.contents[i];
    if (content.damage.empty()) continue;
    findings.error(files[i].path, fmt::format("cannot be read: {}", content.damage),
                   "Make the archive again, or get it again");
  }
  for (const ElfFacts& elf : subject.elfs) {
    const std::string& path = subject.path_of(elf);
    const report::ListedFile* const listed = subject.listed(path);
    // A source machine has odd ones among its data: test files, parts for other tools.
    const bool is_data = listed != nullptr && listed->kind == "data";
    if (!elf.fault.empty() && !is_data) {
      const Severity severity =
          listed != nullptr || elf.fault.find("DT_") != std::string::npos ? Severity::error : Severity::warning;
      findings.add(severity, path, fmt::format("is an ELF file that no loader can take: it {}", elf.fault),
                   "Build, copy or bundle it again");
    }
    const bool is_for_lambda = elf.machine == EM_X86_64 || elf.machine == EM_AARCH64;
    const bool is_azure = subject.target->name == "azure-functions";
    if (elf.fault.empty() && elf.is_program && !is_data && subject.target->has_limit() && !is_for_lambda) {
      findings.error(
          path,
          fmt::format("is for {}, and Lambda's functions run on x86_64 and aarch64", elf::machine_name(elf.machine)),
          "Build it for one of them");
    } else if (elf.fault.empty() && elf.is_program && !is_data && is_azure && elf.machine != EM_X86_64) {
      findings.error(path, fmt::format("is for {}, and Azure Functions runs on x86_64", elf::machine_name(elf.machine)),
                     "Build it for x86_64");
    }
  }
}

void check_limits(const Subject& subject, Findings& findings) {
  if (subject.is_unread) {
    findings.error("",
                   fmt::format("says that it is {} unpacked, and no more than its directory was looked at",
                               human_size(subject.unpacked)),
                   "Leave files out; an archive that is small and unpacks to that is made to do harm");
    return;
  }
  if (subject.unpacked <= subject.target->unpacked_limit) return;
  findings.error("",
                 fmt::format("is {} bytes unpacked, over the {} that {} allows {}", subject.unpacked,
                             subject.target->unpacked_limit, subject.target->service, subject.target->limited),
                 "Leave files out (bundle … --exclude GLOB), or deploy it as a container image");
}

}  // namespace bundle::verify
