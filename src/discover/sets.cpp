#include "discover/sets.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/printable.h"
#include "knowledge/calls.h"
#include "knowledge/sets.h"

namespace bundle::discover {

namespace {

using knowledge::Set;

std::string first_import(const SetSigns& signs, Set set) {
  for (const knowledge::SetCall& call : knowledge::set_calls) {
    if (call.set == set && signs.imports.contains(call.name)) return call.name;
  }
  return {};
}

/// Which part of a set is wanted, and why; nothing when none is.
struct Wanted {
  bool all = false;
  std::string why;
};
std::optional<Wanted> wanted(SetMode mode, const SetSigns& signs, Set set, const char* option) {
  if (mode == SetMode::none) return std::nullopt;
  if (mode != SetMode::automatic) {
    return Wanted{mode == SetMode::all, fmt::format("{} {}", option, mode == SetMode::all ? "all" : "usual")};
  }
  const std::string import = first_import(signs, set);
  if (import.empty()) return std::nullopt;
  return Wanted{false, fmt::format("{} calls {}", signs.program, import)};
}

/// What one of some globs leads to, the last of those that are sorted by name; empty when none does.
template <class Globs>
std::string found_in_store(const Collector& collector, const Globs& globs) {
  for (const char* glob : globs) {
    std::vector<std::string> paths = collector.root().matching(glob);
    // What has no wildcard need not be there: of the package's recipe, for one, it is not.
    std::erase_if(paths, [&](const std::string& path) { return collector.kind(path) == Is::absent; });
    if (!paths.empty()) return paths.back();
  }
  return {};
}

constexpr auto everything = [](const std::string&) { return true; };
constexpr Collector::License set = Collector::License::named_set;

Group group_of(std::string path, const Wanted& want) {
  Group group;
  group.path = std::move(path);
  group.why = want.why;
  group.rule = "named-set";
  return group;
}

void add_gconv(const SetSigns& signs, const Options& options, Collector& collector) {
  const std::optional<Wanted> want = wanted(options.gconv, signs, Set::gconv, "--gconv");
  if (!want || signs.libc_folder.empty()) return;
  const std::string folder = signs.libc_folder + "/gconv";
  Group group = group_of(folder, *want);
  group.may_go = signs.is_helper;
  if (want->all) {
    collector.add_folder(group, folder, folder, set, everything);
  } else {
    for (const char* name : knowledge::usual_converters) {
      collector.add(group, folder + "/" + name, folder + "/" + name, set);
    }
    collector.add_folder(group, folder + "/gconv-modules.d", folder + "/gconv-modules.d", set, everything);
  }
  collector.take(std::move(group));
}

void check_locale_name(const std::string& name) {
  if (name.find('/') == std::string::npos && !name.starts_with('.')) return;
  throw Error(Exit::usage, "", fmt::format("--locale {}: is no name of a locale", printable(name)));
}

/// musl has C.UTF-8 built in, takes any name for it, and what a file of that very name has of another language with it
/// (src/locale/locale_map.c).
void add_musl_locale(const Options& options, Collector& collector) {
  const std::string root = knowledge::musl_locale_folder;
  for (const std::string& name : options.locales) {
    check_locale_name(name);
    const std::string path = root + "/" + name;
    if (collector.kind(path) != Is::file) {
      collector.hint(path, fmt::format("--locale {}: there is no {}, so it is as C.UTF-8. Alpine has locales in the "
                                       "package musl-locales",
                                       printable(name), printable(path)));
      continue;
    }
    Group group = group_of(path, {false, "--locale"});
    collector.add(group, path, path, set);
    collector.take(std::move(group));
  }
}

void add_locale(const SetSigns& signs, const Options& options, Collector& collector) {
  if (signs.is_musl) return add_musl_locale(options, collector);
  std::optional<Wanted> want = wanted(options.locale, signs, Set::locale, "--locale");
  if (!options.locales.empty()) want = Wanted{want && want->all, "--locale"};
  if (!want || signs.libc_folder.empty()) return;
  const std::string root = knowledge::locale_folder;
  // The libc of a store has its own beside itself; it is told of where they are found.
  const std::string beside_libc = signs.libc_folder + "/locale";
  const bool is_of_store = collector.kind(root) != Is::folder && collector.kind(beside_libc) == Is::folder;
  const std::string lies = is_of_store ? beside_libc : root;
  if (want->all) {
    Group group = group_of(root, *want);
    // An archive lies there as folders, too (machine/locale_archive.h), which alone are looked for by LOCPATH.
    collector.add_folder(group, lies, root, set,
                         [&](const std::string& path) { return path != lies + "/locale-archive"; });
    collector.take(std::move(group));
    return;
  }
  // Whichever spelling of it lies here, it is put where both lead: glibc asks for the normalized one first.
  const std::string unicode = "C.UTF-8";
  std::vector<std::string> names = {unicode};
  for (const std::string& name : options.locales) {
    check_locale_name(name);
    names.push_back(name);
  }
  for (const std::string& name : names) {
    const std::vector<std::string> folders = locale_folders(name);
    // Newer ones have it built in, and no folder is then missing.
    bool is_here = folders == locale_folders(unicode) || name == "C" || name == "POSIX";
    for (const std::string& each : folders) {
      const std::string folder = lies + "/" + each;
      if (collector.kind(folder) == Is::absent) continue;
      const std::string found_at = root + "/" + folders.front();
      Group group = group_of(found_at, *want);
      collector.add_folder(group, folder, found_at, set, everything);
      collector.take(std::move(group));
      is_here = true;
    }
    if (is_here) continue;
    const std::string folder = root + "/" + folders.front();
    collector.hint(
        folder,
        fmt::format("--locale {0}: there is no {1}. Make it here with `localedef --no-archive -i {2} -f UTF-8 {3}`, or "
                    "install it: Fedora has it in glibc-langpack-{4}",
                    printable(name), printable(folder), shell_word(name.substr(0, name.find('.'))), shell_word(name),
                    printable(name.substr(0, name.find_first_of("_.@")))));
  }
}

void add_zoneinfo(const SetSigns& signs, const Options& options, Collector& collector) {
  std::optional<Wanted> want = wanted(options.zoneinfo, signs, Set::zoneinfo, "--zoneinfo");
  if (!want && options.zoneinfo == SetMode::automatic && signs.names_zones)
    want = Wanted{false, signs.program + " reads ZONEINFO"};
  if (!want) return;
  const auto& folders = knowledge::zone_folders;
  const auto there = std::find_if(folders.begin(), folders.end(),
                                  [&](const char* each) { return collector.kind(each) == Is::folder; });
  const std::string home = folders.front();  // where all are found in the bundle
  std::string lies = signs.is_musl && there != folders.end() ? *there : home;
  if (collector.kind(lies) != Is::folder) {
    lies = found_in_store(collector, knowledge::zones_of_stores);
    if (lies.empty()) return;
  }
  Group group = group_of(home, *want);
  group.may_go = signs.is_helper;
  // posix/ repeats everything, right/ counts leap seconds: nobody asks for those by chance; tzdata.zi is what they were
  // compiled from. What leads out of the
  // folder (localtime) is this machine's own zone, and the target has one.
  //
  // A quarter of the bytes are second names of a zone (US/Pacific), links or the same content: 0.22 of 0.86 MB in
  // tzdata 2025b. They stay copies: libc opens them under the name that TZ says, by itself and past all that could
  // answer for another file (glibc's tzfile.c, __tzfile_read), and a bundle has no links.
  collector.add_folder(group, lies, home, set, [&](const std::string& path) {
    const auto is_of = [&](const char* name) { return is_at_or_below(path, lies + name); };
    const std::optional<std::string> real = collector.real(path);
    const bool leads_out = real && !real->starts_with(lies + "/");
    return (!leads_out || collector.kind(*real) == Is::folder) && path != lies + "/localtime" &&
           (want->all || (!is_of("/posix") && !is_of("/right") && !is_of("/tzdata.zi") && !is_of("/leapseconds") &&
                          !is_of("/leap-seconds.list")));
  });
  collector.take(std::move(group));
}

void add_terminfo(const SetSigns& signs, const Options& options, Collector& collector) {
  const std::optional<Wanted> want = wanted(options.terminfo, signs, Set::terminfo, "--terminfo");
  if (!want) return;
  for (const auto& [path, is_usual] : knowledge::terminfo_folders) {
    const std::string folder = path;
    Group group = group_of(folder, *want);
    if (want->all || is_usual) {
      collector.add_folder(group, folder, folder, set, everything);
    } else {
      for (const char* name : knowledge::usual_terminals) {
        collector.add(group, folder + "/" + name, folder + "/" + name, set);
      }
    }
    collector.take(std::move(group));
  }
}

/// OPENSSLDIR, as libcrypto states it for `openssl version -d`.
std::string openssl_folder(const Collector& collector, const std::string& libcrypto) {
  if (libcrypto.empty()) return {};
  const std::shared_ptr<const MappedFile> file = collector.open(libcrypto);
  const std::string_view text = file->bytes().text();
  constexpr std::string_view key = "OPENSSLDIR: \"";
  const size_t at = text.find(key);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + key.size(), 512);
  const size_t end = rest.find('"');
  return end == std::string_view::npos || !rest.starts_with('/') ? std::string() : std::string(rest.substr(0, end));
}

void add_ca_bundle(const SetSigns& signs, const Options& options, Collector& collector) {
  std::optional<Wanted> want = wanted(options.ca_bundle, signs, Set::ca_bundle, "--ca-bundle");
  if (!want && options.ca_bundle == SetMode::automatic && signs.names_ca_bundle) {
    want = Wanted{false, signs.program + " or a library of it names the CA bundle"};
  }
  if (!want) return;
  std::vector<std::string> bundles;
  for (const knowledge::CaBundle& known : knowledge::ca_bundles) {
    if (known.is_wanted && collector.kind(known.path) == Is::file) bundles.emplace_back(known.path);
  }
  // Where no system keeps them, those of a store stand in under the usual name.
  const std::string first =
      bundles.empty() ? found_in_store(collector, knowledge::certificates_of_stores) : bundles.front();
  if (first.empty()) return;
  const std::string name = bundles.empty() ? knowledge::ca_bundles.front().path : first;
  Group group = group_of(name, *want);
  collector.add(group, first, name, set);
  for (const std::string& bundle : bundles) collector.add(group, bundle, bundle, set);
  // OpenSSL looks for OPENSSLDIR/cert.pem, whatever the distribution has there.
  const std::string folder = openssl_folder(collector, signs.libcrypto);
  if (!folder.empty()) collector.add(group, first, folder + "/cert.pem", set);
  for (const char* const all : knowledge::ca_folders) {
    if (want->all) collector.add_folder(group, all, all, set, everything);
  }
  collector.take(std::move(group));
}

/// "a4" or "letter", in the words of libpaper's own file: without it gs and groff print on another format
/// than here.
void add_paper(const SetSigns& signs, Collector& collector) {
  if (!signs.links_libpaper) return;
  const std::string path = "/etc/papersize";
  const std::optional<std::string> text = collector.root().read(path);
  const bool is_a_name = text && text->size() <= 32 &&
                         text->find_first_not_of(
                             "abcdefghijklmnopqrstuvwxyz"
                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "0123456789-\n") == std::string::npos;
  if (!is_a_name) return;
  Group group = group_of(path, {false, "libpaper reads it"});
  collector.add(group, path, path, set);
  collector.take(std::move(group));
}

void add_wishes(const SetSigns& signs, const Options& options, std::vector<Wish>& wishes) {
  if (const std::string import = first_import(signs, Set::unwinding); !import.empty() && !signs.libc_folder.empty()) {
    wishes.push_back({{"libgcc_s.so.1"}, Wish::Priority::recommended, import, signs.asker});
  }
  const std::optional<Wanted> want = wanted(options.nss, signs, Set::nss, "--nss");
  if (!want) return;
  for (const auto& [library, is_usual] : knowledge::name_services) {
    if (is_usual ? !signs.has_old_glibc : !want->all) continue;
    wishes.push_back({{library}, Wish::Priority::recommended, want->why, signs.asker});
  }
}

}  // namespace

std::vector<std::string> locale_folders(const std::string& name) {
  const size_t dot = name.find('.');
  if (dot == std::string::npos) return {name};
  const size_t end = std::min(name.find('@', dot), name.size());
  const std::string language = name.substr(0, dot), codeset = name.substr(dot + 1, end - dot - 1),
                    modifier = name.substr(end);
  std::string normalized;
  bool has_letter = false;
  for (const char c : codeset) {
    const bool is_upper = c >= 'A' && c <= 'Z', is_lower = c >= 'a' && c <= 'z';
    has_letter = has_letter || is_upper || is_lower;
    if (is_upper) normalized += static_cast<char>(c - 'A' + 'a');
    if (is_lower || (c >= '0' && c <= '9')) normalized += c;
  }
  if (!has_letter) normalized = "iso" + normalized;
  std::vector<std::string> out;
  for (const std::string& each : {normalized, codeset, std::string(normalized == "utf8" ? "UTF-8" : "")}) {
    if (each.empty()) continue;
    const std::string folder = fmt::format("{}.{}{}", language, each, modifier);
    if (std::find(out.begin(), out.end(), folder) == out.end()) out.push_back(folder);
  }
  return out;
}

void add_named_sets(const SetSigns& signs, const Options& options, Collector& collector, std::vector<Wish>& wishes) {
  add_gconv(signs, options, collector);
  if (!signs.is_plugin) {
    add_locale(signs, options, collector);
    add_zoneinfo(signs, options, collector);
    add_terminfo(signs, options, collector);
  }
  add_ca_bundle(signs, options, collector);
  add_paper(signs, collector);
  add_wishes(signs, options, wishes);
  const std::string caller = first_import(signs, Set::shell);
  if ((signs.names_shell || !caller.empty()) && !signs.is_plugin) {
    Group group = group_of("/bin/sh", {false, caller.empty() ? signs.program + " starts programs by /bin/sh"
                                                             : signs.program + " calls " + caller});
    collector.add(group, "/bin/sh", "/bin/sh");
    collector.take(std::move(group));
  }
}

}  // namespace bundle::discover
