import { readFileSync } from "node:fs";
import { errnoName, messageOf, TskataError } from "../../common/error.js";
import { runCommandLine } from "./run-command-line.js";

/** Most bytes taken from standard input. */
const MAX_INPUT_BYTES = 16 * 1024 * 1024;

async function readText(path: string): Promise<string> {
  if (path === "-") return readStandardInput();
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const code = errnoName(cause) === "ENOENT" ? "not-found" : "permission";
    throw new TskataError(code, `read ${path}: ${messageOf(cause)}`, { cause });
  }
}

async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_INPUT_BYTES) {
      throw new TskataError("invalid-argument", `standard input: more than ${MAX_INPUT_BYTES} bytes`);
    }
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Many commands print nothing: what Node needs for it is loaded with the first line. */
function writeTo(name: "stdout" | "stderr"): (text: string) => void {
  let stream: NodeJS.WriteStream | undefined;
  return (text) => {
    // A reader that went away is no fault to tell of.
    stream ??= process[name].on("error", () => process.exit(1));
    stream.write(text);
  };
}

const finished = runCommandLine(process.argv.slice(2), {
  openRuntime: async (settings, log) => (await import("../runtime/open-runtime.js")).openRuntime(settings, log),
  print: writeTo("stdout"),
  printError: writeTo("stderr"),
  readText,
});
// Writes to pipes, files and terminals are complete on Linux: nothing is cut off.
void finished.then((status) => process.exit(status));
