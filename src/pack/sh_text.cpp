// See sh_text.h. Plain POSIX sh and its utilities, and base64, gzip, tar, sha256sum, readlink, which busybox has as
// coreutils do.
//
// Whoever pipes it into sh has the script on standard input, so nothing in it may read from there, and nothing is
// installed by a script that was not read to its end: the installing is a function, which the last lines call, and a
// trap tells of a script that stops ahead of them.
#include "pack/sh_text.h"

#include <elf.h>
#include <fmt/format.h>

#include "base/error.h"
#include "elf/format.h"

namespace bundle::pack {

namespace {

/// In single quotes, whatever it holds.
std::string quoted(std::string_view word) {
  std::string out = "'";
  for (const char letter : word) out += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return out + "'";
}

/// The names that uname -m has for the machine, as a pattern of case.
std::string_view machines(uint16_t e_machine) {
  switch (e_machine) {
    case EM_X86_64:
      return "x86_64|amd64";
    case EM_AARCH64:
      return "aarch64|arm64";
    case EM_386:
      return "i?86|x86|x86_64|amd64";
    case EM_ARM:
      return "arm*|aarch64|arm64";
    case EM_RISCV:
      return "riscv64";
    case EM_PPC64:
      return "ppc64le";
    case EM_S390:
      return "s390x";
    default:
      return "*";
  }
}

constexpr std::string_view head = R"sh(
usage() {
  cat <<TEXT
Installs $name: its files below FOLDER/lib/bundle/$name, links to its programs in FOLDER/bin.
usage: sh FILE [--force] [--uninstall] [FOLDER]     or piped: … | sh -s -- [--force] [--uninstall] [FOLDER]
FOLDER is ~/.local if none is named. --force replaces programs of these names in FOLDER/bin that are not ours.
TEXT
}
tell() { printf '%s\n' "$name: $1" >&2; }
fail() { finished=1; tell "$1"; exit 1; }

finished='' work='' new='' folder='' force='' uninstall=''
for argument; do
  case $argument in
    --force) force=1 ;;
    --uninstall) uninstall=1 ;;
    -h | --help) usage; exit 0 ;;
    -*) fail "there is no option '$argument', only --force, --uninstall and --help" ;;
    '') fail 'the folder named is empty, as that of a variable is which is not set' ;;
    *) [ -z "$folder" ] || fail "one folder, please: '$folder' or '$argument'"
       folder=$argument ;;
  esac
done
if [ -z "$folder" ]; then
  [ -n "${HOME:-}" ] || fail "HOME is not set: name the folder to install into"
  folder=$HOME/.local
fi
case $folder in /*) ;; *) folder=./$folder ;; esac
place=$folder/lib/bundle/$name

# Links lead there from FOLDER/bin, so that all of it can be moved; but where bin is a link itself, from anywhere.
find_place() {
  top=$(cd -P "$folder" 2> /dev/null && pwd -P) || top=$folder
  bin=$(cd -P "$folder/bin" 2> /dev/null && pwd -P) || bin=${top%/}/bin
  to=../lib/bundle/$name
  [ "$bin" = "${top%/}/bin" ] || to=${top%/}/lib/bundle/$name
}
find_place

# Whether FOLDER/bin/$1 is a link of ours.
is_ours() {
  [ -L "$folder/bin/$1" ] || return 1
  case $(readlink "$folder/bin/$1") in "$to/"*) return 0 ;; esac
  return 1
}
# Removes the links of ours, to programs of other versions, too, but those that lead into the version $1.
remove_links() {
  for link in "$folder/bin"/* "$folder/bin"/.[!.]*; do
    is_ours "${link##*/}" || continue
    case $(readlink "$link") in "$to/$1/"*) ;; *) rm -f "$link" ;; esac
  done
}

if [ -n "$uninstall" ]; then
  [ -d "$place" ] || fail "is not installed in $folder"
  remove_links none
  rm -rf "$place"
  rmdir "$folder/lib/bundle" 2> /dev/null || :
  tell "removed from $folder"
  exit 0
fi

[ "$(uname -s)" = Linux ] || fail "runs on Linux only, and this is $(uname -s)"
)sh";

constexpr std::string_view before_payload = R"sh(
for tool in base64 gzip tar sha256sum readlink; do
  command -v "$tool" > /dev/null || fail "there is no $tool here, which is needed to install it"
done
check() {
  if [ -d "$folder/bin/$1" ] && [ ! -L "$folder/bin/$1" ]; then fail "$folder/bin/$1 is a folder"; fi
  if [ -e "$folder/bin/$1" ] || [ -L "$folder/bin/$1" ]; then
    is_ours "$1" || [ -n "$force" ] || fail "$folder/bin/$1 is there and not ours: remove it, or install with --force"
  fi
}
each check

leave() {
  status=$?
  [ -z "$work" ] || rm -rf "$work"
  rmdir "$place" "$folder/lib/bundle" 2> /dev/null || :
  [ -n "$finished" ] || { tell "nothing was installed"; [ "$status" -ne 0 ] || status=1; }
  exit "$status"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
mkdir -p "$folder/bin" "$place"
find_place
work=$place/.new.$$
mkdir "$work"
put() { base64 -d >> "$work/payload"; }
)sh";

constexpr std::string_view tail = R"sh(
install_it() {
sum=$(sha256sum < "$work/payload")
[ "${sum%% *}" = "$digest" ] || fail 'was damaged on its way here: get it again'
mkdir "$work/tree"
gzip -dc < "$work/payload" | (cd "$work/tree" && tar -xf -)
rm "$work/payload"
new=$digest
[ ! -e "$place/$new" ] || mv "$place/$new" "$work/old"
mv "$work/tree" "$place/$new"
# A link is made beside the one it replaces, and takes its name in one step.
put_link() {
  ln -s "$to/$new/$2" "$folder/bin/.$1.$$"
  [ -z "$force" ] || is_ours "$1" || rm -f "$folder/bin/$1"
  mv -f "$folder/bin/.$1.$$" "$folder/bin/$1"
  tell "$folder/bin/$1"
}
each put_link
remove_links "$new"
for old in "$place"/*; do
  [ "$old" = "$place/$new" ] || rm -rf "$old"
done
finished=1
case :${PATH:-}: in *":$folder/bin:"* | *":$bin:"*) ;; *) tell "put $bin on PATH" ;; esac
}
install_it
exit 0
)sh";

}  // namespace

std::string installer_head(const About& about) {
  std::string out =
      "#!/bin/sh\n# Installs a program with all that it needs; --help says how. Made by bundle.\nset -eu\numask 022\n";
  out += fmt::format("name={}\neach() {{\n", quoted(about.name));
  for (const Start& program : about.programs) {
    if (program.name.find('\n') != std::string::npos) {
      throw Error(Exit::usage, program.name, "cannot be installed under a name of two lines. Choose one with --rename");
    }
    out += fmt::format("  \"$1\" {} {}\n", quoted(program.name), quoted(program.path));
  }
  out += "}\n";
  out += head;
  out +=
      fmt::format("case $(uname -m) in\n  {}) ;;\n  *) fail \"is for {}, and this machine is $(uname -m)\" ;;\nesac\n",
                  machines(about.machine), elf::machine_name(about.machine));
  out += before_payload;
  return out;
}

std::string installer_tail(const std::string& digest) { return fmt::format("digest={}", digest) + std::string(tail); }

}  // namespace bundle::pack
