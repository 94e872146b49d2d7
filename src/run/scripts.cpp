// See scripts.h.
#include "run/scripts.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/printable.h"
#include "elf/image.h"
#include "run/named_file.h"

namespace bundle::run {

namespace {

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words = split(text, " \t");
  std::erase(words, "");
  return words;
}

/// What env(1) would start of its words, and the arguments ahead of the script. Variables that it would set are the
/// caller's business there.
bool follow_env(const std::vector<std::string>& words, plan::Script& script) {
  size_t at = 1;
  while (at < words.size() && (words[at].starts_with('-') || words[at].find('=') != std::string::npos)) ++at;
  if (at == words.size()) return false;
  script.interpreter = words[at];
  script.arguments.assign(words.begin() + static_cast<std::ptrdiff_t>(at) + 1, words.end());
  return true;
}

}  // namespace

std::optional<ScriptStart> start_of_script(const std::string& path, resolve::Resolver& resolver) {
  machine::Root& root = resolver.root();
  const std::optional<std::string> inside = root.meant_by(path);
  int error_number = 0;
  const std::shared_ptr<const OpenFile> file = inside ? root.open(*inside, error_number) : nullptr;
  if (file == nullptr) return std::nullopt;
  const std::optional<std::string> line =
      elf::script_interpreter(Source(*file).slice(0, std::min<uint64_t>(file->size(), 4096)));
  if (!line) return std::nullopt;
  const std::vector<std::string> words = words_of(*line);
  ScriptStart out;
  if (words.empty()) throw Error(Exit::cannot_bundle, path, "is a script whose first line names no interpreter");
  const std::string real = root.real(*inside).value_or(*inside);
  const std::string given = normal_path(*inside);
  out.script.source = root.at(real);
  out.script.destination = plan::is_system_path(given) ? given : "/usr/bin/" + std::string(base_name(given));
  if (base_name(words[0]) == "env") {
    if (!follow_env(words, out.script))
      throw Error(Exit::cannot_bundle, path,
                  fmt::format("is a script for {}, which names no program", printable(*line)));
  } else {
    out.script.interpreter = words[0];
    if (words.size() > 1) out.script.arguments = {line->substr(line->find(words[1], words[0].size()))};
  }
  const std::string& name = out.script.interpreter;
  // Whoever named a script by its path and has its folder not in PATH means the interpreter that was installed with it.
  const std::string beside = std::string(folder_name(given)) + "/" + name;
  const bool is_beside = name.find('/') == std::string::npos && !plan::is_system_path(given) &&
                         root.is_executable(beside) && root.real(beside) != real;
  try {
    if (is_beside) {
      out.interpreter = beside;
    } else {
      out.interpreter = name.find('/') != std::string::npos ? name : find_program(name, resolver, !root.is_host()).path;
    }
  } catch (Error& error) {
    throw Error(Exit::cannot_bundle, path,
                fmt::format("is a script for {}, which is not {}", printable(name),
                            root.is_host() ? "on this machine" : "in the sysroot"),
                "Install it, or bundle the interpreter that is there and --add the script");
  }
  if (!root.look(root.absolute(out.interpreter)).is_there()) {
    throw Error(Exit::cannot_bundle, path,
                fmt::format("is a script for {}, and there is no such file", printable(out.interpreter)),
                "Install it, or bundle the interpreter that is there and --add the script");
  }
  return out;
}

}  // namespace bundle::run
