import { readFile } from "node:fs/promises";
import { errnoName, messageOf, TskataError } from "../../common/error.js";
import { runCommandLine } from "./run-command-line.js";

/** Most bytes taken from standard input. */
const MAX_INPUT_BYTES = 16 * 1024 * 1024;

async function readText(path: string): Promise<string> {
  if (path === "-") return readStandardInput();
  try {
    return await readFile(path, "utf8");
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

// A reader that went away is no fault to tell of.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => process.exit(1));

const status = await runCommandLine(process.argv.slice(2), {
  openRuntime: async (settings, log) => (await import("../runtime/open-runtime.js")).openRuntime(settings, log),
  print: (text) => process.stdout.write(text),
  printError: (text) => process.stderr.write(text),
  readText,
});
// Writes to pipes, files and terminals are complete on Linux: nothing is cut off.
process.exit(status);
