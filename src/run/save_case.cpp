// See save_case.h.
#include "run/save_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/human_size.h"
#include "base/printable.h"
#include "discover/refusal.h"
#include "elf/image.h"
#include "plan/paths.h"
#include "run/named_file.h"
#include "run/output.h"
#include "run/save_case_names.h"
#include "run/save_case_tree.h"

namespace bundle::run {

namespace {

/// A key that opens nothing: what is left out because of one is refused by the repeated run as well.
constexpr std::string_view no_key =
    "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCTHISWASLEFTOUTOFTHECASE\n-----END PRIVATE KEY-----\n";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// Why a content is not saved. `named`: files that the user named in full, by their real paths.
std::optional<CaseTree::Withheld> withheld(const std::string& inside, mode_t mode, Bytes content,
                                           const std::set<std::string>& named) {
  const bool is_public = plan::is_system_path(inside) && is_shipped(inside) && (mode & S_IROTH) != 0;
  if (is_public) return std::nullopt;
  if (std::optional<std::string> why = discover::refusal_by_name(inside)) return CaseTree::Withheld{*why, ""};
  if (std::optional<std::string> why = discover::secret_in(inside, content)) {
    const bool is_told = discover::secret_in(inside, Bytes(no_key)).has_value();
    return CaseTree::Withheld{*why, is_told ? std::string(no_key) : std::string()};
  }
  if ((mode & S_IROTH) == 0 && !elf::has_elf_magic(content) && named.count(inside) == 0) {
    return CaseTree::Withheld{"is not readable for everyone", ""};
  }
  return std::nullopt;
}

/// One word of a POSIX shell, which knows no $'…'.
std::string quoted(const std::string& word) {
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// The programs as the repeated run can find them, for its PATH is another: the files that the words mean.
std::vector<std::string> programs_of(const BundleOptions& options) {
  std::vector<std::string> programs = options.programs;
  if (!options.sysroot.empty()) return programs;
  for (std::string& program : programs) {
    if (program.find('/') != std::string::npos) continue;
    try {
      program = find_named(program).path;
    } catch (const Error&) {
      // It is nowhere, and will not be there.
    }
  }
  return programs;
}

/// All that the user can have named a private folder by.
std::vector<std::string> private_folders(const BundleOptions& options, const std::vector<std::string>& programs,
                                         const std::vector<std::string>& inputs, const std::string& here) {
  std::vector<std::string> folders = {here, normal_path(here), variable("HOME")};
  const std::optional<std::string> sysroot = options.sysroot.empty() ? std::nullopt : real_path(options.sysroot);
  const auto add = [&](const std::string& path, bool is_folder) {
    const std::string whole = absolute_path(path);
    // What is inside goes by its path in there.
    if (sysroot && is_below(real_path(path).value_or(whole), *sysroot)) return;
    folders.push_back(is_folder ? whole : std::string(folder_name(whole)));
    if (const std::optional<std::string> real = real_path(path)) {
      folders.push_back(is_folder ? *real : std::string(folder_name(*real)));
    }
  };
  for (const std::string& program : programs) {
    if (program.find('/') != std::string::npos) add(program, false);
  }
  for (const std::string& folder : options.library_path) add(folder, true);
  for (const std::string& folder : split(options.environment_path, ":;")) {
    if (!folder.empty()) add(folder, true);
  }
  for (const auto* additions : {&options.discover.add, &options.discover.plugins}) {
    for (const discover::Addition& addition : *additions) add(addition.path, false);
  }
  for (const std::string& input : inputs) add(input, false);
  if (sysroot) folders.insert(folders.end(), {absolute_path(options.sysroot), *sysroot});
  std::erase_if(folders, [](const std::string& folder) { return !folder.starts_with('/'); });
  return folders;
}

/// Words that every system has in its paths, those that lie at the top of this one, and what the programs are called.
std::set<std::string> public_words(const machine::Asked& asked, const std::string& sysroot,
                                   const std::vector<std::string>& programs) {
  std::set<std::string> words = {"root"};
  int error_number = 0;
  for (const auto& [name, node] : list_folder("/", error_number)) words.insert(name);
  for (const auto* paths : {&asked.looked_at, &asked.listed, &asked.read}) {
    for (const std::string& path : *paths) {
      const std::string inside = is_below(path, sysroot) ? path.substr(sysroot.size()) : path;
      if (!plan::is_system_path(inside)) continue;
      for (const std::string& part : split(inside, "/")) words.insert(part);
    }
  }
  for (const std::string& program : programs) words.insert(std::string(base_name(program)));
  return words;
}

class Script {
 public:
  Script(const CaseNames& names, const BundleOptions& options, std::string here, std::string sysroot)
      : names_(names), options_(options), here_(std::move(here)), sysroot_(std::move(sysroot)) {}

  std::string text(const CaseRequest& request, const std::vector<std::string>& programs) {
    std::string words;
    // A handler is the one program there is.
    const char* const ahead = options_.handler.empty() ? " " : " --handler=";
    for (const std::string& program : programs) words += ahead + path_word(program);
    for (const CaseWord& word : request.words) words += word_of(word);
    if (options_.sysroot.empty()) {
      // LD_LIBRARY_PATH of another machine is none of a sysroot's, and is searched as -L is.
      for (const std::string& folder : split(options_.environment_path, ":;")) {
        if (!options_.environment_path.empty()) words += " -L " + quoted(folder.empty() ? "." : names_.in_text(folder));
      }
    }
    if (!options_.output.empty()) words += " -o \"$out\"/" + quoted(output_name());
    const bool is_here = options_.sysroot.empty();
    return fmt::format(
        "#!/bin/sh\n"
        "# Repeats a run of bundle {}, saved by --save-case. 'expected' tells how it ended.\n"
        "#   BUNDLE=path/of/bundle sh repeat [DIR]     what it writes goes to DIR, or the working folder\n"
        "bundle=${{BUNDLE:-bundle}}\n"
        "case $bundle in /*) ;; */*) bundle=$PWD/$bundle ;; esac\n"
        "case $0 in */*) here=${{0%/*}} ;; *) here=. ;; esac\n"
        "here=$(cd \"$here\" && pwd -P) || exit\n"
        "out=$(cd \"${{1:-.}}\" && pwd -P) || exit\n"
        "{}unset LD_LIBRARY_PATH\n"
        "exec \"$bundle\" --sysroot \"$here\"/root{}\n",
        BUNDLE_VERSION, is_here ? fmt::format("cd \"$here\"/root{} || exit\n", quoted(names_.in_text(here_))) : "",
        words);
  }

  /// Whether an option's value was replaced because it is a secret.
  const std::vector<std::string>& secrets() const { return secrets_; }

 private:
  /// In a sysroot what was named by a path of this machine is named by the path inside. DEST of PATH:DEST stays.
  std::string path_word(const std::string& word) const {
    if (sysroot_.empty()) return quoted(names_.in_text(word));
    const size_t colon = std::min(word.find(':'), word.size());
    const std::optional<std::string> real = real_path(word.substr(0, colon));
    std::string path = word.substr(0, colon);
    if (real && is_at_or_below(*real, sysroot_)) {
      path = real->substr(sysroot_.size());
    } else if (real) {
      path = *real;
    }
    return quoted(names_.in_text(path + word.substr(colon)));
  }

  std::string word_of(const CaseWord& word) {
    switch (word.kind) {
      case CaseWord::Kind::flag:
        return " " + word.option;
      case CaseWord::Kind::input:
        return fmt::format(" {}=\"$here\"/root{}", word.option, quoted(names_.in_text(absolute_path(word.value))));
      case CaseWord::Kind::path:
        return fmt::format(" {}={}", word.option, path_word(word.value));
      case CaseWord::Kind::plain:
        break;
    }
    const std::string setting = word.value + "\n";
    const size_t equals = word.value.find('=');
    if (equals != std::string::npos && discover::secret_in("case.env", Bytes(setting))) {
      secrets_.push_back(fmt::format("{} {}", word.option, word.value.substr(0, equals)));
      return fmt::format(" {}={}", word.option, quoted(word.value.substr(0, equals) + "=left-out"));
    }
    return fmt::format(" {}={}", word.option, quoted(names_.in_text(word.value)));
  }

  /// "again" with the ending that says the format.
  std::string output_name() const {
    const std::string name(base_name(options_.output));
    if (options_.output == "-") return "again";
    if (options_.output.ends_with('/')) return options_.output.ends_with(".oci/") ? "again.oci/" : "again/";
    const size_t dot = name.ends_with(".gz") || name.ends_with(".zst") ? name.find(".tar") : name.rfind('.');
    return dot == std::string::npos ? "again" : "again" + name.substr(dot);
  }

  const CaseNames& names_;
  const BundleOptions& options_;
  std::string here_, sysroot_;
  std::vector<std::string> secrets_;
};

}  // namespace

void check_case(const std::string& folder, const BundleOptions& options) {
  if (link_status_of(folder)) {
    throw Error(Exit::usage, folder,
                "is there already, and a case is a folder of its own. Name another by --save-case");
  }
  if (!real_path(std::string(folder_name(absolute_path(folder))))) {
    throw Error(Exit::usage, folder, "lies in a folder that is not there. Make it, or name another by --save-case");
  }
  if (options.trace.run) {
    throw Error(
        Exit::usage, "",
        "--save-case saves what bundle reads, and --trace runs the program, which nobody can repeat from files. Run "
        "it under `strace -f -o LOG`, and give the log by --trace-input");
  }
}

SavedCase save_case(const CaseRequest& request, const BundleOptions& options) {
  std::string folder = request.folder;
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  const std::string here = options.sysroot.empty() ? real_path(".").value_or("/") : "/";
  const std::string sysroot = options.sysroot.empty() ? "" : real_path(options.sysroot).value_or(options.sysroot);
  const std::vector<std::string> programs = programs_of(options);
  std::vector<std::string> inputs;
  for (const CaseWord& word : request.words) {
    if (word.kind == CaseWord::Kind::input) inputs.push_back(word.value);
  }
  const machine::Asked asked = options.recording->asked();
  const CaseNames names(private_folders(options, programs, inputs, here),
                        {variable("USER"), variable("LOGNAME"), std::string(base_name(variable("HOME")))},
                        public_words(asked, sysroot, programs));
  // From here on it is known what is private, and each name has its other.

  std::set<std::string> named;
  const auto add_named = [&](const std::string& path) {
    const std::optional<std::string> real = real_path(path);
    if (real) named.insert(is_below(*real, sysroot) ? real->substr(sysroot.size()) : *real);
  };
  for (const std::string& program : programs) add_named(program);
  for (const std::string& input : inputs) add_named(input);
  AtomicFolder out(folder);
  const std::string root = out.path() + "/root";
  make_folders(root);
  std::set<std::string> hidden = {absolute_path(out.path())};
  if (!options.output.empty()) hidden.insert(normal_path(absolute_path(options.output)));
  CaseTree tree(root, sysroot, names, std::move(hidden), [&](const std::string& inside, mode_t mode, Bytes content) {
    return withheld(inside, mode, content, named);
  });
  if (options.sysroot.empty()) tree.look_at(here);
  for (const std::string& path : asked.read) tree.read(path);
  for (const std::string& input : inputs) tree.read(absolute_path(input));
  for (const std::string& path : asked.looked_at) tree.look_at(path);
  for (const std::string& path : asked.listed) tree.list(path);
  tree.finish();

  Script script(names, options, here, sysroot);
  write_new_file(out.path() + "/repeat", script.text(request, programs), 0755);
  write_new_file(out.path() + "/expected",
                 fmt::format("exit code {}\n{}{}", request.exit_code, names.in_text(request.message),
                             request.message.empty() ? "" : "\n"),
                 0644);
  out.commit(false);

  SavedCase saved;
  saved.folder = folder;
  saved.files = tree.files();
  saved.bytes = tree.bytes();
  saved.own_files.assign(tree.own_files().begin(), tree.own_files().end());
  for (const auto& [path, why] : tree.withheld()) saved.left_out.push_back(path + ": " + why);
  for (const std::string& secret : script.secrets()) saved.left_out.push_back("the value of " + secret);
  for (const auto& [word, by] : names.words()) saved.replaced.push_back(word);
  return saved;
}

std::string render_saved_case(const SavedCase& saved) {
  constexpr size_t most = 12;
  const auto lines = [&](const char* what, const std::vector<std::string>& all) {
    std::string text;
    for (size_t i = 0; i < std::min(all.size(), most); ++i) text += fmt::format("  {}{}\n", what, printable(all[i]));
    if (all.size() > most) text += fmt::format("  and {} more\n", all.size() - most);
    return text;
  };
  std::string out = fmt::format("case: {}: {} files that were read, {}; sh {}/repeat runs it again\n",
                                printable(saved.folder), saved.files, human_size(saved.bytes), printable(saved.folder));
  if (!saved.own_files.empty()) {
    out += "case: you asked for it, and these files of yours are in it whole, programs too:\n" +
           lines("", saved.own_files);
  }
  if (!saved.left_out.empty()) out += "case: left out:\n" + lines("", saved.left_out);
  if (!saved.replaced.empty()) {
    out +=
        fmt::format("case: replaced everywhere: {}\n", printable(fmt::format("{}", fmt::join(saved.replaced, ", "))));
  }
  return out + "case: names of files are as they were: look it through before you send it\n";
}

}  // namespace bundle::run
