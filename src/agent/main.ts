import { readFileSync, statSync } from "node:fs";
import { Socket } from "node:net";
import { startupSnapshot } from "node:v8";
import { startLauncher } from "./kernel/launcher.js";
import { runOperations } from "./kernel/run-operations.js";
import { uptimeMs } from "./operations/hello.js";
import { SpareLauncher } from "./kernel/spare-launcher.js";
import { rehearse } from "./rehearsal/rehearse.js";
import { Sandbox } from "./sandbox/sandbox.js";
import { serve } from "./server/serve.js";

/** Where init hands the channel to the host over. */
const CHANNEL_FD = 3;
/** Made by the rehearsal; guest-image/agent-snapshot.ts takes it away. */
const REHEARSAL_DIRECTORY = "/tmp/rehearsal";
const CONSOLE_PARAMETER = "tskata.console=1";

/** The agent: serves the host until the channel breaks, which ends the VM. */
function main(): void {
  // One operation that fails while nobody waits for it yet is not the end of a pod; whoever asked for it is told.
  process.on("unhandledRejection", (reason) =>
    log(`not waited for: ${reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)}`),
  );
  const channel = new Socket({ fd: CHANNEL_FD, readable: true, writable: true });
  const spare = new SpareLauncher();
  const sandbox = new Sandbox({
    startLauncher: (plan) => startLauncher(plan, spare.spawn),
    prepareLauncher: () => setImmediate(() => spare.prepare()),
    runOperations,
    isDirectory: (path) => statSync(path).isDirectory(),
  });
  const consoleAllowed = readFileSync("/proc/cmdline", "utf8").trim().split(" ").includes(CONSOLE_PARAMETER);
  const listener = serve(channel, sandbox, { consoleAllowed, log });
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

// The image holds the agent as it is after this: see guest-image/agent-snapshot.ts.
if (startupSnapshot.isBuildingSnapshot()) {
  startupSnapshot.setDeserializeMainFunction(main);
  let isRehearsed = false;
  startupSnapshot.addSerializeCallback(() => {
    // Nothing was left to wait for, and yet it isn't through.
    if (!isRehearsed) throw new Error("the rehearsal of the agent's start got stuck");
  });
  void rehearse(REHEARSAL_DIRECTORY).then(() => {
    isRehearsed = true;
  });
} else {
  main();
}
