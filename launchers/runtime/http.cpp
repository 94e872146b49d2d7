// See http.h.
#include "http.h"

namespace runtime {

namespace {

constexpr long af_inet = 2, sock_stream = 1, sock_cloexec = 02000000, msg_nosignal = 0x4000, ipproto_tcp = 6,
               tcp_nodelay = 1;

struct SocketAddress {
  uint16_t family;
  uint16_t port;
  uint32_t address;
  char zero[8];
};

char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter; }
bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

/// Whether `text` begins with `prefix`, letters of either case alike.
bool begins_like(const char* text, const char* end, const char* prefix) {
  for (; *prefix != 0; ++text, ++prefix) {
    if (text == end || lower(*text) != lower(*prefix)) return false;
  }
  return true;
}

/// Where the head ends, behind its empty line; 0 while it does not.
size_t end_of_head(const Buffer& buffer) {
  for (size_t i = 3; i < buffer.size; ++i) {
    if (buffer.data[i] == '\n' && buffer.data[i - 1] == '\r' && buffer.data[i - 2] == '\n' &&
        buffer.data[i - 3] == '\r')
      return i + 1;
  }
  return 0;
}

/// Drops the first `count` bytes.
void drop(Buffer& buffer, size_t count) {
  memmove(buffer.data, buffer.data + count, buffer.size - count);
  buffer.size -= count;
}

}  // namespace

bool Answer::header(const char* name, Buffer& out) const {
  out.clear();
  const char* const end = head.data + head.size;
  for (const char* line = head.data; line != end;) {
    const char* next = line;
    while (next != end && *next != '\n') ++next;
    const size_t length = text::length(name);
    if (begins_like(line, next, name) && line + length < next && line[length] == ':') {
      const char* from = line + length + 1;
      const char* to = next;
      while (from != to && (*from == ' ' || *from == '\t')) ++from;
      while (to != from && (to[-1] == '\r' || to[-1] == ' ' || to[-1] == '\t')) --to;
      out.put(from, static_cast<size_t>(to - from));
      return true;
    }
    line = next == end ? end : next + 1;
  }
  return false;
}

bool Connection::set_address(const char* address) {
  host_ = address;
  const char* at = address;
  uint8_t parts[4] = {127, 0, 0, 1};
  if (text::begins(at, "localhost:")) {
    at += text::length("localhost");
  } else {
    for (int i = 0; i < 4; ++i) {
      unsigned value = 0;
      if (!is_digit(*at)) return false;
      while (is_digit(*at) && value < 256) value = value * 10 + static_cast<unsigned>(*at++ - '0');
      if (value > 255 || (i < 3 && *at++ != '.')) return false;
      parts[i] = static_cast<uint8_t>(value);
    }
  }
  if (*at++ != ':') return false;
  unsigned port = 0;
  while (is_digit(*at) && port < 65536) port = port * 10 + static_cast<unsigned>(*at++ - '0');
  if (*at != 0 || port == 0 || port > 65535) return false;
  port_ = static_cast<uint16_t>(port >> 8U | (port & 0xFFU) << 8U);
  memcpy(&address_, parts, sizeof parts);
  return true;
}

void Connection::close() {
  if (socket_ >= 0) sys::close(socket_);
  socket_ = -1;
}

bool Connection::connect() {
  if (socket_ >= 0) return true;
  socket_ = arch::syscall(__NR_socket, af_inet, sock_stream | sock_cloexec, 0);
  if (sys::failed(socket_)) {
    socket_ = -1;
    return false;
  }
  const SocketAddress there = {static_cast<uint16_t>(af_inet), port_, address_, {}};
  if (sys::failed(arch::syscall(__NR_connect, socket_, sys::address(&there), sizeof there))) {
    close();
    return false;
  }
  const int on = 1;
  arch::syscall(__NR_setsockopt, socket_, ipproto_tcp, tcp_nodelay, sys::address(&on), sizeof on);
  return true;
}

bool Connection::send(const char* bytes, size_t size) const {
  while (size > 0) {
    const long sent =
        arch::syscall(__NR_sendto, socket_, sys::address(bytes), static_cast<long>(size), msg_nosignal, 0, 0);
    if (sent == -EINTR) continue;
    if (sent <= 0) return false;
    bytes += sent;
    size -= static_cast<size_t>(sent);
  }
  return true;
}

/// Some more of what comes; false at its end.
bool Connection::receive(Buffer& to) {
  constexpr size_t step = 65536;
  for (;;) {
    const long got = arch::syscall(__NR_read, socket_, sys::address(to.reserve(step)), static_cast<long>(step));
    if (got == -EINTR) continue;
    if (got <= 0) return false;
    to.size += static_cast<size_t>(got);
    return true;
  }
}

bool Connection::read_chunks(Buffer& rest, Buffer& body) {
  size_t at = 0;  // in rest
  for (;;) {
    size_t end = at;
    for (;;) {
      while (end < rest.size && rest.data[end] != '\n') ++end;
      if (end < rest.size) break;
      if (!receive(rest)) return false;
    }
    uint64_t length = 0;
    for (size_t i = at; i < end; ++i) {
      const char digit = lower(rest.data[i]);
      if (is_digit(digit)) {
        length = length * 16 + static_cast<uint64_t>(digit - '0');
      } else if (digit >= 'a' && digit <= 'f') {
        length = length * 16 + static_cast<uint64_t>(digit - 'a' + 10);
      } else {
        break;
      }
      if (length > 1U << 30U) return false;
    }
    at = end + 1;
    while (rest.size - at < length + 2) {  // with the line's end behind it
      if (!receive(rest)) return false;
    }
    if (length == 0) return true;  // trailers are not asked for
    body.put(rest.data + at, length);
    at += length + 2;
  }
}

bool Connection::read_body(Buffer& rest, Answer& answer) {
  Buffer& body = answer.body;
  Buffer& value = body;  // for now
  if (answer.header("Transfer-Encoding", value)) {
    const bool is_chunked = begins_like(value.data, value.data + value.size, "chunked");
    value.clear();
    return is_chunked && read_chunks(rest, body);
  }
  uint64_t length = 0;
  const bool has_length = answer.header("Content-Length", value);
  for (size_t i = 0; i < value.size; ++i) {
    if (!is_digit(value.data[i]) || length > 1U << 30U) return false;
    length = length * 10 + static_cast<uint64_t>(value.data[i] - '0');
  }
  body.clear();
  if (answer.status == 204 || answer.status == 304) return true;  // has none, and no length
  body.put(rest.data, rest.size);
  while (!has_length || body.size < length) {
    if (!receive(body)) {
      if (has_length) return false;
      close();
      break;
    }
  }
  if (has_length) body.size = length;
  return true;
}

bool Connection::exchange(const Buffer& head, const Buffer& body, Answer& answer, bool& answered) {
  static Buffer rest;
  rest.clear();
  answered = false;
  if (!send(head.data, head.size) || !send(body.data, body.size)) return false;
  size_t end = 0;
  do {
    // An interim answer (1xx) is none.
    if (end > 0) drop(rest, end);
    end = 0;
    while ((end = end_of_head(rest)) == 0) {
      if (!receive(rest)) return false;
      answered = true;
    }
    const char* at = rest.data;
    if (!begins_like(at, at + end, "HTTP/1.") || end < 14 || !is_digit(at[9]) || !is_digit(at[10]) || !is_digit(at[11]))
      return false;
    answer.status = (at[9] - '0') * 100 + (at[10] - '0') * 10 + at[11] - '0';
  } while (answer.status < 200);
  answer.head.clear();
  answer.head.put(rest.data, end);
  answer.body.clear();
  drop(rest, end);
  if (!read_body(rest, answer)) return false;
  static Buffer value;
  if (answer.header("Connection", value) && begins_like(value.data, value.data + value.size, "close")) close();
  return true;
}

bool Connection::request(const char* method, const char* path, const char* more, const Buffer& body, Answer& answer) {
  static Buffer head;
  head.clear();
  head.put(method);
  head.put(" ");
  head.put(path);
  head.put(" HTTP/1.1\r\nHost: ");
  head.put(host_);
  head.put("\r\nUser-Agent: bundle\r\n");
  head.put(more);
  if (!text::equal(method, "GET")) {
    head.put("Content-Length: ");
    head.put_number(static_cast<int64_t>(body.size));
    head.put("\r\n");
  }
  head.put("\r\n");
  const bool was_open = socket_ >= 0;
  bool answered = false;
  if (connect() && exchange(head, body, answer, answered)) return true;
  close();
  // One that was kept may have been closed at the other end meanwhile.
  if (!was_open || answered) return false;
  if (connect() && exchange(head, body, answer, answered)) return true;
  close();
  return false;
}

}  // namespace runtime
