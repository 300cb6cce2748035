import type { Duplex } from "node:stream";

/**
 * The guest's debug console: a prompt of the agent's own Node, since what the guest
 * has of a shell has no programs to run. `fs`, `os` and `child_process` are there as globals.
 */
export function serveConsole(stream: Duplex): void {
  // Rarely used: not a part of the agent's start.
  const { start } = process.getBuiltinModule("node:repl");
  stream.write("tskata guest console (JavaScript; .exit leaves)\r\n");
  // A context of its own needs a constructor that a start from a snapshot hasn't loaded.
  const repl = start({ prompt: "guest> ", input: stream, output: stream, terminal: true, useGlobal: true });
  for (const name of ["fs", "os", "child_process"] as const) {
    repl.context[name] = process.getBuiltinModule(`node:${name}`);
  }
  repl.once("exit", () => stream.end());
}
