// A bundle of whatever files a test says, and a folder that is gone when the test is over.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "verify/opened.h"

namespace verify_test {

/// What no content is given for holds "content N", N the file's index; a symlink leads to /etc.
struct MadeUpBundle : bundle::verify::Opened {
  explicit MadeUpBundle(std::vector<bundle::verify::OpenedFile> files, std::map<std::string, std::string> contents = {})
      : Opened("layer.zip", std::move(files)), contents_(std::move(contents)) {}
  std::string content(const bundle::verify::OpenedFile& file, uint64_t) const override {
    const auto given = contents_.find(file.path);
    if (given != contents_.end()) return given->second;
    return file.node == bundle::Node::link ? "/etc" : "content " + std::to_string(file.index);
  }

 private:
  std::map<std::string, std::string> contents_;
};

struct Scratch {
  std::string path = "/tmp/bundle-verify-test-XXXXXX";
  Scratch() {
    if (::mkdtemp(path.data()) == nullptr) std::abort();
  }
  ~Scratch() { std::filesystem::remove_all(path); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
};

}  // namespace verify_test
