// What a header is made of in terms of all families, and the questions. See rpm.h.
#include "packages/rpm.h"

#include <fmt/format.h>
#include <nettle/nettle-meta.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/printable.h"
#include "knowledge/folders.h"
#include "knowledge/rpm.h"
#include "packages/rpm_relation.h"
#include "packages/rpmdb.h"

namespace bundle::packages {

namespace {

/// "tiny" of "tiny-1.2-3.src.rpm".
std::string_view name_of_source(std::string_view source_rpm) {
  for (const char separator : {'.', '.', '-', '-'}) {  // .rpm, .src, the release, the version
    const size_t at = source_rpm.rfind(separator);
    if (at == std::string_view::npos) return {};
    source_rpm = source_rpm.substr(0, at);
  }
  return source_rpm;
}

/// "1:1.2-3", as rpm writes it.
std::string full_version(const RpmHeader& header) {
  const std::vector<uint64_t> epoch = header.integers(RpmTag::epoch);
  return printable(fmt::format("{}{}-{}", epoch.empty() ? "" : fmt::format("{}:", epoch.front()),
                               header.string(RpmTag::version), header.string(RpmTag::release)));
}

/// Whether a capability is a library as programs ask for it: "libfoo.so.1()(64bit)", "libfoo.so.1", and not one of its
/// versions.
bool is_soname(std::string_view capability) {
  const size_t bracket = capability.find('(');
  const std::string_view rest = bracket == std::string_view::npos ? "" : capability.substr(bracket);
  return capability.substr(0, bracket).find(".so") != std::string_view::npos && (rest.empty() || rest == "()(64bit)");
}

/// Whether one of the words that a name is made of is that: "libstdc++6-devel-gcc12".
bool has_word(std::string_view name, std::string_view word) {
  for (const std::string& part : split(name, "-")) {
    if (part == word && !name.starts_with(word)) return true;
  }
  return false;
}

/// By the names that packagers agree on. What brings more libraries than programs for users is there for the libraries.
Role role_of(std::string_view name, std::string_view architecture, std::string_view group, size_t libraries,
             size_t programs) {
  const bool is_to_link = programs == 0 && (has_word(name, "headers") || has_word(name, "static"));
  if (has_word(name, "devel") || is_to_link) return Role::development;
  for (const char* word : {"doc", "docs", "javadoc", "manual", "man"}) {
    if (has_word(name, word)) return Role::documentation;
  }
  if (group.starts_with("Documentation")) return Role::documentation;
  if (architecture == "noarch") return Role::data;
  const bool is_named = name.starts_with("lib") || has_word(name, "libs");
  return libraries > 0 && (is_named || libraries > programs) ? Role::library : Role::program;
}

/// Requirements of scripts that run at installation and removal, by rpm's lib/rpmds.h: INTERP, SCRIPT_PRE, _POST,
/// _PREUN, _POSTUN and _VERIFY, PRETRANS, POSTTRANS, and those on rpm itself, RPMLIB.
constexpr uint64_t of_scripts = 0x1f00 | 1U << 13U | 1U << 7U | 1U << 5U | 1U << 24U;

/// The algorithm of RPMTAG_FILEDIGESTALGO, an OpenPGP number (RFC 4880, 9.4); null for others. Older headers have none.
const nettle_hash* hash_of(uint64_t algorithm) {
  switch (algorithm) {
    case 0:
    case 1:
      return &nettle_md5;
    case 2:
      return &nettle_sha1;
    case 8:
      return &nettle_sha256;
    case 9:
      return &nettle_sha384;
    case 10:
      return &nettle_sha512;
    case 11:
      return &nettle_sha224;
    default:
      return nullptr;
  }
}

std::string digest_of(const nettle_hash& hash, Bytes content) {
  std::vector<uint64_t> context((hash.context_size + sizeof(uint64_t) - 1) / sizeof(uint64_t));
  std::vector<uint8_t> digest(hash.digest_size);
  hash.init(context.data());
  hash.update(context.data(), content.size(), content.data());
  hash.digest(context.data(), digest.size(), digest.data());
  std::string out;
  for (const uint8_t byte : digest) out += fmt::format("{:02x}", byte);
  return out;
}

/// The colour that rpm gives a file of an ELF class; 0 for what is none.
uint8_t colour_of(machine::Root& root, const std::string& path) {
  int error_number = 0;
  const std::shared_ptr<const OpenFile> file = root.open(path, error_number);
  constexpr std::string_view magic =
      "\x7f"
      "ELF";
  if (file == nullptr || file->size() <= magic.size()) return 0;
  const Bytes head = Source(*file).slice(0, magic.size() + 1);
  return head.text().starts_with(magic) ? head.read<uint8_t>(magic.size()) : 0;  // ELFCLASS32 is 1, ELFCLASS64 2
}

}  // namespace

std::unique_ptr<RpmDatabase> RpmDatabase::open(machine::Root& root) {
  const RpmContainer container = find_rpm_container(root);
  if (container.read == nullptr) return nullptr;
  std::unique_ptr<RpmDatabase> database(new RpmDatabase(root));
  size_t number = 0;
  const auto add = [&](Bytes blob) {
    ++number;
    try {
      database->add(RpmHeader(blob));
    } catch (Error& error) {
      error.add_context(fmt::format("in header {} of this package database", number));
      throw;
    }
  };
  try {
    container.read(root, container.path, add);
  } catch (Error& error) {
    error.set_path_if_empty(root.at(container.path));
    error.set_next_step_if_empty(repair_rpm);
    throw;
  }
  return database->records_.empty() ? nullptr : std::move(database);
}

std::unique_ptr<Database> open_rpm(machine::Root& root) { return RpmDatabase::open(root); }

void RpmDatabase::add(const RpmHeader& header) {
  const std::string_view name = header.string(RpmTag::name), architecture = header.string(RpmTag::architecture);
  if (name.empty()) throw Error(Exit::cannot_bundle, "", "is corrupt: a package has no name");
  if (architecture.empty()) return;  // a public key, which rpm keeps here, too
  const auto id = static_cast<PackageId>(records_.size());
  files_.add(header);
  Notes& notes = notes_.emplace_back();
  const std::vector<uint64_t> algorithm = header.integers(RpmTag::file_digest_algorithm);
  notes.digest_algorithm = algorithm.empty() ? 0 : algorithm.front();
  const std::vector<std::string_view> needs = header.strings(RpmTag::require_name);
  const std::vector<uint64_t> flags = header.integers(RpmTag::require_flags);
  for (size_t i = 0; i < needs.size(); ++i) {
    if (i < flags.size() && (flags[i] & of_scripts) != 0) continue;
    for (const std::string_view capability : capabilities_of(needs[i])) notes.requires_.emplace_back(capability);
  }
  for (const std::string_view recommended : header.strings(RpmTag::recommend_name)) {
    for (const std::string_view capability : capabilities_of(recommended)) notes.recommends.emplace_back(capability);
  }

  Record& record = records_.emplace_back();
  std::set<std::string_view> provided = {name}, libraries;
  for (const std::string_view capability : header.strings(RpmTag::provide_name)) {
    provided.insert(capability);
    if (is_soname(capability)) libraries.insert(capability);
    is_64_bit_ = is_64_bit_ || capability.ends_with("()(64bit)");
  }
  for (const std::string_view capability : provided) by_provided_.emplace(std::string(capability), id);
  for (const char* name_of_libcs : {"glibc-devel", "glibc-headers", "musl-devel"}) {
    record.brings_libc_headers = record.brings_libc_headers || provided.contains(name_of_libcs);
  }
  const std::string_view source = name_of_source(header.string(RpmTag::source_rpm));
  const std::string_view group = header.string(RpmTag::group);
  const auto [first, end] = files_.of(id);
  const auto programs = static_cast<size_t>(std::count_if(first, end, [&](const RpmFiles::File& file) {
    return file.kind != RpmFiles::Kind::folder && knowledge::is_in_program_folder(files_.path_of(file));
  }));
  // It goes into reports, whatever bytes it has.
  record.package.name = printable(name);
  record.package.version = full_version(header);
  record.package.architecture = printable(architecture);
  record.package.source = source.empty() ? record.package.name : printable(source);
  // Where packagers do without, one source is one field.
  record.group = group.empty() || group == "Unspecified" ? record.package.source : printable(group);
  record.licence = printable(header.string(RpmTag::licence));
  record.role = role_of(name, architecture, group, libraries.size(), programs);
}

const RpmFiles& RpmDatabase::files() const {
  std::call_once(indexed_, [&] { files_.index(root_); });
  return files_;
}

std::vector<PackageId> RpmDatabase::owners(std::string_view path) const {
  std::vector<const RpmFiles::File*> listed = files().at(path);
  const bool is_coloured =
      std::any_of(listed.begin(), listed.end(), [&](const auto* file) { return file->colour != listed[0]->colour; });
  if (is_coloured) {
    const uint8_t colour = colour_of(root_, std::string(path));
    std::erase_if(listed, [&](const auto* file) { return file->colour != 0 && file->colour != colour; });
  }
  std::vector<PackageId> out;
  for (const RpmFiles::File* const file : listed) {
    if (out.empty() || out.back() != file->package) out.push_back(file->package);  // in ascending order
  }
  return out;
}

std::vector<std::string> RpmDatabase::paths_of(PackageId id, RpmFiles::Use use) const {
  std::vector<std::string> out;
  const auto [first, end] = files_.of(id);
  for (const RpmFiles::File* file = first; file != end; ++file) {
    if (file->use == use) out.push_back(files_.path_of(*file));
  }
  return out;
}

std::vector<std::string> RpmDatabase::files_of(PackageId id) const { return paths_of(id, RpmFiles::Use::its_programs); }

std::vector<std::string> RpmDatabase::licence_texts_of(PackageId id) const {
  return paths_of(id, RpmFiles::Use::licence);
}

std::vector<std::pair<PackageId, std::string>> RpmDatabase::find_by_base_name(std::string_view name) const {
  std::vector<std::pair<PackageId, std::string>> out;
  for (const RpmFiles::File* const file : files().named(name)) out.emplace_back(file->package, files_.path_of(*file));
  return out;
}

/// Of a package that is there for several architectures the one for this; where that is none of them, all.
std::vector<PackageId> RpmDatabase::providers(const std::string& capability, const std::string& architecture) const {
  std::vector<PackageId> out;
  const auto [first, end] = by_provided_.equal_range(capability);
  for (auto at = first; at != end; ++at) out.push_back(at->second);
  if (out.empty() && capability.starts_with('/')) out = owners(capability);
  std::sort(out.begin(), out.end());
  std::set<std::string_view> names;
  for (const PackageId id : out) {
    if (package(id).architecture == architecture) names.insert(package(id).name);
  }
  std::erase_if(
      out, [&](PackageId id) { return package(id).architecture != architecture && names.contains(package(id).name); });
  return out;
}

std::vector<PackageId> RpmDatabase::found(PackageId id, const std::vector<std::string>& requirements) const {
  // Each once, where it was met first. Most name the same few: libc's versions alone are a dozen.
  std::vector<PackageId> out;
  for (const std::string& capability : requirements) {
    for (const PackageId other : providers(capability, package(id).architecture)) {
      if (other != id && std::find(out.begin(), out.end(), other) == out.end()) out.push_back(other);
    }
  }
  return out;
}

std::vector<PackageId> RpmDatabase::depends_of(PackageId id) const { return found(id, notes_.at(id).requires_); }
std::vector<PackageId> RpmDatabase::recommends_of(PackageId id) const { return found(id, notes_.at(id).recommends); }

bool RpmDatabase::is_as_shipped(const std::string& path) const {
  std::shared_ptr<const MappedFile> content;
  for (const RpmFiles::File* const file : files().at(path)) {
    const nettle_hash* const hash = hash_of(notes_[file->package].digest_algorithm);
    if (hash == nullptr || file->digest.empty()) continue;
    int error_number = 0;
    if (content == nullptr) content = root_.map(path, error_number);
    if (content == nullptr) return false;
    if (digest_of(*hash, content->bytes()) == file->digest) return true;
  }
  return false;
}

std::optional<Database::Advice> RpmDatabase::how_to_get(std::string_view soname) const {
  // What stands in a file goes into a line that people copy into a shell.
  const bool is_plain = std::all_of(soname.begin(), soname.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._+-").find(c) != std::string_view::npos;
  });
  constexpr size_t longest = 255;  // NAME_MAX
  if (!is_plain || soname.starts_with('-') || soname.size() > longest || soname.find(".so") == std::string_view::npos)
    return std::nullopt;
  const std::string capability = fmt::format("{}{}", soname, is_64_bit_ ? "()(64bit)" : "");
  const auto& installers = knowledge::rpm_installers;
  const auto* at = std::find_if(installers.begin(), installers.end(), [&](const knowledge::RpmInstaller& installer) {
    return root_.is_executable(std::string(installer.program));
  });
  if (at == installers.end()) {
    const std::string system = root_.read("/etc/os-release").value_or("");
    at = std::find_if(installers.begin(), installers.end(), [&](const knowledge::RpmInstaller& installer) {
      return installer.family.empty() || system.find(installer.family) != std::string::npos;
    });
  }
  return Advice{fmt::format("a package that provides {} has it", capability),
                fmt::format("{} {}", at->command, shell_word(capability))};
}

}  // namespace bundle::packages
