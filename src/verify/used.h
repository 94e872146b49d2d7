// What runs of a bundle use of it: each is run in the root that its target has, and watched.
//
// The runs follow one another in one folder, /tmp, so that one may go on with what another wrote; that folder and all
// in it is gone afterwards. Of this machine they see the inputs that the user names, and nothing else.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "verify/opened.h"
#include "verify/sandbox.h"

namespace bundle::verify {

struct Job {
  std::string told;                // as the user wrote it, for messages
  std::vector<std::string> words;  // the program, by its name in the bundle or a path inside, and its arguments
  std::vector<std::pair<std::string, std::string>> environment;
  std::string input;  // a file of this machine; empty: /dev/null
};

struct Watching {
  Place place;                      // of all runs; `folder` is the bundle
  std::vector<std::string> inputs;  // files and folders of this machine, seen in the working folder by their names
  std::string scratch;              // an empty folder of this machine, for what the runs write
  std::set<int> expected = {0};     // the statuses that they may end with
};

/// What the jobs asked for and got: paths of the bundle's root, a folder's with a '/' at its end.
struct Asked {
  std::set<std::string> paths;
  std::set<std::string> listed;  // folders of which the names in them were read
};

/// Standard output of the jobs is dropped. Throws Error: usage for a program that is not in the bundle, or an input
/// that is not there; limit for a job that ends in another way than it should; machine as watch_in() does.
Asked used_by(const Opened& bundle, const Watching& watching, const std::vector<Job>& jobs);

}  // namespace bundle::verify
