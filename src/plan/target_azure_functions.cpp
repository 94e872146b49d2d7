// A package of Azure Functions on Linux, below /home/site/wwwroot. Run bits are lost on most ways there, and what lies
// there may be read-only: the caller copies the launcher to a folder of its own, makes it executable, and names the
// bundle by BUNDLE_ROOT; all else is only read and mapped. A folder bin/ at the root is dropped by a remote .NET build,
// so everything lies below tools/NAME.
#include <elf.h>
#include <fmt/format.h>

#include "base/error.h"
#include "plan/target_rows.h"

namespace bundle::plan {

namespace {

void check(const Plan& plan, bool launchers) {
  if (!launchers) {
    throw Error(Exit::usage, "",
                "the target azure-functions keeps no run bits, and only a launcher starts a program without one. Leave "
                "out --launcher none");
  }
  for (const Program& program : plan.programs) {
    if (program.is_helper || program.machine == EM_X86_64) continue;
    throw Error(Exit::cannot_bundle, program.source,
                "is for another machine than Azure Functions runs on, which is x86_64. Build it for that, or bundle it "
                "from the files of such a machine by --sysroot");
  }
}

std::vector<std::string> notes(const Plan& plan) {
  for (const Program& program : plan.programs) {
    if (program.is_helper) continue;
    return {
        fmt::format("run bits are lost on the way there: copy {}/{} to /tmp, make it executable, and start it with "
                    "BUNDLE_ROOT={}",
                    printable(plan.folder), printable(program.launcher), printable(plan.prefix))};
  }
  return {};
}

// As the service's images set it (github.com/Azure/azure-functions-docker).
constexpr Variable environment[] = {
    {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
    {"HOME", "/home"},
    {"AzureWebJobsScriptRoot", "/home/site/wwwroot"},
};

}  // namespace

const Target azure_functions = {
    .name = "azure-functions",
    .about = "files for wwwroot, below tools/NAME; no run bit is relied on",
    .prefix = "/home/site/wwwroot",
    .folder = "tools",
    .keeps_run_bits = false,
    .own_tmp = true,
    .environment = environment,
    .working_folder = "/home/site/wwwroot",
    .check = check,
    .notes = notes,
};

}  // namespace bundle::plan
