#include "discover/trace.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "scratch.h"

using bundle::discover::parse_strace;
using bundle::discover::Trace;
using bundle::discover::trace_program;
using bundle::discover::TracedFile;
using discover_test::Scratch;

namespace {

const TracedFile* find(const std::vector<TracedFile>& files, const std::string& path) {
  const auto found = std::find_if(files.begin(), files.end(), [&](const TracedFile& f) { return f.path == path; });
  return found == files.end() ? nullptr : &*found;
}

bool used(const std::vector<TracedFile>& files, const std::string& path, TracedFile::Use use) {
  const TracedFile* file = find(files, path);
  return file != nullptr && file->use == use;
}

}  // namespace

TEST_CASE("a strace log: results, escapes, dirfds, overlapping calls, chdir") {
  const std::vector<TracedFile> files = parse_strace(
      "execve(\"/usr/bin/x\", [\"x\", \"/srv/in\"], 0x7ffd /* 3 vars */) = 0\n"
      "12 openat(AT_FDCWD, \"/usr/share/a\", O_RDONLY|O_CLOEXEC) = 3\n"
      "12 openat(AT_FDCWD, \"/usr/share/none\", O_RDONLY) = -1 ENOENT (No such file or directory)\n"
      "[pid    13] openat(4</usr/share>, \"b\\303\\244 c\", O_RDONLY) = 5</usr/share/b c>\n"
      "13 10:00:01.123 stat(\"rel\", {st_mode=S_IFREG|0644}) = 0\n"
      "12 openat(AT_FDCWD, \"/srv/out\", O_WRONLY|O_CREAT, 0666) = 3\n"
      "12 access(\"/srv/out\", R_OK) = 0\n"
      "12 openat(AT_FDCWD, \"/srv/in\", O_RDONLY) = 3\n"
      "14 openat(AT_FDCWD, \"/usr/share/d\", O_RDONLY <unfinished ...>\n"
      "15 chdir(\"/usr/lib\") = 0\n"
      "14 <... openat resumed>) = 7\n"
      "15 execve(\"y\", [\"y\"], 0x0) = 0\n"
      "12 openat(AT_FDCWD, \"/usr/share/longname\"..., O_RDONLY) = 3\n"
      "+++ exited with 0 +++\n"
      "--- SIGCHLD {si_signo=SIGCHLD} ---\n",
      "/start");
  CHECK(used(files, "/usr/bin/x", TracedFile::Use::executed));
  CHECK(used(files, "/usr/share/a", TracedFile::Use::opened));
  CHECK(find(files, "/usr/share/none") == nullptr);
  CHECK(used(files, "/usr/share/b\xc3\xa4 c", TracedFile::Use::opened));
  CHECK(used(files, "/start/rel", TracedFile::Use::found_by_stat));
  CHECK(find(files, "/srv/out") == nullptr);  // the run's own output
  REQUIRE(find(files, "/srv/in") != nullptr);
  CHECK(find(files, "/srv/in")->is_argument);
  CHECK(used(files, "/usr/share/d", TracedFile::Use::opened));
  CHECK(used(files, "/usr/lib/y", TracedFile::Use::executed));
  CHECK(files.size() == 7);
}

TEST_CASE("a strace log: a child begins in its parent's folder") {
  const std::vector<TracedFile> files = parse_strace(
      "100 chdir(\"/usr/share\") = 0\n"
      "100 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD <unfinished ...>\n"
      "101 openat(AT_FDCWD, \"early\", O_RDONLY) = 3\n"  // before the parent's call is told to have ended
      "100 <... clone resumed>, child_tidptr=0x7f) = 101\n"
      "100 chdir(\"/usr/lib\") = 0\n"
      "101 openat(AT_FDCWD, \"late\", O_RDONLY) = 3\n"
      "101 vfork( <unfinished ...>\n"
      "102 execve(\"./run\", [\"./run\"], 0x0) = 0\n"
      "101 <... vfork resumed>) = 102\n"
      // Threads have one folder, whoever changes it.
      "100 clone3({flags=CLONE_VM|CLONE_FS|CLONE_THREAD, exit_signal=0} => {parent_tid=[103]}, 88) = 103\n"
      "103 chdir(\"/opt\") = 0\n"
      "100 openat(AT_FDCWD, \"shared\", O_RDONLY) = 3\n"
      "101 openat(AT_FDCWD, \"alone\", O_RDONLY) = 3\n"
      // A number is used again, by a child of another.
      "101 +++ exited with 0 +++\n"
      "100 fork() = 101\n"
      "101 openat(AT_FDCWD, \"again\", O_RDONLY) = 3\n"
      "100 fchdir(4</usr/games>) = 0\n"
      "100 openat(AT_FDCWD, \"by-descriptor\", O_RDONLY) = 3\n"
      "100 openat(AT_FDCWD</usr/sbin>, \"by-y\", O_RDONLY) = 3\n"
      "100 creat(\"made\", 0666) = 5\n",
      "/start");
  for (const char* path : {"/usr/share/early", "/usr/share/late", "/opt/shared", "/usr/share/alone", "/opt/again",
                           "/usr/games/by-descriptor", "/usr/sbin/by-y"}) {
    CAPTURE(path);
    CHECK(used(files, path, TracedFile::Use::opened));
  }
  CHECK(used(files, "/usr/share/run", TracedFile::Use::executed));
  CHECK(files.size() == 8);
}

TEST_CASE("a strace log on a terminal: the first process has no number until it has a child") {
  const std::vector<TracedFile> files = parse_strace(
      "chdir(\"/usr/share\") = 0\n"
      "clone(child_stack=NULL, flags=SIGCHLD) = 7\n"
      "strace: Process 7 attached\n"
      "[pid     7] openat(AT_FDCWD, \"a\", O_RDONLY) = 3\n"
      "[pid     6] openat(AT_FDCWD, \"b\", O_RDONLY) = 3\n",
      "/start");
  CHECK(used(files, "/usr/share/a", TracedFile::Use::opened));
  CHECK(used(files, "/usr/share/b", TracedFile::Use::opened));
}

TEST_CASE("a strace log of processes that made each other ends") {
  CHECK(
      parse_strace(
          "1 fork() = 2\n2 fork() = 1\n1 fork() = 1\n3 open(\"x\", O_RDONLY) = 3\n1 open(\"y\", O_RDONLY) = 3\n", "/s")
          .size() == 2);
}

TEST_CASE("a run here: what is read, executed and looked for, in children and their folders too") {
  const Scratch scratch;
  scratch.write("data/words", "one\n");
  scratch.write("data/looked", "x");
  const std::string script =
      "cd " + scratch.path() + "/data && read w < words; test -f looked; (cat words > out); exit 7";
  const Trace trace = trace_program({"/bin/sh", "-c", script});
  CHECK(trace.exit_status == 7);
  CHECK(used(trace.files, scratch.path() + "/data/words", TracedFile::Use::opened));
  CHECK(used(trace.files, scratch.path() + "/data/looked", TracedFile::Use::found_by_stat));
  CHECK(find(trace.files, scratch.path() + "/data/out") == nullptr);
  CHECK(used(trace.files, "/bin/sh", TracedFile::Use::executed));
  const bool cat = used(trace.files, "/usr/bin/cat", TracedFile::Use::executed) ||
                   used(trace.files, "/bin/cat", TracedFile::Use::executed);
  CHECK(cat);
}

TEST_CASE("a run that a signal ends, one that stops itself, and one that cannot start") {
  CHECK(trace_program({"/bin/sh", "-c", "kill -TERM $$"}).exit_status == 128 + 15);
  // A stopped child goes on at SIGCONT, as it would untraced.
  CHECK(trace_program({"/bin/sh", "-c", "(sleep 0.2; kill -CONT $$) & kill -STOP $$; exit 3"}).exit_status == 3);
  CHECK_THROWS_AS((void)trace_program({"/nonexistent/program"}), bundle::Error);
}
