// The system calls that name files, by name, with where each has its path and its flags: one table for who sees them
// (tracer.h) and for who reads of them in a log.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace bundle::machine {

enum class Shape : uint8_t {
  open,
  openat,
  openat2,
  creat,
  stat,
  statat,
  execute,
  executeat,
  chdir,
  fchdir,
  fork,
  link,    // readlink: whether a path is one
  linkat,  // with a folder ahead of it
};

struct FileCall {
  std::string_view name;
  Shape shape;
};
constexpr std::array file_calls = {
    FileCall{"open", Shape::open},          FileCall{"creat", Shape::creat},       FileCall{"openat", Shape::openat},
    FileCall{"openat2", Shape::openat2},    FileCall{"stat", Shape::stat},         FileCall{"lstat", Shape::stat},
    FileCall{"stat64", Shape::stat},        FileCall{"lstat64", Shape::stat},      FileCall{"access", Shape::stat},
    FileCall{"newfstatat", Shape::statat},  FileCall{"fstatat64", Shape::statat},  FileCall{"statx", Shape::statat},
    FileCall{"faccessat", Shape::statat},   FileCall{"faccessat2", Shape::statat}, FileCall{"execve", Shape::execute},
    FileCall{"execveat", Shape::executeat}, FileCall{"chdir", Shape::chdir},       FileCall{"fchdir", Shape::fchdir},
    FileCall{"fork", Shape::fork},          FileCall{"vfork", Shape::fork},        FileCall{"clone", Shape::fork},
    FileCall{"clone3", Shape::fork},
};

constexpr std::optional<Shape> shape_of(std::string_view name) {
  for (const FileCall& call : file_calls) {
    if (call.name == name) return call.shape;
  }
  return std::nullopt;
}

}  // namespace bundle::machine
