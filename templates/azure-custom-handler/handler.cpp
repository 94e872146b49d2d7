// An Azure Functions custom handler that runs a program once a request.
//
// GET or POST /api/run?argument=-x&argument=y: the body is the program's input. 200 and its output; 500 and its errors when it
// ends otherwise than by 0, with its exit status, or minus the signal that ended it, in X-Exit-Status; 504 when it takes too long.
//
// The Functions host forwards requests to FUNCTIONS_CUSTOMHANDLER_PORT by HTTP/1.1 (enableProxyingHttpRequest). A thread serves a
// connection; programs run at once as many as there are processors, the rest wait.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <vector>

extern char** environ;

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds longest_run{100};  // HTTP callers get an answer within 230 s at most
constexpr size_t longest_line = 64 << 10, largest_body = 100 << 20, largest_output = 100 << 20;

struct HttpError {
  int status;
};

/// Bytes of a connection, read ahead.
class Reader {
 public:
  explicit Reader(int socket) : socket_(socket) {}

  /// False when the other side has gone before a first byte.
  bool has_more() { return !ahead_.empty() || fill(); }

  std::string line() {
    size_t end;
    while ((end = ahead_.find('\n')) == std::string::npos) {
      if (ahead_.size() > longest_line) throw HttpError{431};
      if (!fill()) throw HttpError{400};
    }
    std::string text = ahead_.substr(0, end);
    ahead_.erase(0, end + 1);
    if (!text.empty() && text.back() == '\r') text.pop_back();
    return text;
  }

  void take(size_t count, std::string& into) {
    while (ahead_.size() < count) {
      if (!fill()) throw HttpError{400};
    }
    into.append(ahead_, 0, count);
    ahead_.erase(0, count);
  }

 private:
  bool fill() {
    std::array<char, 65536> buffer;
    ssize_t count;
    do count = recv(socket_, buffer.data(), buffer.size(), 0);
    while (count < 0 && errno == EINTR);
    if (count > 0) ahead_.append(buffer.data(), static_cast<size_t>(count));
    return count > 0;
  }

  int socket_;
  std::string ahead_;
};

bool send_all(int socket, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    text.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

struct Request {
  std::string target, body;
  bool keep_alive = true;
};

size_t number(const std::string& text, int base) {
  char* end = nullptr;
  errno = 0;
  const unsigned long long value = strtoull(text.c_str(), &end, base);
  if (end == text.c_str() || text[0] == '-' || text[0] == '+' || errno != 0 || (*end != 0 && *end != ';')) throw HttpError{400};
  if (value > largest_body) throw HttpError{413};
  return static_cast<size_t>(value);
}

void read_chunks(Reader& reader, std::string& body) {
  for (;;) {
    const size_t size = number(reader.line(), 16);
    if (size == 0) break;
    if (body.size() + size > largest_body) throw HttpError{413};
    reader.take(size, body);
    if (!reader.line().empty()) throw HttpError{400};
  }
  while (!reader.line().empty()) {
  }
}

Request read_request(int socket, Reader& reader) {
  const std::string first = reader.line();
  const size_t target = first.find(' '), version = first.rfind(' ');
  if (target == std::string::npos || version <= target || first.compare(version, 6, " HTTP/") != 0) throw HttpError{400};
  Request request;
  request.target = first.substr(target + 1, version - target - 1);
  request.keep_alive = first.compare(version + 1, std::string::npos, "HTTP/1.0") != 0;
  std::string length;
  bool chunked = false;
  size_t room = longest_line;
  for (std::string line = reader.line(); !line.empty(); line = reader.line()) {
    if (line.size() > room) throw HttpError{431};
    room -= line.size();
    const size_t colon = std::min(line.find(':'), line.size());
    const size_t start = std::min(line.find_first_not_of(" \t", colon + 1), line.size());
    const std::string name = line.substr(0, colon), value = line.substr(start);
    if (strcasecmp(name.c_str(), "content-length") == 0) length = value;
    if (strcasecmp(name.c_str(), "transfer-encoding") == 0) chunked = true;
    if (strcasecmp(name.c_str(), "connection") == 0 && strcasecmp(value.c_str(), "close") == 0) request.keep_alive = false;
    if (strcasecmp(name.c_str(), "expect") == 0) send_all(socket, "HTTP/1.1 100 Continue\r\n\r\n");
  }
  if (chunked) {
    read_chunks(reader, request.body);
  } else if (!length.empty()) {
    reader.take(number(length, 10), request.body);
  }
  return request;
}

std::string decode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    if (text[i] == '%' && i + 2 < text.size() && sscanf(std::string(text.substr(i + 1, 2)).c_str(), "%2x", &byte) == 1) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

/// Each value of `argument` in the query, in order.
std::vector<std::string> arguments_of(std::string_view target) {
  std::vector<std::string> arguments;
  size_t at = std::min(target.find('?'), target.size());
  while (at < target.size()) {
    const size_t end = std::min(target.find('&', at + 1), target.size());
    const std::string_view item = target.substr(at + 1, end - at - 1);
    if (item.substr(0, 9) == "argument=") arguments.push_back(decode(item.substr(9)));
    at = end;
  }
  for (const std::string& argument : arguments) {
    if (argument.find('\0') != std::string::npos) throw HttpError{400};
  }
  return arguments;
}

/// How many programs may run at once.
class Turns {
 public:
  void take() {
    std::unique_lock lock(mutex_);
    freed_.wait(lock, [this] { return free_ > 0; });
    --free_;
  }
  void give_back() {
    {
      const std::lock_guard lock(mutex_);
      ++free_;
    }
    freed_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable freed_;
  unsigned free_ = std::max(1U, std::thread::hardware_concurrency());
};
Turns turns;

/// A descriptor that closes itself.
struct Descriptor {
  int number = -1;
  ~Descriptor() { reset(); }
  void reset() {
    if (number >= 0) close(number);
    number = -1;
  }
};
struct Pipe {
  Descriptor read, write;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw HttpError{503};
    read.number = ends[0];
    write.number = ends[1];
  }
};

struct Result {
  int status = 0;  // negative for a signal
  std::string output, error;
};

pid_t start(const char* program, std::vector<std::string>& arguments, const Pipe& in, const Pipe& out, const Pipe& err) {
  std::vector<char*> words = {const_cast<char*>(program)};
  for (std::string& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.read.number, 0);
  posix_spawn_file_actions_adddup2(&actions, out.write.number, 1);
  posix_spawn_file_actions_adddup2(&actions, err.write.number, 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setpgroup(&attributes, 0);  // a group of its own, to be killed with all that it started
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  pid_t child = -1;
  const int failure = posix_spawn(&child, program, &actions, &attributes, words.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) {
    fprintf(stderr, "%s: %s\n", program, strerror(failure));
    throw HttpError{503};
  }
  return child;
}

/// Input, output and errors at once: a program stops when nobody empties a pipe that it writes to. False when time runs out or
/// there is too much.
bool converse(Descriptor& in, Descriptor& out, Descriptor& err, std::string_view input, Clock::time_point deadline, Result& result) {
  fcntl(in.number, F_SETFL, O_NONBLOCK);
  while (out.number >= 0 || err.number >= 0) {
    if (input.empty()) in.reset();
    std::array<pollfd, 3> waits = {pollfd{in.number, POLLOUT, 0}, pollfd{out.number, POLLIN, 0}, pollfd{err.number, POLLIN, 0}};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0 || result.output.size() > largest_output || result.error.size() > largest_output) return false;
    if (poll(waits.data(), waits.size(), static_cast<int>(left)) < 0 && errno != EINTR) return false;
    if (waits[0].revents != 0) {
      const ssize_t count = write(in.number, input.data(), input.size());
      if (count > 0) input.remove_prefix(static_cast<size_t>(count));
      if (count < 0 && errno != EAGAIN && errno != EINTR) in.reset();  // it does not read all of it, as it may
    }
    for (const auto& [wait, from, into] : {std::tuple{&waits[1], &out, &result.output}, std::tuple{&waits[2], &err, &result.error}}) {
      if (wait->revents == 0) continue;
      std::array<char, 65536> buffer;
      const ssize_t count = read(from->number, buffer.data(), buffer.size());
      if (count > 0) into->append(buffer.data(), static_cast<size_t>(count));
      if (count == 0 || (count < 0 && errno != EINTR)) from->reset();
    }
  }
  return true;
}

/// Whether it ended in time, having closed its streams.
bool ended(pid_t child, Clock::time_point deadline, int& status) {
  for (;;) {
    const pid_t got = waitpid(child, &status, WNOHANG);
    if (got == child) return true;
    if (got < 0 || Clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

Result run(const char* program, std::vector<std::string> arguments, const std::string& input) {
  Pipe in, out, err;
  const pid_t child = start(program, arguments, in, out, err);
  in.read.reset();
  out.write.reset();
  err.write.reset();
  Result result;
  const auto deadline = Clock::now() + longest_run;
  int status = 0;
  if (!converse(in.write, out.read, err.read, input, deadline, result) || !ended(child, deadline, status)) {
    kill(-child, SIGKILL);
    waitpid(child, &status, 0);
    throw HttpError{504};
  }
  result.status = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  return result;
}

std::string response(int status, std::string_view body, const std::string& more = "") {
  std::string text = "HTTP/1.1 " + std::to_string(status) + " \r\n" + more + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  return text.append(body);
}

std::string answer(const char* program, const Request& request) {
  turns.take();
  struct Turn {
    ~Turn() { turns.give_back(); }
  } turn;
  const Result result = run(program, arguments_of(request.target), request.body);
  return response(result.status == 0 ? 200 : 500, result.status == 0 ? result.output : result.error,
                  "X-Exit-Status: " + std::to_string(result.status) + "\r\nContent-Type: application/octet-stream\r\n");
}

void serve(int socket, const char* program) {
  Reader reader(socket);
  try {
    for (bool open = true; open && reader.has_more();) {
      const Request request = read_request(socket, reader);
      try {
        open = send_all(socket, answer(program, request)) && request.keep_alive;
      } catch (const HttpError& error) {
        open = send_all(socket, response(error.status, "")) && request.keep_alive;
      }
    }
  } catch (const HttpError& error) {
    send_all(socket, response(error.status, "", "Connection: close\r\n"));
  } catch (const std::exception& error) {  // out of memory
    fprintf(stderr, "%s\n", error.what());
  }
  close(socket);
}

}  // namespace

int main(int argc, char** argv) {
  const char* port = getenv("FUNCTIONS_CUSTOMHANDLER_PORT");
  if (argc != 2 || port == nullptr) {
    fprintf(stderr, "usage: FUNCTIONS_CUSTOMHANDLER_PORT=8080 %s PROGRAM\n", argv[0]);
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(atoi(port)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);  // the host alone calls
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(listener, SOMAXCONN) != 0) {
    perror("listen on FUNCTIONS_CUSTOMHANDLER_PORT");
    return 1;
  }
  for (;;) {
    const int socket = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) {
      // A client that has gone again, or no descriptor left until one is closed.
      if (errno != EINTR && errno != ECONNABORTED) std::this_thread::sleep_for(std::chrono::milliseconds(20));
      continue;
    }
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    try {
      std::thread(serve, socket, argv[1]).detach();
    } catch (const std::exception&) {  // no thread left
      close(socket);
    }
  }
}
