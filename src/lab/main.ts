import { messageOf } from "../common/error.js";
import { labCommand } from "./cli/lab-command.js";

/** 130 for Ctrl-C, as shells have it. */
const INTERRUPTED = 130;

const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    if (!interruption.signal.aborted) process.stderr.write("tskata lab: cleaning up\n");
    interruption.abort(new Error("interrupted"));
  });
}

labCommand(interruption.signal)
  .parseAsync(process.argv.slice(2), { from: "user" })
  .catch((error: unknown) => {
    process.stderr.write(`tskata lab: ${messageOf(error)}\n`);
    process.exitCode = interruption.signal.aborted ? INTERRUPTED : 1;
  });
