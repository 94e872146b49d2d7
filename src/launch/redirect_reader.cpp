// A redirect table read back: the other way of redirect_table.cpp, for who makes one anew without some of its entries.
// Each offset is that of a file, and checked.
#include <string>

#include "base/error.h"
#include "base/file.h"
#include "launch/redirect_table.h"
#include "launchers/redirect/abi.h"

namespace bundle::launch {

namespace abi = redirect_abi;

namespace {

std::string text_at(Bytes table, uint64_t offset) { return std::string(table.c_string(offset)); }

Redirect read_entry(Bytes table, const abi::Entry& entry, const std::string& home) {
  Redirect redirect;
  redirect.path = text_at(table, entry.path);
  redirect.always_start = (entry.flags & abi::flag_always_start) != 0;
  std::string start = text_at(table, entry.start);
  switch (entry.kind) {
    case abi::kind_program:
      redirect.kind = Redirect::Kind::program;
      redirect.launcher = normal_path(home + "/" + start);
      return redirect;
    case abi::kind_folder:
      redirect.kind = Redirect::Kind::folder;
      break;
    case abi::kind_file:
      break;
    default:
      throw Error(Exit::cannot_bundle, "", "is a redirect table with an entry of no kind that there is");
  }
  redirect.stored = std::move(start);
  return redirect;
}

}  // namespace

RedirectTable read_redirect_table(Bytes table) {
  const auto header = table.read<abi::Header>(0);
  if (std::string_view(header.magic, sizeof header.magic) != std::string_view(abi::magic, sizeof abi::magic) ||
      header.abi_version != abi::version || header.size != table.size()) {
    throw Error(Exit::cannot_bundle, "", "is no redirect table of this version, or not all of one");
  }
  RedirectTable read;
  RedirectSettings& settings = read.settings;
  settings.prefix = text_at(table, header.home);
  for (uint32_t level = 0; level < header.levels; ++level) {
    const size_t slash = settings.prefix.rfind('/');
    if (slash == std::string::npos) {
      throw Error(Exit::cannot_bundle, "", "is a redirect table for a folder above the root");
    }
    const std::string part = settings.prefix.substr(slash + 1);
    settings.home = settings.home.empty() ? part : part + "/" + settings.home;
    settings.prefix.resize(slash);
  }
  settings.prefer_target = (header.flags & abi::flag_prefer_target) != 0;
  uint64_t variable = header.environment;
  for (uint32_t i = 0; i < header.environment_count; ++i) {
    settings.environment.push_back(text_at(table, variable));
    variable += settings.environment.back().size() + 1;
  }
  const Array<abi::Entry> entries = table.array<abi::Entry>(sizeof header, header.entry_count);
  for (uint64_t i = 0; i < entries.size(); ++i) {
    read.redirects.push_back(read_entry(table, entries[i], settings.home));
  }
  const Array<abi::Launcher> launchers = table.array<abi::Launcher>(header.launchers, header.launcher_count);
  for (uint64_t i = 0; i < launchers.size(); ++i) {
    settings.launchers.emplace_back(text_at(table, launchers[i].path), text_at(table, launchers[i].program));
  }
  return read;
}

}  // namespace bundle::launch
