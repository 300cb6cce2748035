import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import type { Spec } from "../../oci/config.js";
import { defaultSpec } from "../../oci/default-spec.js";
import { type AgentClient, connectAgent } from "../../protocol/agent-client.js";
import { StreamHeader_Kind } from "../../protocol/gen/agent_pb.js";
import { STREAM_PORT } from "../../protocol/ports.js";
import { PROTOCOL_VERSION } from "../../protocol/protocol-version.js";
import { dialSerial } from "../../protocol/serial-dialer.js";
import { openStream } from "../../protocol/stream-header.js";
import type { Dialer } from "../../protocol/transport.js";
import { startLauncher } from "../kernel/launcher.js";
import { runOperations } from "../kernel/run-operations.js";
import { Sandbox } from "../sandbox/sandbox.js";
import { serve } from "../server/serve.js";
import { standInInit } from "./stand-in-init.js";
import { standInLauncher } from "./stand-in-launcher.js";

const ID = "rehearsal";
const TEXT = new TextEncoder();

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
    devices: join(directory, "devices"),
  };
  const cpus = join(paths.sysfs, "devices/system/cpu");
  for (const path of [cpus, paths.cgroupRoot]) mkdirSync(path, { recursive: true });
  writeFileSync(join(cpus, "present"), "0\n");
  const sandbox = new Sandbox(
    {
      startLauncher: (plan) => startLauncher(plan, () => standInLauncher("process")),
      runOperations: (operations) => runOperations(operations, () => standInLauncher("operations")),
      isDirectory: () => true,
    },
    paths,
  );
  const [host, guest] = standInInit();
  const listener = serve(guest, sandbox, { consoleAllowed: false, log: () => undefined });
  const dialer = dialSerial(host);
  await play(await connectAgent(dialer), dialer, directory);
  dialer.close();
  await listener.closed;
}

async function play(agent: AgentClient, dialer: Dialer, rootfsPath: string): Promise<void> {
  await agent.hello({ protocolVersion: PROTOCOL_VERSION });
  const shares = [{ tag: ID, kind: { case: "virtiofs", value: {} } as const }];
  await agent.configureSandbox({ hostname: ID, clockRealtimeNs: 1n, shares });
  const spec = rehearsalSpec();
  await agent.createContainer({ containerId: ID, specJson: json(spec), rootfsPath, bindSources: {} });
  const init = await attach(dialer, "");
  await agent.startContainer({ containerId: ID });
  await agent.execProcess({ containerId: ID, execId: "exec", processJson: json(spec.process) });
  const exec = await attach(dialer, "exec");
  for (const [execId, outputs] of [
    ["exec", exec],
    ["", init],
  ] as const) {
    await agent.waitProcess({ containerId: ID, execId });
    await Promise.all(outputs);
  }
}

/** Opens the streams of a process and gives it some input; answers with what it puts out. */
async function attach(dialer: Dialer, execId: string): Promise<Promise<Buffer>[]> {
  const process = { containerId: ID, execId };
  const input = await dialer.dial(STREAM_PORT);
  // a process that ends without reading breaks it
  input.on("error", () => undefined);
  openStream(input, { kind: StreamHeader_Kind.STDIN, process }).end("input\n");
  const outputs: Promise<Buffer>[] = [];
  for (const kind of [StreamHeader_Kind.STDOUT, StreamHeader_Kind.STDERR]) {
    outputs.push(buffer(openStream(await dialer.dial(STREAM_PORT), { kind, process })));
  }
  return outputs;
}

/** What `spec` writes, without a terminal and with the kinds of things that engines add. */
function rehearsalSpec(): Spec & { process: object } {
  const spec = defaultSpec();
  return {
    ...spec,
    process: { args: ["true"], cwd: "/", user: { uid: 0, gid: 0 }, ...spec.process, terminal: false },
    linux: {
      ...spec.linux,
      seccomp: {
        defaultAction: "SCMP_ACT_ERRNO",
        architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
        syscalls: [
          { names: ["read", "write", "openat", "execve", "exit_group"], action: "SCMP_ACT_ALLOW" },
          {
            names: ["personality"],
            action: "SCMP_ACT_ALLOW",
            args: [{ index: 0, value: 8, op: "SCMP_CMP_EQ" }],
          },
        ],
      },
    },
  };
}

function json(value: unknown): Uint8Array {
  return TEXT.encode(JSON.stringify(value));
}
