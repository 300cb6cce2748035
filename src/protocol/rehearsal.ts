import type { Duplex, Writable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { MessageInit } from "ttrpc-ts/lite";
import type { Spec } from "../oci/config.js";
import { defaultSpec } from "../oci/default-spec.js";
import type { AgentClient } from "./agent-client.js";
import { type SandboxSettings, StreamHeader_Kind } from "./gen/agent_pb.js";
import { STREAM_PORT } from "./ports.js";
import { openStream } from "./stream-header.js";
import type { Dialer } from "./transport.js";

const ID = "rehearsal";
const TEXT = new TextEncoder();

/** A container whose life is played. */
export interface RehearsalContainer {
  /** Its root as the guest sees it. */
  readonly rootfsPath: string;
  /** What its process runs, and one more in it; they end when they have read a line. */
  readonly args: readonly string[];
  /** What is set first. */
  readonly settings?: MessageInit<SandboxSettings>;
}

/**
 * Has an agent play the life of a container up to its removal: whatever it
 * does for the first time, it does now.
 */
export async function playContainer(
  agent: AgentClient,
  dialer: Dialer,
  { rootfsPath, args, settings }: RehearsalContainer,
): Promise<void> {
  const spec = rehearsalSpec(args);
  const sandbox = settings === undefined ? {} : { sandbox: settings };
  // In one go, as a supervisor does it.
  const created = agent.createContainer({
    containerId: ID,
    specJson: json(spec),
    rootfsPath,
    bindSources: {},
    ...sandbox,
  });
  const init = attach(dialer, "");
  await created;
  await agent.startContainer({ containerId: ID });
  const executed = agent.execProcess({ containerId: ID, execId: "exec", processJson: json(spec.process) });
  const exec = attach(dialer, "exec");
  const ended = agent.waitProcess({ containerId: ID, execId: "exec" });
  // Its failure is the first one's as well, which is told of.
  ended.catch(() => undefined);
  await executed;
  exec.input.end("input\n");
  await Promise.all([ended, ...exec.outputs]);
  init.input.end("input\n");
  await Promise.all([agent.waitProcess({ containerId: ID, execId: "" }), ...init.outputs]);
}

/** Removes the container that was played. */
export async function removeRehearsed(agent: AgentClient): Promise<void> {
  await agent.removeContainer({ containerId: ID });
}

interface Attached {
  readonly input: Writable;
  /** What it puts out, once that has ended. */
  readonly outputs: readonly Promise<Buffer>[];
}

function attach(dialer: Dialer, execId: string): Attached {
  const process = { containerId: ID, execId };
  const open = (kind: StreamHeader_Kind): Duplex => openStream(dialer.open(STREAM_PORT), { kind, process });
  const input = open(StreamHeader_Kind.STDIN);
  // a process that ends without reading breaks it
  input.on("error", () => undefined);
  return { input, outputs: [StreamHeader_Kind.STDOUT, StreamHeader_Kind.STDERR].map((kind) => buffer(open(kind))) };
}

/** What `spec` writes, without a terminal and with the kinds of things that engines add. */
function rehearsalSpec(args: readonly string[]): Spec & { process: object } {
  const spec = defaultSpec();
  return {
    ...spec,
    process: { cwd: "/", user: { uid: 0, gid: 0 }, ...spec.process, args: [...args], terminal: false },
    linux: {
      ...spec.linux,
      seccomp: {
        defaultAction: "SCMP_ACT_ALLOW",
        architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
        syscalls: [
          {
            names: ["init_module", "kexec_load", "open_by_handle_at", "reboot", "settimeofday"],
            action: "SCMP_ACT_ERRNO",
          },
          {
            names: ["personality"],
            action: "SCMP_ACT_ERRNO",
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
