// The names that a case does not give away: of the user, the home folder and the folders above the programs.
//
// Each is replaced by a word of the same length, wherever it stands: in paths, in what symlinks lead to, on the command
// line, and in what files hold. So a run path of an ELF file leads in the case to what it led to here, and no offset in
// any file moves. In a file that lies in no private folder whole paths are replaced, and the user's name unless
// packages ship the file. Kept are words that say nothing: those of the system's own paths, and what the programs
// themselves are called, for a bundle is named so.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace bundle::run {

class CaseNames {
 public:
  /// `folders`: absolute paths, of which each part is private unless it is among `kept`. `users`: what the user is
  /// called.
  CaseNames(const std::vector<std::string>& folders, const std::vector<std::string>& users,
            const std::set<std::string>& kept);

  /// A path, a symlink's text, a word of the command line.
  std::string in_text(std::string text) const;
  /// What the file at `inside` holds; `is_shipped`: by a package, to everyone.
  std::string in_content(std::string content, const std::string& inside, bool is_shipped) const;

  /// What was replaced, for whoever looks for it.
  const std::map<std::string, std::string>& words() const { return words_; }

 private:
  void add(const std::string& word, const std::set<std::string>& kept);

  std::map<std::string, std::string> words_;                   // by what is replaced
  std::vector<std::string> users_;                             // of them
  std::vector<std::pair<std::string, std::string>> prefixes_;  // folders, the longest first
};

}  // namespace bundle::run
