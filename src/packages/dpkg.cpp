// The stanzas, relations and questions; the file lists and their index are in file_lists.cpp.
#include "packages/dpkg.h"

#include <fmt/format.h>
#include <nettle/md5.h>

#include <algorithm>

#include "base/interrupt.h"
#include "packages/file_lists.h"

namespace bundle::packages {

namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Whether a name is one that dpkg takes for a package (lib/dpkg/parsehelp.c, pkg_name_is_illegal): it goes into paths
/// of the database and into advice.
bool is_package_name(std::string_view name) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  constexpr size_t longest = 200;  // "NAME:ARCH.list" is a file name
  return !name.empty() && name.size() <= longest && is_plain(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_plain(c) || c == '-' || c == '+' || c == '.' || c == '_'; });
}

/// "libc6:any (>= 2.34) [amd64]" -> "libc6"
std::string_view relation_name(std::string_view alternative) {
  alternative = trimmed(alternative);
  return alternative.substr(0, std::min(alternative.find_first_of(" \t\n(:["), alternative.size()));
}

/// Whether a "Status: want flag state" says that the package's files are there.
bool files_are_there(std::string_view status) {
  status = trimmed(status);
  const size_t last = status.rfind(' ');
  const std::string_view state = last == std::string_view::npos ? status : status.substr(last + 1);
  return state != "not-installed" && state != "config-files";
}

/// dpkg knows its settings files by MD5.
std::string md5_hex(std::string_view content) {
  md5_ctx context;
  md5_init(&context);
  md5_update(&context, content.size(), reinterpret_cast<const uint8_t*>(content.data()));
  uint8_t digest[MD5_DIGEST_SIZE];
  md5_digest(&context, sizeof digest, digest);
  std::string out;
  for (const uint8_t byte : digest) out += fmt::format("{:02x}", byte);
  return out;
}

template <class Each>
void for_each_line(std::string_view text, const Each& each) {
  while (!text.empty()) {
    check_interrupted();
    const size_t end = text.find('\n');
    each(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

/// Debian policy 2.4 and 5.6.8: what is for every machine is data, or text; sections tell the rest.
Role role_of(const std::string& name, const std::string& architecture, const std::string& section) {
  if (section == "libdevel" || name.ends_with("-dev")) return Role::development;
  if (section == "doc" || name.ends_with("-doc")) return Role::documentation;
  if (architecture == "all") return Role::data;
  return section == "libs" || section == "oldlibs" ? Role::library : Role::program;
}

/// "d41d8…  usr/bin/rig" -> "/usr/bin/rig", a line each.
std::string paths_of_md5sums(std::string_view text) {
  std::string out;
  for (const std::string& line : split(text, "\n")) {
    const size_t gap = line.find("  ");
    if (gap != std::string::npos) out.append("/").append(line, gap + 2).append("\n");
  }
  return out;
}

/// "/usr/bin/rig\t0100755" -> "/usr/bin/rig", a line each: opkg writes a mode behind a path, and a link's target.
std::string without_modes(std::string_view text) {
  std::string out;
  for_each_line(text, [&](std::string_view line) { out.append(line.substr(0, line.find('\t'))).append("\n"); });
  return out;
}

}  // namespace

std::unique_ptr<DpkgDatabase> DpkgDatabase::open(machine::Root& root) {
  std::unique_ptr<DpkgDatabase> database(new DpkgDatabase(root));
  return database->load("/var/lib/dpkg") ? std::move(database) : nullptr;
}

bool DpkgDatabase::load(const std::string& folder) {
  if (!root_.look(folder).is_folder()) return false;
  folder_ = root_.real(folder).value_or(folder);
  if (const std::optional<std::string> status = root_.read_listed(folder_ + "/status")) parse_stanzas(*status);
  if (records_.empty()) {
    std::vector<std::string> stanzas;
    for (const std::string& name : root_.list(folder_ + "/status.d")) {
      if (!name.ends_with(".md5sums")) stanzas.push_back(folder_ + "/status.d/" + name);
    }
    distroless_ = !stanzas.empty();
    for (const std::string& path : stanzas) parse_stanzas(root_.read_listed(path).value_or(""));
  }
  if (records_.empty()) return false;

  merged_ = merged_folders(root_);
  read_diversions(root_.read_listed(folder_ + "/diversions").value_or(""));
  for (PackageId id = 0; id < records_.size(); ++id) {
    by_name_.emplace(package(id).name, id);
    for (const std::string& item : split(stanzas_[id].provides, ",")) {
      const std::string_view name = relation_name(item);
      if (name == "libc-dev") records_[id].brings_libc_headers = true;
      if (!name.empty()) by_provided_.emplace(std::string(name), id);
    }
  }
  return true;
}

std::unique_ptr<Database> open_dpkg(machine::Root& root) { return DpkgDatabase::open(root); }

void DpkgDatabase::read_diversions(const std::string& text) {
  std::vector<std::string> lines;
  for_each_line(text, [&](std::string_view line) { lines.emplace_back(line); });
  for (size_t i = 0; i + 2 < lines.size(); i += 3) {
    if (!is_listed_path(lines[i]) || !is_listed_path(lines[i + 1])) continue;
    diversions_.push_back({canonical(lines[i]), canonical(lines[i + 1]), lines[i + 2]});
  }
}

void DpkgDatabase::parse_stanzas(std::string_view text) {
  Record record;
  Stanza stanza;
  std::string state = "installed";  // status.d has no Status field: what is listed is there
  std::string* field = nullptr;
  std::string multi_arch;
  std::string source;
  std::string ignored;
  const auto finish = [&] {
    const std::string& architecture = record.package.architecture;
    const bool is_named =
        is_package_name(record.package.name) && (architecture.empty() || is_package_name(architecture));
    if (is_named && files_are_there(state)) {
      const std::string_view name = relation_name(source);
      record.package.source = name.empty() ? record.package.name : std::string(name);
      stanza.section.erase(0, stanza.section.rfind('/') + 1);
      stanza.same_architecture_only = trimmed(multi_arch) == "same";
      record.group = stanza.section;
      record.role = role_of(record.package.name, architecture, stanza.section);
      records_.push_back(std::move(record));
      stanzas_.push_back(std::move(stanza));
    }
    record = {};
    stanza = {};
    state = "installed";
    multi_arch.clear();
    source.clear();
    field = nullptr;
  };
  for_each_line(text, [&](std::string_view line) {
    if (trimmed(line).empty()) return finish();
    if (is_space(line.front())) {  // a continued field
      if (field == &stanza.conffiles) field->append("\n");
      if (field != nullptr) field->append(line);
      return;
    }
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    const std::string_view key = line.substr(0, colon);
    const std::string_view value = trimmed(line.substr(colon + 1));
    field = key == "Package"                           ? &record.package.name
            : key == "Version"                         ? &record.package.version
            : key == "Architecture"                    ? &record.package.architecture
            : key == "Source"                          ? &source
            : key == "Status"                          ? &state
            : key == "Multi-Arch"                      ? &multi_arch
            : key == "Recommends"                      ? &stanza.recommends
            : key == "Section"                         ? &stanza.section
            : key == "Provides"                        ? &stanza.provides
            : key == "Conffiles"                       ? &stanza.conffiles
            : key == "Depends" || key == "Pre-Depends" ? &stanza.depends
                                                       : nullptr;
    if (field == nullptr) return;
    if (field == &stanza.depends && !field->empty()) {
      field->append(", ").append(value);
    } else {
      field->assign(value);
    }
  });
  finish();
}

std::string DpkgDatabase::canonical(std::string_view path) const { return std::string(canonical_view(path, merged_)); }

std::string DpkgDatabase::list_path(PackageId id) const {
  const std::string folder = folder_ + "/";
  const std::string& name = package(id).name;
  if (distroless_) return folder + "status.d/" + name + ".md5sums";
  if (stanzas_[id].same_architecture_only) {
    std::string path = folder + "info/" + name + ":" + package(id).architecture + ".list";
    if (root_.look(path).is_there()) return path;
  }
  return folder + "info/" + name + ".list";
}

const FileLists& DpkgDatabase::listing() const {
  std::call_once(listed_, [&] {
    std::vector<std::string> sources;
    for (PackageId id = 0; id < records_.size(); ++id) sources.push_back(root_.locate(list_path(id)).host);
    const auto text_of = [&](size_t i) {
      std::string text = root_.read_source(sources[i]).value_or("");
      return distroless_ ? paths_of_md5sums(text) : text.find('\t') == std::string::npos ? text : without_modes(text);
    };
    listing_ = std::make_unique<const FileLists>(sources.size(), text_of, merged_);
  });
  return *listing_;
}

std::vector<PackageId> DpkgDatabase::owners(std::string_view path) const {
  const std::string wanted = canonical(path);
  for (const Diversion& diversion : diversions_) {
    if (diversion.diverted == wanted) {
      // Lies here only because another package keeps the name: the owner is whoever lists the original name
      // otherwise.
      std::vector<PackageId> ids = listing().owners(diversion.original);
      std::erase_if(ids, [&](PackageId id) { return package(id).name == diversion.package; });
      if (!ids.empty()) return ids;
    } else if (diversion.original == wanted) {
      std::vector<PackageId> ids = listing().owners(wanted);
      std::erase_if(ids, [&](PackageId id) { return package(id).name != diversion.package; });
      return ids;
    }
  }
  return listing().owners(wanted);
}

std::vector<std::string> DpkgDatabase::files_of(PackageId id) const {
  std::vector<std::string> paths = listing().files(id);
  for (std::string& path : paths) {
    for (const Diversion& diversion : diversions_) {
      if (diversion.package != package(id).name && canonical(path) == diversion.original) {
        path = diversion.diverted;
        break;
      }
    }
  }
  return paths;
}

std::vector<PackageId> DpkgDatabase::resolve_relation(std::string_view relation) const {
  std::vector<PackageId> ids;
  const auto take = [&](const auto& map, const std::string& name) {
    const auto [first, last] = map.equal_range(name);
    for (auto at = first; at != last; ++at) ids.push_back(at->second);
  };
  for (const std::string& item : split(relation, ",|")) {
    const std::string name(relation_name(item));
    if (name.empty()) continue;
    const size_t before = ids.size();
    take(by_name_, name);
    if (ids.size() == before) take(by_provided_, name);
  }
  // Each once, where it was met first.
  std::vector<PackageId> out;
  for (const PackageId id : ids) {
    if (std::find(out.begin(), out.end(), id) == out.end()) out.push_back(id);
  }
  return out;
}

std::vector<PackageId> DpkgDatabase::depends_of(PackageId id) const {
  return resolve_relation(stanzas_.at(id).depends);
}
std::vector<PackageId> DpkgDatabase::recommends_of(PackageId id) const {
  return resolve_relation(stanzas_.at(id).recommends);
}

bool DpkgDatabase::is_as_shipped(const std::string& path) const {
  const auto content_is = [&](std::string_view md5) {
    int error_number = 0;
    const std::shared_ptr<const MappedFile> file = root_.map(path, error_number);
    return file != nullptr && md5_hex(file->bytes().text()) == md5;
  };
  // "PATH MD5", and for those of an earlier version "PATH MD5 obsolete".
  const std::string key = " " + path + " ";
  for (const Stanza& stanza : stanzas_) {
    const size_t at = stanza.conffiles.find(key);
    if (at != std::string::npos) return content_is(std::string_view(stanza.conffiles).substr(at + key.size(), 32));
  }
  const std::optional<PackageId> id = owner_id(path);
  if (!id) return false;
  std::string sums = list_path(*id);
  if (sums.ends_with(".list")) sums.replace(sums.size() - 5, 5, ".md5sums");
  const std::string text = "\n" + root_.read_listed(sums).value_or("");
  const size_t at = text.find("  " + path.substr(1) + "\n");
  return at != std::string::npos && at >= 33 && text[at - 33] == '\n' && content_is(text.substr(at - 32, 32));
}

/// ucf(1) keeps the sums of what it was given to put in place.
bool DpkgDatabase::is_as_installed(const std::string& path) const {
  const std::string text = "\n" + root_.read("/var/lib/ucf/hashfile").value_or("");
  const size_t at = text.find("  " + path + "\n");
  if (at == std::string::npos || at < 33 || text[at - 33] != '\n') return false;
  int error_number = 0;
  const std::shared_ptr<const MappedFile> file = root_.map(path, error_number);
  return file != nullptr && md5_hex(file->bytes().text()) == std::string_view(text).substr(at - 32, 32);
}

std::vector<std::pair<PackageId, std::string>> DpkgDatabase::find_by_base_name(std::string_view name) const {
  return listing().by_base_name(name);
}

std::optional<Database::Advice> DpkgDatabase::how_to_get(std::string_view soname) const {
  const std::optional<std::string> name = package_name_for_soname(soname);
  if (!name) return std::nullopt;
  return Advice{"by its name it would be in the package " + *name, "apt-get install " + *name};
}

std::optional<std::string> package_name_for_soname(std::string_view soname) {
  const size_t at = soname.find(".so");
  if (!soname.starts_with("lib") || at == std::string_view::npos) return std::nullopt;
  std::string name(soname.substr(0, at));
  std::string_view version = soname.substr(at + 3);
  if (version.starts_with('.')) {
    version.remove_prefix(1);
    if (name.back() >= '0' && name.back() <= '9') name += '-';
    name += version;
  } else if (!version.empty() || name.find('-') == std::string::npos) {
    return std::nullopt;  // "libfoo.so" names no version, and so no package
  }
  for (char& c : name) c = c == '_' ? '-' : (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
  // What stands in a file goes into a line that people copy into a shell.
  if (!is_package_name(name) || name.find('_') != std::string::npos) return std::nullopt;
  return name;
}

}  // namespace bundle::packages
