// See named_libraries.h.
#include "run/named_libraries.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/file.h"
#include "base/printable.h"
#include "discover/file_kind.h"
#include "elf/image.h"

namespace bundle::run {

namespace {

/// Of a file, given by its path: the name that it is opened by.
std::string name_of_file(const std::string& named, const discover::Machine& machine, machine::Root& root) {
  const std::optional<std::string> path = root.meant_by(named);
  const std::optional<std::string> real = path ? root.real(*path) : std::nullopt;
  if (!real) {
    throw Error(Exit::usage, named,
                fmt::format("was named by --library, and there is no such file{}",
                            root.is_host() ? "" : " in the sysroot " + printable(root.sysroot())));
  }
  int error_number = 0;
  const std::shared_ptr<const MappedFile> file = root.look(*real).is_file() ? root.map(*real, error_number) : nullptr;
  if (file == nullptr) throw Error(Exit::usage, named, "was named by --library, and is no file that can be read");
  const std::string why = discover::why_not_loadable(*file, machine);
  if (!why.empty()) {
    throw Error(Exit::usage, named, fmt::format("was named by --library, and {}. --add puts it in as it is", why));
  }
  const elf::Image image(file->bytes(), *real);
  return std::string(base_name(image.soname() && !image.soname()->empty() ? *image.soname() : *path));
}

}  // namespace

std::vector<discover::Wish> wishes_of_user(const discover::Options& options, const discover::Machine& machine,
                                           machine::Root& root) {
  std::vector<discover::Wish> out;
  for (const std::string& named : options.libraries) {
    if (named.empty())
      throw Error(Exit::usage, "", "--library takes the name of a library, as libmagic.so.1, or its path");
    discover::Wish wish;
    wish.priority = discover::Wish::Priority::required;
    wish.is_by_user = true;
    wish.rule = "named-by-user";
    wish.why = "--library";
    wish.names = {named};
    if (named.find('/') != std::string::npos) {
      wish.names = {name_of_file(named, machine, root)};
      wish.file = root.meant_by(named).value_or(named);
    }
    out.push_back(std::move(wish));
  }
  return out;
}

}  // namespace bundle::run
