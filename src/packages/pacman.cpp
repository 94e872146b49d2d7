// Reading `desc`, `files` and `mtree`. See pacman.h.
#include "packages/pacman.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

#include "base/interrupt.h"

namespace bundle::packages {

namespace {

constexpr const char* local = "/var/lib/pacman/local";
constexpr const char* repair = "Install the package again with \"pacman -S\", or take the root from its image again";

/// "%NAME%" -> its values. An empty value is one that ends its block.
using Blocks = std::map<std::string, std::vector<std::string>, std::less<>>;

Blocks parse_blocks(std::string_view text, const std::string& path) {
  Blocks out;
  std::vector<std::string>* block = nullptr;
  for (const std::string& line : split(text, "\n")) {
    check_interrupted();
    if (line.empty()) {
      block = nullptr;
    } else if (block != nullptr) {
      block->push_back(line);
    } else if (line.size() > 2 && line.front() == '%' && line.back() == '%') {
      block = &out[line];
    } else {
      throw unreadable_database(path, "\"" + line.substr(0, 40) + "\" stands in no block", repair);
    }
  }
  return out;
}

std::string first_of(const Blocks& blocks, std::string_view name) {
  const auto at = blocks.find(name);
  return at == blocks.end() || at->second.empty() ? "" : at->second.front();
}

/// "glibc>=2.38" and "python: for the scripts" by their names.
std::vector<std::string> names_in(const Blocks& blocks, std::string_view name) {
  std::vector<std::string> out;
  const auto at = blocks.find(name);
  if (at == blocks.end()) return out;
  for (const std::string& item : at->second) {
    out.push_back(name_in_relation(std::string_view(item).substr(0, item.find(": "))));
  }
  return out;
}

/// What a gzip file holds. It says itself how long that is, and is not believed: at most `limit` bytes.
std::string gunzipped(Bytes packed, const std::string& path) {
  constexpr size_t limit = size_t{256} << 20U;
  z_stream stream{};
  if (::inflateInit2(&stream, 15 + 16) != Z_OK) throw Error(Exit::machine, "", "zlib has no memory");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> ending(&stream, ::inflateEnd);
  std::string input(packed.text());
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(std::min<size_t>(input.size(), UINT32_MAX));
  std::string out;
  char buffer[1U << 16U];
  for (int result = Z_OK; result != Z_STREAM_END;) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer);
    stream.avail_out = sizeof buffer;
    result = ::inflate(&stream, Z_NO_FLUSH);
    if ((result != Z_OK && result != Z_STREAM_END) || out.size() > limit)
      throw unreadable_database(path, "it is no whole gzip file", repair);
    out.append(buffer, sizeof buffer - stream.avail_out);
  }
  return out;
}

/// "./a\040b" -> "/a b" (vis(3), octal).
std::string path_in_mtree(std::string_view word) {
  std::string out;
  for (size_t i = word.starts_with('.') ? 1 : 0; i < word.size(); ++i) {
    const auto digit = [&](size_t at) {
      return at < word.size() && word[at] >= '0' && word[at] <= '7' ? word[at] - '0' : -1;
    };
    if (word[i] == '\\' && digit(i + 1) >= 0 && digit(i + 2) >= 0 && digit(i + 3) >= 0) {
      out += static_cast<char>(digit(i + 1) * 64 + digit(i + 2) * 8 + digit(i + 3));
      i += 3;
    } else {
      out += word[i];
    }
  }
  return out;
}

class PacmanDatabase : public ListedDatabase {
 public:
  PacmanDatabase(machine::Root& root, std::vector<Listed> packages) : ListedDatabase(root, std::move(packages)) {}

  /// Names of libraries tell nothing of those of packages here; pacman's list of all files does.
  std::optional<Advice> how_to_get(std::string_view soname) const override {
    if (!is_plain_name(soname)) return std::nullopt;
    return Advice{"pacman's list of files tells which package has it",
                  "pacman -Fy && pacman -F " + std::string(soname)};
  }

 protected:
  std::string sum_of(PackageId id, const IsIt& is_it) const override {
    int error_number = 0;
    const std::shared_ptr<const MappedFile> file = root().map(sums_of(id), error_number);
    return file == nullptr ? "" : sum_in_mtree(gunzipped(file->bytes(), sums_of(id)), is_it);
  }
};

Listed read_package(machine::Root& root, const std::string& folder) {
  const std::string path = folder + "/desc";
  const std::optional<std::string> text = root.read_listed(path);
  if (!text) throw unreadable_database(path, "it is not there", repair);
  const Blocks desc = parse_blocks(*text, path);
  const Blocks files = parse_blocks(root.read_listed(folder + "/files").value_or(""), folder + "/files");

  Listed out;
  Package& package = out.record.package;
  package = {first_of(desc, "%NAME%"), first_of(desc, "%VERSION%"), first_of(desc, "%ARCH%"), first_of(desc, "%BASE%")};
  if (!is_plain_name(package.name) || package.version.empty())
    throw unreadable_database(path, "it has no name or version", repair);
  if (package.source.empty()) package.source = package.name;
  out.depends = names_in(desc, "%DEPENDS%");
  out.recommends = names_in(desc, "%OPTDEPENDS%");
  out.provides = names_in(desc, "%PROVIDES%");
  const auto listed = files.find("%FILES%");
  if (listed != files.end()) {
    for (const std::string& file : listed->second) {
      out.paths.push_back("/" + file.substr(0, file.size() - (file.ends_with('/') ? 1 : 0)));
    }
  }
  const std::string& name = package.name;
  out.record.role = name.ends_with("-docs") || name.ends_with("-doc") ? Role::documentation
                    : name.ends_with("-headers")                      ? Role::development
                                                 : role_by_files(out.paths, "", package.architecture != "any");
  out.sums = folder + "/mtree";
  return out;
}

}  // namespace

std::string sum_in_mtree(std::string_view mtree, const std::function<bool(const std::string& path)>& is_it) {
  constexpr std::string_view key = "sha256digest=";
  while (!mtree.empty()) {
    const size_t end = std::min(mtree.find('\n'), mtree.size());
    const std::string_view line = mtree.substr(0, end);
    mtree.remove_prefix(std::min(end + 1, mtree.size()));
    const size_t at = line.find(key);
    if (!line.starts_with("./") || at == std::string_view::npos) continue;
    if (!is_it(path_in_mtree(line.substr(0, line.find(' '))))) continue;
    const std::string_view value = line.substr(at + key.size());
    return std::string(value.substr(0, value.find(' ')));
  }
  return "";
}

std::unique_ptr<Database> open_pacman(machine::Root& root) {
  const std::string version(trimmed(root.read_listed(std::string(local) + "/ALPM_DB_VERSION").value_or("9")));
  if (version != "9")
    throw unreadable_database(std::string(local) + "/ALPM_DB_VERSION",
                              "it is of version " + version + ", and known is version 9",
                              "Upgrade it with \"pacman-db-upgrade\", or take a newer bundle");
  std::vector<Listed> packages;
  for (const std::string& name : root.list(local)) {
    const std::string folder = std::string(local) + "/" + name;
    if (root.is_folder(folder)) packages.push_back(read_package(root, folder));
  }
  if (packages.empty()) return nullptr;
  return std::make_unique<PacmanDatabase>(root, std::move(packages));
}

}  // namespace bundle::packages
