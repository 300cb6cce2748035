import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type AgentClient, openAgent } from "../../protocol/agent-client.js";
import { PROTOCOL_VERSION } from "../../protocol/protocol-version.js";
import { playContainer } from "../../protocol/rehearsal.js";
import { dialSerial } from "../../protocol/serial-dialer.js";
import type { Dialer } from "../../protocol/transport.js";
import { MIN_ENTROPY_BYTES } from "../../protocol/entropy.js";
import { startLauncher } from "../kernel/launcher.js";
import type { Plan } from "../kernel/plan.js";
import { runOperations } from "../kernel/run-operations.js";
import { Sandbox } from "../sandbox/sandbox.js";
import { serve } from "../server/serve.js";
import { standInInit } from "./stand-in-init.js";
import { standInLauncher } from "./stand-in-launcher.js";

const ID = "rehearsal";

/**
 * Plays the life of a container with a host in the same process, launchers
 * that do nothing, and an empty directory for the machine. V8 compiles meanwhile
 * what the first requests of a guest's life need, and a startup snapshot keeps
 * it: compiling is slow in a VM without hardware support.
 *
 * @param directory absolute; made, and left with what was written in it
 */
export async function rehearse(directory: string): Promise<void> {
  const paths = {
    sysfs: join(directory, "sys"),
    cgroupRoot: join(directory, "cgroup"),
    shares: join(directory, "shares"),
    disks: join(directory, "disks"),
    sharedMemory: join(directory, "shm"),
    devices: join(directory, "devices"),
  };
  const cpus = join(paths.sysfs, "devices/system/cpu");
  for (const path of [cpus, paths.cgroupRoot]) mkdirSync(path, { recursive: true });
  writeFileSync(join(cpus, "present"), "0\n");
  const sandbox = new Sandbox(
    {
      startLauncher: (plan) => startLauncher(plan, () => standInLauncher(waits(plan) ? "init" : "process")),
      prepareLauncher: () => undefined,
      runOperations: (operations) => runOperations(operations, () => standInLauncher("operations")),
      isDirectory: () => true,
    },
    paths,
  );
  const [host, guest] = standInInit();
  const listener = serve(guest, sandbox, { consoleAllowed: false, log: () => undefined });
  const dialer = dialSerial(host);
  await play(openAgent(dialer).agent, dialer, directory);
  dialer.close();
  await listener.closed;
}

async function play(agent: AgentClient, dialer: Dialer, rootfsPath: string): Promise<void> {
  await agent.hello({ protocolVersion: PROTOCOL_VERSION });
  const shares = [{ tag: ID, kind: { case: "virtiofs", value: {} } as const }];
  const clock = { realtimeNs: 1n, monotonicNs: 1n };
  const settings = { hostname: ID, clock, shares, entropy: new Uint8Array(MIN_ENTROPY_BYTES) };
  await playContainer(agent, dialer, { rootfsPath, args: ["sh"], settings });
}

function waits({ child }: Plan): boolean {
  return child.some(({ op }) => op === "barrier");
}
