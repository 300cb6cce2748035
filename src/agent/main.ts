import { readFileSync } from "node:fs";
import { Socket } from "node:net";
import { startupSnapshot } from "node:v8";
import { serveAgent } from "../protocol/agent-server.js";
import { STREAM_PORT } from "../protocol/ports.js";
import { listenSerial } from "../protocol/serial-listener.js";
import { startLauncher } from "./kernel/launcher.js";
import { runOperations } from "./kernel/run-operations.js";
import { uptimeMs } from "./operations/hello.js";
import { Sandbox } from "./sandbox/sandbox.js";
import { agentHandlers } from "./server/handlers.js";
import { attachStream } from "./server/attach-stream.js";

/** Where init hands the channel to the host over. */
const CHANNEL_FD = 3;
const CONSOLE_PARAMETER = "tskata.console=1";

/** The agent: serves the host until the channel breaks, which ends the VM. */
function main(): void {
  const channel = new Socket({ fd: CHANNEL_FD, readable: true, writable: true });
  const sandbox = new Sandbox({ startLauncher, runOperations });
  const consoleAllowed = readFileSync("/proc/cmdline", "utf8").trim().split(" ").includes(CONSOLE_PARAMETER);
  const listener = listenSerial(channel);
  serveAgent(listener, agentHandlers(sandbox));
  listener.onStream(STREAM_PORT, (stream) => void attachStream(sandbox, stream, consoleAllowed, log));
  sandbox.listeningSinceMs = uptimeMs();
  void listener.closed.then((error) => {
    log(`the host's connection is gone${error === undefined ? "" : `: ${error.message}`}`);
    process.exit(1);
  });
}

/** Standard error is the guest's console. */
function log(line: string): void {
  process.stderr.write(`agent: ${line}\n`);
}

// The image holds the agent as it is here, with its modules loaded: see guest-image/agent-snapshot.ts.
if (startupSnapshot.isBuildingSnapshot()) startupSnapshot.setDeserializeMainFunction(main);
else main();
