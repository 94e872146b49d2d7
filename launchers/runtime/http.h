// HTTP/1.1 to the Lambda Runtime API, an address on this machine: one connection that is kept, requests one by one.
//
// Outside rule: RFC 9112, as much of it as a client needs that asks for no compression: Content-Length, chunked, and a
// body that ends with the connection.
#pragma once

#include "buffer.h"

namespace runtime {

struct Answer {
  int status = 0;
  Buffer head;  // the status line and all headers, each line with its end
  Buffer body;

  /// The value of a header, without the spaces around it, in `out`; false when it is not there.
  bool header(const char* name, Buffer& out) const;
};

class Connection {
 public:
  /// `address` is HOST:PORT, of which HOST has to be an IPv4 address or "localhost".
  bool set_address(const char* address);
  /// Sends a request and waits for its answer, as long as it takes. `more` are headers, each line with its end. False
  /// when there was none.
  bool request(const char* method, const char* path, const char* more, const Buffer& body, Answer& answer);

 private:
  bool connect();
  void close();
  bool send(const char* bytes, size_t size) const;
  bool exchange(const Buffer& head, const Buffer& body, Answer& answer, bool& answered);
  bool receive(Buffer& to);
  bool read_body(Buffer& rest, Answer& answer);
  bool read_chunks(Buffer& rest, Buffer& body);

  const char* host_ = nullptr;
  uint32_t address_ = 0;  // both in the network's order
  uint16_t port_ = 0;
  long socket_ = -1;
};

}  // namespace runtime
