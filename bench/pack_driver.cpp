// pack_driver OUT.zip LEVEL JOBS FILE…: write_zip alone, for the bench and for the tests of the archive's
// form. A FILE of the form NAME=PATH is stored under NAME, a NAME that ends in '/' is a folder, and "-" reads
// the list from stdin, one a line. Environment: SOURCE_DATE_EPOCH.
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <vector>

#include "base/error.h"
#include "pack/archive.h"

namespace {

/// By path: a list of 70,000 entries may name one file over and over, and a process has 65,530 mappings.
using Files = std::map<std::string, std::shared_ptr<const bundle::MappedFile>>;

bundle::pack::Entry entry_of(const std::string& argument, Files& files) {
  const size_t equals = argument.find('=');
  std::string name = argument.substr(0, equals);
  if (name.ends_with('/')) return {name, 0755, {}};
  const std::string source = equals == std::string::npos ? name : argument.substr(equals + 1);
  auto& file = files[source];
  if (!file) file = bundle::MappedFile::open(source);
  if (equals == std::string::npos) name.erase(0, name.find_first_not_of('/'));
  return {name, file->mode(), bundle::Pieces::of_span(file->bytes())};
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 4) return static_cast<int>(bundle::Exit::usage);
  try {
    Files files;
    std::vector<bundle::pack::Entry> entries;
    for (int i = 4; i < count; ++i) {
      if (arguments[i] != std::string("-")) {
        entries.push_back(entry_of(arguments[i], files));
        continue;
      }
      for (std::string line; std::getline(std::cin, line);) entries.push_back(entry_of(line, files));
    }
    bundle::pack::Settings settings;
    settings.level = std::atoi(arguments[2]);
    settings.jobs = static_cast<unsigned>(std::atoi(arguments[3]));
    if (const char* epoch = std::getenv("SOURCE_DATE_EPOCH")) settings.time = std::atoll(epoch);
    bundle::AtomicFile out(arguments[1]);
    bundle::pack::write_zip(out, std::move(entries), settings);
    out.commit(true);
    return 0;
  } catch (const bundle::Error& error) {
    std::fprintf(stderr, "pack_driver: %s\n", error.what());
    return static_cast<int>(error.kind());
  }
}
