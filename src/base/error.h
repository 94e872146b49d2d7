// The one exception type of this program, and the exit codes it maps to.
//
// An Error carries what a person needs: which file, what is wrong in one sentence (field, value, limit) and, where
// there is one, the next step. Layers that know more add context on the way out. main() is the only catch.
// Expected absence is a value and never an Error.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace bundle {

/// Exit codes are documented in --help and README and stay stable.
enum class Exit : int {
  done = 0,
  cannot_bundle = 1,  // the input cannot be bundled
  usage = 2,          // the command line is wrong
  limit = 3,          // a limit or a check failed
  machine = 4,        // disk full, I/O error, no permission to write
};

class Error : public std::exception {
 public:
  /// `path` is the file concerned, or empty; `sentence` says what happened and why, and where nothing is to follow it
  /// what to do next. A sentence that others quote has that in `next_step`: "Get the file again".
  Error(Exit kind, std::string path, std::string sentence, std::string next_step = "");

  /// "PATH: SENTENCE (CONTEXT; CONTEXT …). NEXT STEP", the line that main prints.
  const char* what() const noexcept override { return text_.c_str(); }
  Exit kind() const noexcept { return kind_; }
  const std::string& path() const noexcept { return path_; }
  const std::string& sentence() const noexcept { return sentence_; }

  /// Names the file if the thrower did not know it. Bytes, for one, does not.
  void set_path_if_empty(std::string_view path);
  /// Says what to do next if the thrower did not know what the file is wanted for.
  void set_next_step_if_empty(std::string_view next_step);
  /// Puts it in the place of one that fits another file than this.
  void set_next_step(std::string_view next_step);
  /// For a file that lay below `folder` while it was made: `shown` is what the user calls that.
  void rename_folder(std::string_view folder, std::string_view shown);
  /// "while reading libfoo.so, needed by app"
  void add_context(std::string_view context);

 private:
  void compose();
  Exit kind_;
  std::string path_;
  std::string sentence_;
  std::string next_step_;
  std::string context_;
  std::string text_;
};

/// What the command that runs does with files, for a message that says what cannot be done: "only little-endian files
/// can be edited". "bundled" unless main's callee says otherwise, once, before anything is read.
void set_deed(std::string_view past_participle);
std::string_view deed();

/// The exit code that stands for an input which cannot be read, of a command for which 1 says something else, as it
/// does for diff(1): from here on errors of kind cannot_bundle end with that of `kind`.
void set_exit_of_bad_input(Exit kind);
int exit_code(Exit kind);

/// `text` as one printable line for a message: control characters and invalid UTF-8 as \xNN, at most `limit` bytes of
/// it, then "…". Names in a hostile file can hold newlines and escape sequences and be megabytes long.
std::string printable(std::string_view text, size_t limit = 300);

/// What to do about a file whose content is not what its headers say.
inline constexpr const char* get_it_again = "Copy, download or build the file again, for a part of it may be missing";

/// An Error of kind machine with the text of `error_number` (an errno read at once by the caller) and what can be done.
Error system_error(std::string path, std::string_view what_failed, int error_number);

}  // namespace bundle
