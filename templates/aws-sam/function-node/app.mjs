// Runs @PROGRAM@ from the layer and returns what it prints.
//
// Event:   {"arguments": ["-x", ...], "input": "text for stdin"}, both optional
// Returns: {"status": exit status, negative for a signal, "output": stdout, "error": stderr}
import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { text } from "node:stream/consumers";

const program = process.env.PROGRAM ?? "/opt/bin/@PROGRAM@"; // the variable is for local_test.py
const millisecondsToAnswer = 2000; // kept of the function's Timeout, so that the caller gets an answer

export async function handler(event, context) {
  const { arguments: words = [], input = "" } = event ?? {};
  const child = spawn(program, words.map(String), {
    cwd: "/tmp", // the only folder that can be written
    signal: AbortSignal.timeout(Math.max(1000, (context?.getRemainingTimeInMillis() ?? 27000) - millisecondsToAnswer)),
    killSignal: "SIGKILL",
  });
  child.stdin.on("error", () => {}); // EPIPE: the program did not read all of it
  child.stdin.end(input);
  const [[code, signal], output, error] = await Promise.all([once(child, "close"), text(child.stdout), text(child.stderr)]);
  return { status: code ?? -constants.signals[signal], output, error };
}
