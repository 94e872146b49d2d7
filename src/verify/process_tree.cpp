// See process_tree.h; proc(5).
#include "verify/process_tree.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/folder.h"

namespace bundle::verify {

namespace {

/// A process may end at any time: then there is nothing to read.
std::string text_of(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return "";
  std::string text;
  char part[4096];
  for (ssize_t size = 0; (size = ::read(descriptor, part, sizeof part)) > 0;) {
    text.append(part, static_cast<size_t>(size));
  }
  ::close(descriptor);
  return text;
}

uint64_t number_of(std::string_view text) {
  uint64_t number = 0;
  text = trimmed(text);
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// What stands behind "NAME:" of a status file.
std::string_view field_of(std::string_view status, std::string_view name) {
  const size_t at = status.find(fmt::format("\n{}:", name));
  if (at == std::string_view::npos) return "";
  const size_t from = at + name.size() + 2;
  return status.substr(from, status.find('\n', from) - from);
}

}  // namespace

std::vector<pid_t> children_of(pid_t process) {
  std::vector<pid_t> children;
  int error_number = 0;
  const std::string tasks = fmt::format("/proc/{}/task", process);
  for (const auto& [task, node] : list_folder(tasks, error_number)) {
    for (const std::string& word : split(text_of(tasks + "/" + task + "/children"), " ")) {
      if (const auto child = static_cast<pid_t>(number_of(word)); child > 0) children.push_back(child);
    }
  }
  return children;
}

std::vector<pid_t> descendants_of(pid_t process, const std::set<pid_t>& but) {
  std::vector<pid_t> all = {process};
  for (size_t i = 0; i < all.size(); ++i) {
    for (const pid_t child : children_of(all[i])) {
      if (!but.contains(child)) all.push_back(child);
    }
  }
  all.erase(all.begin());
  return all;
}

uint64_t memory_of(pid_t process) {
  const std::string status = text_of(fmt::format("/proc/{}/status", process));
  return (number_of(field_of(status, "RssAnon")) + number_of(field_of(status, "RssShmem"))) * 1024;
}

bool is_first_of_namespace(pid_t process) {
  const std::string status = text_of(fmt::format("/proc/{}/status", process));
  const std::string_view numbers = trimmed(field_of(status, "NSpid"));
  const size_t tab = numbers.rfind('\t');
  return tab != std::string_view::npos && numbers.substr(tab + 1) == "1";
}

}  // namespace bundle::verify
