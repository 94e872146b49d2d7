#!/usr/bin/env python3
"""`bundle init aws-bootstrap`: the local test, for a program that any event starts and for one in C++ that asks for its events
itself. The template: cloudformation_test.py."""

import json

from template_case import PROGRAM, TOOLS, TemplateCase, bundle, main, run


# A function as aws-lambda-cpp makes them: it asks for an event, answers it, and asks for the next one.
FUNCTION = r"""
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
std::string ask(const std::string& method, const std::string& path, const std::string& body) {
  const std::string api = std::getenv("AWS_LAMBDA_RUNTIME_API");
  addrinfo hints = {}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  const size_t colon = api.find(':');
  if (getaddrinfo(api.substr(0, colon).c_str(), api.substr(colon + 1).c_str(), &hints, &found) != 0) throw std::runtime_error(api);
  const int api_socket = socket(found->ai_family, SOCK_STREAM, 0);
  if (connect(api_socket, found->ai_addr, found->ai_addrlen) != 0) throw std::runtime_error("connect");
  freeaddrinfo(found);
  const std::string request = method + " /2018-06-01/runtime/invocation/" + path + " HTTP/1.1\r\nHost: " + api +
                              "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  if (send(api_socket, request.data(), request.size(), 0) != static_cast<ssize_t>(request.size())) throw std::runtime_error("send");
  std::string answer;
  char buffer[4096];
  for (ssize_t count; (count = recv(api_socket, buffer, sizeof buffer, 0)) > 0;) answer.append(buffer, count);
  close(api_socket);
  return answer;
}
int main() {
  for (;;) {
    const std::string event = ask("GET", "next", "");
    const std::string name = "Lambda-Runtime-Aws-Request-Id: ";
    const size_t id = event.find(name) + name.size();
    std::string text = event.substr(event.find("\r\n\r\n") + 4);
    text.erase(text.find_last_not_of('\n') + 1);
    ask("POST", event.substr(id, event.find("\r\n", id) - id) + "/response", "{\"got\": " + text + "}");
  }
}
"""


class AwsBootstrap(TemplateCase):
    def test_the_local_test(self):
        archive = self.scratch / "made.zip"
        self.made("--handler", self.compiled("tool", PROGRAM), "--target", "aws-bootstrap", "-o", archive)
        project = self.scratch / "project"
        self.assertEqual(bundle("init", "aws-bootstrap", "-o", project, "--layer", archive).status, 0)
        done = run(["/usr/bin/python3", "local_test.py"], cwd=project, env=TOOLS)
        self.assertEqual(done.status, 0, done)
        answers = [line.split(": ", 2) for line in done.out.decode().splitlines()]
        self.assertEqual([answer[:2] for answer in answers], [["input.json", "response"], ["version.json", "response"]])
        self.assertEqual(json.loads(answers[1][2]), {"status": 0, "output": "<--version>\n", "error": ""})

        (project / "events/broken.json").write_text("{")
        done = run(["/usr/bin/python3", "local_test.py", "events/broken.json", "events/version.json"], cwd=project, env=TOOLS)
        self.assertEqual(done.status, 1, done)
        self.assertIn("broken.json: error: ", done.text)
        self.assertIn("version.json: response: ", done.text)

    def test_a_program_that_asks_for_its_events(self):
        archive = self.scratch / "made.zip"
        self.made(self.compiled("service", FUNCTION, compiler="g++"), "--target", "aws-bootstrap", "-o", archive)
        project = self.scratch / "project"
        self.assertEqual(bundle("init", "aws-bootstrap", "-o", project, "--layer", archive).status, 0)
        done = run(["/usr/bin/python3", "local_test.py"], cwd=project, env=TOOLS)
        self.assertEqual(done.status, 0, done)
        answers = dict(line.split(": response: ") for line in done.out.decode().splitlines())
        self.assertEqual({name: json.loads(answer) for name, answer in answers.items()},
                         {path.name: {"got": json.loads(path.read_text())} for path in (project / "events").iterdir()})

    def test_a_program_that_ends(self):
        """One that does not speak the Runtime API, bundled as if it did."""
        project = self.project("aws-bootstrap", "aws-bootstrap")
        done = run(["/usr/bin/python3", "local_test.py"], cwd=project, env=TOOLS, timeout=60)
        self.assertEqual(done.status, 1, done)
        self.assertIn("bootstrap ended with 0", done.text)


if __name__ == "__main__":
    main()
