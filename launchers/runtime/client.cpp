// `bootstrap` of a function whose program knows nothing of AWS Lambda: asks for events, runs the program once for each,
// and answers what it printed.
//
// Outside rule: the Lambda Runtime API, 2018-06-01 (Lambda's developer guide, "Using the Lambda runtime API"). An event
// is {"arguments": […], "input": "…"}, the answer {"status": …, "output": "…", "error": "…"}; a status below 0 is the
// signal that ended the program. Output that is no UTF-8 is in base64, and "isBase64Encoded" says so, as it may of an
// input. What kept the program from running to its end is told by the API's own path for errors.
//
// Freestanding, as the launchers are. One event at a time; nothing of one is left for the next but the room in memory.
#include "abi.h"
#include "child.h"
#include "http.h"
#include "json.h"

#pragma GCC visibility push(hidden)
extern "C" {
alignas(16) __attribute__((used, section(".data.config"))) runtime_abi::Config runtime_config = {
    "bundle-runtime!", sizeof(runtime_abi::Config), {}};
[[noreturn]] void runtime_main(uint64_t* stack);
}
#pragma GCC visibility pop

#if defined(__x86_64__)
asm(".text\n.globl _start\n.hidden _start\n_start: xorl %ebp, %ebp\nmovq %rsp, %rdi\nandq $-16, %rsp\ncall "
    "runtime_main\nud2\n");
#elif defined(__aarch64__)
asm(".text\n.globl _start\n.hidden _start\n_start: mov x29, #0\nmov x0, sp\nbl runtime_main\nbrk #1\n");
#endif

namespace {

using runtime::Answer;
using runtime::Buffer;
using runtime::Connection;
using runtime::Event;
using runtime::Run;

const char* const root_path = "/2018-06-01/runtime/";

struct Client {
  Connection api;
  Buffer program;  // its whole path
  const char* name = nullptr;
  char** environment = nullptr;
  size_t variables = 0;
  Buffer id, deadline, trace;  // of the event at hand
  Buffer path, body;           // of the answer to it
};

[[noreturn]] void leave() {
  for (;;) arch::syscall(__NR_exit_group, 1);
}

const char* variable(const Client& client, const char* name) {
  for (size_t i = 0; i < client.variables; ++i) {
    if (text::begins(client.environment[i], name)) return client.environment[i] + text::length(name);
  }
  return nullptr;
}

/// The configuration as it lies in the file, out of sight of the optimiser.
const runtime_abi::Config& configuration() {
  const runtime_abi::Config* config = &runtime_config;
  asm("" : "+r"(config));
  return *config;
}

/// "FOLDER/PROGRAM", of the folder that this file lies in.
void find_program(Client& client) {
  constexpr size_t longest = 4096;
  Buffer& path = client.program;
  const long size = sys::read_link("/proc/self/exe", path.reserve(longest), longest);
  if (size > 0) {
    path.size = static_cast<size_t>(size);
    while (path.size > 0 && path.data[path.size - 1] != '/') --path.size;
  } else {
    const char* const root = variable(client, "LAMBDA_TASK_ROOT=");
    path.put(root != nullptr ? root : "/var/task");
    path.put('/');
  }
  path.put(configuration().program);
  client.name = text::base_name(path.string());
}

/// Tells of an error by `where`, a path of the API's. `type` is CATEGORY.REASON.
void report(Client& client, const char* where, const char* type, const Buffer& message) {
  static Buffer headers, words;
  static Answer answer;
  headers.clear();
  headers.put("Content-Type: application/json\r\nLambda-Runtime-Function-Error-Type: ");
  headers.put(type);
  headers.put("\r\n");
  words.clear();
  words.put("{\"errorType\":\"");
  words.put(type);
  words.put("\",\"errorMessage\":");
  put_string(words, message);
  words.put(",\"stackTrace\":[]}");
  if (!client.api.request("POST", where, headers.string(), words, answer))
    fail(where, "the Lambda Runtime API does not answer", 0);
}

const char* invocation(Client& client, const char* what) {
  client.path.clear();
  client.path.put(root_path);
  client.path.put("invocation/");
  client.path.put(client.id.data, client.id.size);
  client.path.put(what);
  return client.path.string();
}

void report_event(Client& client, const char* type, const Buffer& message) {
  report(client, invocation(client, "/error"), type, message);
}

/// Sets `list` to `count` pointers to the strings that lie one behind the other in `strings`, with a null behind.
char** pointers(Buffer& list, const char* name, Buffer& strings, size_t count) {
  list.clear();
  auto** const out = reinterpret_cast<char**>(list.reserve((count + 2) * sizeof(char*)));
  size_t used = 0;
  out[used++] = const_cast<char*>(name);
  char* at = strings.data;
  for (size_t i = 0; i < count; ++i) {
    out[used++] = at;
    at += text::length(at) + 1;
  }
  out[used] = nullptr;
  return out;
}

/// The client's environment, with the event's trace in it (_X_AMZN_TRACE_ID, as runtimes have it).
char** environment(Client& client, Buffer& list) {
  constexpr const char* name = "_X_AMZN_TRACE_ID=";
  list.clear();
  auto** const out = reinterpret_cast<char**>(list.reserve((client.variables + 2) * sizeof(char*)));
  size_t used = 0;
  for (size_t i = 0; i < client.variables; ++i) {
    if (!text::begins(client.environment[i], name)) out[used++] = client.environment[i];
  }
  if (client.trace.size > 0) {
    static Buffer trace;
    trace.clear();
    trace.put(name);
    trace.put(client.trace.data, client.trace.size);
    trace.string();
    out[used++] = trace.data;
  }
  out[used] = nullptr;
  return out;
}

/// When the program has to have ended, so that there is time to say so.
int64_t end_of(const Buffer& deadline, int64_t now) {
  int64_t value = 0;
  for (size_t i = 0; i < deadline.size; ++i) {
    const char digit = deadline.data[i];
    if (digit < '0' || digit > '9' || value > INT64_MAX / 100) break;
    value = value * 10 + (digit - '0');
  }
  constexpr int64_t longest = 900'000, most_spared = 500;
  if (value == 0) return now + longest;
  const int64_t left = value - now;
  const int64_t spared = left / 10 < most_spared ? left / 10 : most_spared;
  return value - (spared > 0 ? spared : 0);
}

void answer_event(Client& client, const Run& run) {
  static Answer answer;
  Buffer& body = client.body;
  body.clear();
  body.put("{\"status\":");
  body.put_number(run.end == Run::End::killed ? -run.number : run.number);
  body.put(",\"output\":");
  const bool is_text = is_utf8(run.output);
  if (is_text) {
    put_string(body, run.output);
  } else {
    put_base64(body, run.output);
  }
  body.put(",\"error\":");
  put_string(body, run.error);
  if (!is_text) body.put(",\"isBase64Encoded\":true");
  body.put('}');
  const char* const where = invocation(client, "/response");
  if (!client.api.request("POST", where, "Content-Type: application/json\r\n", body, answer)) {
    fail(where, "the Lambda Runtime API does not answer", 0);
  }
  if (answer.status < 300) return;
  static Buffer message;
  message.clear();
  message.put("the answer is not taken (HTTP status ");
  message.put_number(answer.status);
  message.put("): it is ");
  message.put_number(static_cast<int64_t>(body.size));
  message.put(" bytes, and Lambda takes 6 MB. Have the program write to S3 what is larger");
  report_event(client, answer.status == 413 ? "Response.TooLarge" : "Response.Refused", message);
}

void tell_why_not(Client& client, const Run& run, int64_t began) {
  static Buffer message;
  message.clear();
  message.put(client.name);
  if (run.end == Run::End::too_late) {
    message.put(" was still running after ");
    message.put_number(runtime::now_ms() - began);
    message.put(" ms, at the end of the function's time, and was ended. Give the function a longer Timeout");
    return report_event(client, "Program.Timeout", message);
  }
  if (run.end == Run::End::too_much) {
    message.put(
        " printed more than the 6 MB that an answer of Lambda's may hold, and was ended. Have it write to S3 what is "
        "larger");
    return report_event(client, "Response.TooLarge", message);
  }
  message.put(" could not be started: ");
  char reason[64];
  text::Writer out(reason, sizeof reason);
  put_reason(out, run.number);
  message.put(reason, out.used);
  const bool is_short_of_room = run.number == -ENOMEM || run.number == -EAGAIN;
  message.put(run.number == -E2BIG ? ". Hand over what is long as \"input\""
              : is_short_of_room   ? ". Give the function more memory"
                                   : ". Unzip the function as it was made, modes and all");
  report_event(client, "Program.NotStarted", message);
}

void serve(Client& client, const Buffer& text) {
  static Event event;
  static Run run;
  static Buffer arguments, variables;
  if (const char* const why_not = parse_event(text, event)) {
    static Buffer message;
    message.clear();
    message.put("the event ");
    message.put(why_not);
    message.put(". It may be {\"arguments\": [\"-x\"], \"input\": \"text\"}, each of them optional");
    return report_event(client, "Event.Invalid", message);
  }
  const int64_t began = runtime::now_ms();
  run.program = client.program.data;
  run.arguments = pointers(arguments, client.name, event.arguments, event.count);
  run.environment = environment(client, variables);
  run.input = &event.input;
  run.end_ms = end_of(client.deadline, began);
  runtime::run(run);
  const bool ran = run.end == Run::End::exited || run.end == Run::End::killed;
  if (ran) {
    answer_event(client, run);
  } else {
    tell_why_not(client, run, began);
  }
}

/// What the program was started with, behind its stack pointer (the psABIs, "Process Initialization").
void read_stack(Client& client, uint64_t* stack) {
  client.environment = reinterpret_cast<char**>(stack + 1 + *stack + 1);
  while (client.environment[client.variables] != nullptr) ++client.variables;
}

}  // namespace

extern "C" [[noreturn]] __attribute__((used)) void runtime_main(uint64_t* stack) {
  static Client client;
  static Buffer none;
  static Answer event;
  set_speaker("bootstrap");
  read_stack(client, stack);
  find_program(client);
  const char* const api = variable(client, "AWS_LAMBDA_RUNTIME_API=");
  if (api == nullptr || !client.api.set_address(api)) {
    fail(api == nullptr ? "AWS_LAMBDA_RUNTIME_API" : api,
         "is not HOST:PORT: this is started by AWS Lambda, or by what stands for it", 0);
  }
  constexpr long x_ok = 1;
  if (sys::failed(arch::syscall(__NR_faccessat, AT_FDCWD, sys::address(client.program.data), x_ok))) {
    static Buffer message;
    message.put(client.program.data);
    message.put(" is not there, or may not be executed. Unzip the function as it was made, modes and all");
    client.path.put(root_path);
    client.path.put("init/error");
    report(client, client.path.string(), "Program.NotFound", message);
    leave();
  }
  runtime::prepare_runs();
  client.path.put(root_path);
  client.path.put("invocation/next");
  static Buffer next;
  next.put(client.path.data, client.path.size);
  next.string();
  for (;;) {
    if (!client.api.request("GET", next.data, "", none, event) || event.status != 200 ||
        !event.header("Lambda-Runtime-Aws-Request-Id", client.id)) {
      fail(next.data, "the Lambda Runtime API gives no event", 0);
    }
    event.header("Lambda-Runtime-Deadline-Ms", client.deadline);
    event.header("Lambda-Runtime-Trace-Id", client.trace);
    serve(client, event.body);
  }
}
