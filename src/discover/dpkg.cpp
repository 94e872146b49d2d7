// The stanzas, relations and questions; the file lists and their index are in dpkg_listing.cpp.
#include "discover/dpkg.h"

#include <fmt/format.h>
#include <nettle/md5.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/folder.h"
#include "base/interrupt.h"
#include "discover/dpkg_listing.h"
#include "machine/root.h"

namespace bundle::discover {

namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

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

}  // namespace

std::optional<DpkgDatabase> DpkgDatabase::open(const std::string& sysroot) {
  DpkgDatabase database;
  database.sysroot_ = sysroot;
  while (database.sysroot_.ends_with('/')) database.sysroot_.pop_back();
  const machine::Root::Place place = machine::Root(sysroot).locate("/var/lib/dpkg");
  if (place.error_number != 0) return std::nullopt;
  const std::string& folder = database.folder_ = place.host;
  const std::optional<std::string> status = read_file(folder + "/status");
  if (status) database.parse_stanzas(*status);
  if (database.packages_.empty()) {
    int why_not = 0;
    std::vector<std::string> stanzas;
    for (const auto& [name, node] : list_folder(folder + "/status.d", why_not)) {
      if (!name.ends_with(".md5sums")) stanzas.push_back(folder + "/status.d/" + name);
    }
    database.distroless_ = !stanzas.empty();
    for (const std::string& path : stanzas) database.parse_stanzas(read_file(path).value_or(""));
  }
  if (database.packages_.empty()) return std::nullopt;

  for (const char* name : {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/libo32"}) {
    const std::optional<std::string> target = link_text(database.sysroot_ + name);
    if (target && normal_path("/" + *target) == std::string("/usr") + name) database.merged_.push_back(name);
  }
  std::vector<std::string> lines;
  if (const std::optional<std::string> text = read_file(folder + "/diversions")) {
    for_each_line(*text, [&](std::string_view line) { lines.emplace_back(line); });
  }
  for (size_t i = 0; i + 2 < lines.size(); i += 3) {
    if (!is_listed_path(lines[i]) || !is_listed_path(lines[i + 1])) continue;
    database.diversions_.push_back({database.canonical(lines[i]), database.canonical(lines[i + 1]), lines[i + 2]});
  }
  for (PackageId id = 0; id < database.packages_.size(); ++id) {
    const PackageRecord& record = database.packages_[id];
    database.by_name_.emplace(record.package.name, id);
    for (const std::string& item : split(record.provides, ",")) {
      if (const std::string_view name = relation_name(item); !name.empty()) {
        database.by_provided_.emplace(std::string(name), id);
      }
    }
  }
  database.listed_ = std::make_shared<std::once_flag>();
  return database;
}

void DpkgDatabase::parse_stanzas(std::string_view text) {
  PackageRecord record;
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
      record.section.erase(0, record.section.rfind('/') + 1);
      record.same_architecture_only = trimmed(multi_arch) == "same";
      packages_.push_back(std::move(record));
    }
    record = {};
    state = "installed";
    multi_arch.clear();
    source.clear();
    field = nullptr;
  };
  for_each_line(text, [&](std::string_view line) {
    if (trimmed(line).empty()) return finish();
    if (is_space(line.front())) {  // a continued field
      if (field == &record.conffiles) field->append("\n");
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
            : key == "Recommends"                      ? &record.recommends
            : key == "Section"                         ? &record.section
            : key == "Provides"                        ? &record.provides
            : key == "Conffiles"                       ? &record.conffiles
            : key == "Depends" || key == "Pre-Depends" ? &record.depends
                                                       : nullptr;
    if (field == nullptr) return;
    if (field == &record.depends && !field->empty()) {
      field->append(", ").append(value);
    } else {
      field->assign(value);
    }
  });
  finish();
}

std::string DpkgDatabase::canonical(std::string_view path) const { return std::string(canonical_view(path, merged_)); }

std::string DpkgDatabase::list_path(const PackageRecord& record) const {
  const std::string folder = folder_ + "/";
  const std::string& name = record.package.name;
  if (distroless_) return folder + "status.d/" + name + ".md5sums";
  if (record.same_architecture_only) {
    std::string path = folder + "info/" + name + ":" + record.package.architecture + ".list";
    if (::access(path.c_str(), F_OK) == 0) return path;
  }
  return folder + "info/" + name + ".list";
}

const DpkgDatabase::Listing& DpkgDatabase::listing() const {
  std::call_once(*listed_, [&] {
    std::vector<std::string> paths;
    for (const PackageRecord& record : packages_) paths.push_back(list_path(record));
    listing_ = std::make_shared<Listing>(paths, distroless_, merged_);
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
      std::erase_if(ids, [&](PackageId id) { return packages_[id].package.name == diversion.package; });
      if (!ids.empty()) return ids;
    } else if (diversion.original == wanted) {
      std::vector<PackageId> ids = listing().owners(wanted);
      std::erase_if(ids, [&](PackageId id) { return packages_[id].package.name != diversion.package; });
      return ids;
    }
  }
  return listing().owners(wanted);
}

std::optional<PackageId> DpkgDatabase::owner_id(std::string_view path) const {
  const std::vector<PackageId> ids = owners(path);
  if (ids.empty()) return std::nullopt;
  return *std::min_element(ids.begin(), ids.end());
}

std::optional<Package> DpkgDatabase::owner(std::string_view path) const {
  const std::optional<PackageId> id = owner_id(path);
  return id ? std::optional(packages_[*id].package) : std::nullopt;
}

std::vector<std::string> DpkgDatabase::files_of(PackageId id) const {
  std::vector<std::string> paths = listing().files(id);
  for (std::string& path : paths) {
    for (const Diversion& diversion : diversions_) {
      if (diversion.package != packages_[id].package.name && canonical(path) == diversion.original) {
        path = diversion.diverted;
        break;
      }
    }
  }
  return paths;
}

std::vector<std::string> DpkgDatabase::files_of(const Package& package) const {
  const auto [first, last] = by_name_.equal_range(package.name);
  for (auto at = first; at != last; ++at) {
    const std::string& architecture = packages_[at->second].package.architecture;
    if (package.architecture.empty() || architecture == package.architecture) return files_of(at->second);
  }
  return {};
}

std::optional<PackageId> DpkgDatabase::find(std::string_view name) const {
  const auto found = by_name_.find(std::string(name));
  return found == by_name_.end() ? std::nullopt : std::optional(found->second);
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
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

std::vector<PackageId> DpkgDatabase::depends_of(PackageId id) const { return resolve_relation(packages_[id].depends); }
std::vector<PackageId> DpkgDatabase::recommends_of(PackageId id) const {
  return resolve_relation(packages_[id].recommends);
}

bool DpkgDatabase::is_as_shipped(const std::string& path) const {
  const auto content_is = [&](std::string_view md5) {
    int error_number = 0;
    const std::shared_ptr<const MappedFile> file = MappedFile::try_open(sysroot_ + path, error_number);
    return file != nullptr && md5_hex(file->bytes().text()) == md5;
  };
  // "PATH MD5", and for those of an earlier version "PATH MD5 obsolete".
  const std::string key = " " + path + " ";
  for (const PackageRecord& record : packages_) {
    const size_t at = record.conffiles.find(key);
    if (at != std::string::npos) return content_is(std::string_view(record.conffiles).substr(at + key.size(), 32));
  }
  const std::optional<PackageId> id = owner_id(path);
  if (!id) return false;
  std::string sums = list_path(packages_[*id]);
  if (sums.ends_with(".list")) sums.replace(sums.size() - 5, 5, ".md5sums");
  const std::string text = "\n" + read_file(sums).value_or("");
  const size_t at = text.find("  " + path.substr(1) + "\n");
  return at != std::string::npos && at >= 33 && text[at - 33] == '\n' && content_is(text.substr(at - 32, 32));
}

std::vector<std::pair<Package, std::string>> DpkgDatabase::find_by_base_name(std::string_view name) const {
  std::vector<std::pair<Package, std::string>> out;
  for (const auto& [id, path] : listing().by_base_name(name)) out.emplace_back(packages_[id].package, path);
  return out;
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

}  // namespace bundle::discover
