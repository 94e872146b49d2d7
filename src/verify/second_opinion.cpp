// See second_opinion.h.
#include "verify/second_opinion.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>

#include "base/error.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/source.h"

namespace bundle::verify {

namespace {

constexpr size_t numbers_of_an_answer = 6;

/// Beside this program, wherever it was put.
std::string program_beside() {
  const std::optional<std::string> own = real_path("/proc/self/exe");
  return own ? std::string(folder_name(*own)) + "/bundle-lief" : "";
}

Opinion opinion_of(const std::string& line) {
  if (line.starts_with("fault ")) return {std::nullopt, line.substr(6)};
  std::array<uint64_t, numbers_of_an_answer> numbers = {};
  const char* at = line.data();
  const char* const end = at + line.size();
  for (uint64_t& number : numbers) {
    while (at != end && *at == ' ') ++at;
    const std::from_chars_result read = std::from_chars(at, end, number);
    if (read.ec != std::errc()) return {std::nullopt, "was answered in another way than agreed"};
    at = read.ptr;
  }
  return {TableSums{numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]}, ""};
}

/// All that `program` writes, run with one argument. Nothing when it cannot be started.
std::optional<std::string> output_of(const std::string& program, const std::string& argument) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    const int error_number = errno;
    throw system_error(program, "cannot be asked: pipe", error_number);
  }
  const Descriptor from(ends[0]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  std::array<char*, 3> arguments = {const_cast<char*>(program.c_str()), const_cast<char*>(argument.c_str()), nullptr};
  pid_t child = 0;
  const int failed = ::posix_spawn(&child, program.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (failed != 0) return std::nullopt;
  std::string output;
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t count = uninterrupted([&] { return ::read(from.get(), buffer.data(), buffer.size()); });
    if (count <= 0) break;
    output.append(buffer.data(), static_cast<size_t>(count));
  }
  int status = 0;
  uninterrupted([&] { return ::waitpid(child, &status, 0); });
  return output;
}

}  // namespace

SecondOpinions ask_lief(const std::vector<std::string>& paths, const std::string& list) {
  SecondOpinions out;
  const std::string program = program_beside();
  if (program.empty() || ::access(program.c_str(), X_OK) != 0) return out;
  std::string text;
  for (const std::string& path : paths) text += path + "\n";
  write_new_file(list, text, 0600);
  const std::optional<std::string> output = output_of(program, list);
  if (!output) return out;
  out.is_there = true;
  std::vector<std::string> lines = split(*output, "\n");
  lines.pop_back();  // what stands behind the last newline is no whole answer
  for (const std::string& line : lines) out.opinions.push_back(opinion_of(line));
  return out;
}

}  // namespace bundle::verify
