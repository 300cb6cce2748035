import { readFileSync } from "node:fs";
import { isatty } from "node:tty";
import { fileURLToPath } from "node:url";
import { messageOf } from "../../common/error.js";
import { VERSION } from "../../common/version.js";
import { parseInvocation } from "./invocation.js";

/** What a shim that serves is run from: this program's bundle. */
const SCRIPT = fileURLToPath(new URL("./shim.cjs", import.meta.url));

/** `containerd-shim-tskata-v2`: what containerd runs for a container, or a pod (its runtime v2 README). */
async function main(): Promise<void> {
  const invocation = parseInvocation(process.argv.slice(2), process.env);
  switch (invocation.action) {
    case "version":
      process.stdout.write(`containerd-shim-tskata-v2:\n  Version: ${VERSION}\n`);
      break;
    case "info":
      process.stdout.write((await import("./runtime-info.js")).runtimeInfo());
      break;
    case "start":
      process.stdout.write(await (await import("./start-shim.js")).startShim(invocation, SCRIPT, standardInput()));
      break;
    case "delete": {
      const { cleanUp } = await import("./clean-up.js");
      const log = { debug: () => undefined, warning: (line: string) => void process.stderr.write(`${line}\n`) };
      process.stdout.write(await cleanUp(invocation, log));
      break;
    }
    case "serve":
      await (await import("./serve-shim.js")).serveShim(invocation);
      break;
  }
}

/** A person who tries the command at a terminal has nothing to say. */
function standardInput(): Uint8Array {
  return isatty(0) ? new Uint8Array() : readFileSync(0);
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    process.stderr.write(`containerd-shim-tskata-v2: ${messageOf(error)}\n`);
    process.exit(1);
  },
);
