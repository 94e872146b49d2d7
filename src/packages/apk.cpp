// Reading `installed`, line by line. See apk.h.
#include "packages/apk.h"

#include <fmt/format.h>
#include <nettle/base64.h>

#include "base/interrupt.h"

namespace bundle::packages {

namespace {

constexpr const char* repair = "Repair it with \"apk fix\", or take the root from its image again";

/// "Q1+base64" -> hexadecimal; empty for anything else.
std::string hex_of_sum(std::string_view field) {
  if (!field.starts_with("Q1") && !field.starts_with("Q2")) return "";
  field.remove_prefix(2);
  constexpr size_t longest = 64;
  if (field.size() > longest) return "";
  uint8_t raw[BASE64_DECODE_LENGTH(longest)];
  size_t size = sizeof raw;
  base64_decode_ctx context;
  base64_decode_init(&context);
  if (base64_decode_update(&context, &size, raw, field.size(), field.data()) == 0 || base64_decode_final(&context) == 0)
    return "";
  std::string out;
  for (size_t i = 0; i < size; ++i) out += fmt::format("{:02x}", raw[i]);
  return out;
}

/// The names in "D:so:libc.musl-x86_64.so.1 foo>=1 !bar"; "!bar", which is not wanted, is no package's name.
std::vector<std::string> names_in(std::string_view field) {
  std::vector<std::string> out;
  for (const std::string& item : split(field, " ")) {
    if (!item.empty()) out.push_back(name_in_relation(item));
  }
  return out;
}

std::string joined(const std::string& folder, std::string_view name) {
  return (folder.empty() ? "" : "/" + folder) + (name.empty() ? "" : "/" + std::string(name));
}

/// Machine code is linked with something, if only with libc.
bool needs_libraries(const Listed& package) {
  for (const std::string& name : package.depends) {
    if (name.starts_with("so:")) return true;
  }
  return false;
}

Role role_of(const Listed& package) {
  const std::string& name = package.record.package.name;
  if (name.ends_with("-dev") || name.ends_with("-static")) return Role::development;
  if (name.ends_with("-doc")) return Role::documentation;
  return role_by_files(package.paths, "", package.record.package.architecture != "noarch" && needs_libraries(package));
}

/// What each line of a package's part of the file says, to whoever asks. Throws Error for a line that is none.
template <class Each>
void for_each_field(std::string_view text, const std::string& path, const Each& each) {
  for (uint64_t number = 1; !text.empty(); ++number) {
    check_interrupted();
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && (line.size() < 2 || line[1] != ':'))
      throw unreadable_database(path, fmt::format("line {}, \"{}\", is no field", number, line.substr(0, 40)), repair);
    each(line.empty() ? '\0' : line[0], line.empty() ? line : line.substr(2), number);
  }
}

std::vector<Listed> parse_installed(const std::string& text, const std::string& path) {
  std::vector<Listed> out;
  Listed package;
  std::string folder;
  bool has_folder = false, is_empty = true;
  const auto finish = [&](uint64_t number) {
    if (is_empty) return;
    Package& its = package.record.package;
    if (!is_plain_name(its.name) || its.version.empty())
      throw unreadable_database(path, fmt::format("the package that ends at line {} has no name or version", number),
                                repair);
    if (its.source.empty()) its.source = its.name;
    package.record.role = role_of(package);
    out.push_back(std::move(package));
    package = {};
    folder.clear();
    has_folder = false;
    is_empty = true;
  };
  uint64_t last = 0;
  for_each_field(text, path, [&](char letter, std::string_view value, uint64_t number) {
    last = number;
    if (letter == '\0') return finish(number);
    is_empty = false;
    if (letter == 'P') package.record.package.name = value;
    if (letter == 'V') package.record.package.version = value;
    if (letter == 'A') package.record.package.architecture = value;
    if (letter == 'o') package.record.package.source = value;
    if (letter == 'D') package.depends = names_in(value);
    if (letter == 'p') package.provides = names_in(value);
    if (letter == 'F') {
      folder = value;
      has_folder = true;
      if (!folder.empty()) package.paths.push_back(joined(folder, ""));
    }
    if (letter == 'R') {
      if (!has_folder)
        throw unreadable_database(path, fmt::format("line {} names a file before any folder", number), repair);
      package.paths.push_back(joined(folder, value));
      // Its libc's headers, of whatever package.
      if (package.paths.back() == "/usr/include/stdlib.h") package.record.brings_libc_headers = true;
    }
    if (letter == 'R' || letter == 'F' || letter == 'Z')
      package.sums.append(1, letter).append(":").append(value).append("\n");
  });
  finish(last);
  return out;
}

class ApkDatabase : public ListedDatabase {
 public:
  ApkDatabase(machine::Root& root, std::vector<Listed> packages) : ListedDatabase(root, std::move(packages)) {}

  /// apk takes a library's name as it takes a package's: "apk add so:libz.so.1".
  std::optional<Advice> how_to_get(std::string_view soname) const override {
    if (!is_plain_name(soname)) return std::nullopt;
    const std::string name = "so:" + std::string(soname);
    return Advice{"it would be in the package that provides " + name, "apk add " + name};
  }

 protected:
  std::string sum_of(PackageId id, const IsIt& is_it) const override {
    std::string folder, sum;
    bool is_at = false;
    for_each_field(sums_of(id), "", [&](char letter, std::string_view value, uint64_t) {
      if (letter == 'F') folder = value;
      if (letter == 'R') is_at = is_it(joined(folder, value));
      if (letter == 'Z' && is_at) sum = hex_of_sum(value);
    });
    return sum;
  }
};

}  // namespace

std::unique_ptr<Database> open_apk(machine::Root& root) {
  for (const char* path : {"/lib/apk/db/installed", "/usr/lib/apk/db/installed"}) {
    const std::optional<std::string> text = root.read_listed(path);
    if (!text) continue;
    std::vector<Listed> packages = parse_installed(*text, path);
    if (!packages.empty()) return std::make_unique<ApkDatabase>(root, std::move(packages));
  }
  return nullptr;
}

}  // namespace bundle::packages
