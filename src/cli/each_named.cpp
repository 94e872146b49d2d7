// See each_named.h.
#include "cli/each_named.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/say.h"

namespace bundle::cli {

void for_each_named(const std::vector<std::string>& words, const std::function<void(const std::string&)>& work) {
  if (words.size() == 1) return work(words.front());
  size_t failed = 0;
  Exit first = Exit::done;
  for (const std::string& word : words) {
    try {
      work(word);
    } catch (const Error& error) {
      if (error.kind() == Exit::usage && error.path().empty()) throw;
      say_error(fmt::format("bundle: {}\n", error.what()));
      if (failed++ == 0) first = error.kind();
    }
  }
  if (failed > 0) throw Error(first, "", fmt::format("{} of {} files failed, as said above", failed, words.size()));
}

}  // namespace bundle::cli
