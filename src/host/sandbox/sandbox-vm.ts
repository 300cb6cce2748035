import { chown } from "node:fs/promises";
import { join } from "node:path";
import type { Hypervisor, ShareDevice, VirtualMachine, VmExit, VmSize } from "../../../hypervisors/hypervisor.js";
import { CleanupStack } from "../../common/cleanup-stack.js";
import { withDeadline } from "../../common/deadline.js";
import type { AgentClient } from "../../protocol/agent-client.js";
import { connectAgent } from "../../protocol/agent-client.js";
import { PROTOCOL_VERSION } from "../../protocol/protocol-version.js";
import { dialSerial } from "../../protocol/serial-dialer.js";
import type { Dialer } from "../../protocol/transport.js";
import { ShareDirectory } from "../resource/share-directory.js";
import { startVirtiofsd, type Virtiofsd, type VirtiofsdExit } from "../resource/virtiofsd.js";
import type { RunDirectory } from "../state/run-directory.js";
import { addGuestStages } from "./guest-stages.js";
import type { Timings } from "./timings.js";

/** Tag of the one share, mounted by the agent under /run/tskata/shares. */
const SHARE_TAG = "tskata";
/** Where the guest sees the share. */
export const GUEST_SHARE_PATH = `/run/tskata/shares/${SHARE_TAG}`;
const NINE_P_MSIZE_BYTES = 512 * 1024;
/** Milliseconds that a VM which ended has to say so after its connections broke. */
const LAST_WORDS_MS = 2000;

/** What a VM boots, and with how much. */
export interface VmBootSettings {
  readonly kernelPath: string;
  readonly imagePath: string;
  readonly initrdPath?: string;
  readonly kernelParameters: readonly string[];
  /** At the boot. */
  readonly memoryBytes: number;
  readonly vcpus: number;
  /** The virtiofsd to use; without one files go over 9p. */
  readonly virtiofsd?: string;
  readonly bootTimeoutMs: number;
}

/** What a sandbox's VM is made of. */
export interface SandboxVmOptions extends VmBootSettings {
  readonly sandboxId: string;
  readonly directory: RunDirectory;
  readonly hypervisor: Hypervisor;
  /** How far the VM may grow later. */
  readonly largest: VmSize;
  /** How many network cards it will be given. */
  readonly networkCards: number;
  readonly hostname: string;
  /** Path of our program that makes bind mounts. */
  readonly bindMount: string;
  /** Path of our library for QEMU's own virtiofsd. */
  readonly virtiofsdPreload: string;
}

/** A booted VM whose agent answers. */
export interface SandboxVm {
  readonly agent: AgentClient;
  readonly dialer: Dialer;
  readonly share: ShareDirectory;
  readonly machine: VirtualMachine;
  /** Settles when VM or file server are gone, with the reason for people. */
  readonly lost: Promise<string>;
  /** Ends the VM and its helpers. */
  stop(): Promise<void>;
}

/** Boots the VM and sets up what is the sandbox's own. On failure nothing is left running. */
export async function bootSandboxVm(
  options: SandboxVmOptions,
  timings: Timings,
  signal: AbortSignal,
): Promise<SandboxVm> {
  const undo = new CleanupStack();
  try {
    const share = new ShareDirectory(
      options.directory.shareDirectory,
      options.directory.skeletonDirectory,
      options.bindMount,
    );
    const { device, server } = await timings.stage("share", () => openShare(options, share, undo, signal));
    const machine = await timings.stage("vmm", () => options.hypervisor.boot(vmSpec(options, device), signal));
    undo.defer("stop the VM", () => machine.stop());

    const dialer = dialSerial(machine.agentChannel);
    undo.defer("close the agent's connection", () => dialer.close());
    const lost = Promise.race([
      machine.exited.then(describeExit),
      ...(server === undefined ? [] : [server.exited.then((exit) => serverLost(exit, machine))]),
      dialer.closed.then(() => lastWords(machine, "the agent's connection broke, and the VM goes on")),
    ]);
    const agent = await timings.stage("guest", () => waitForAgent(options, dialer, machine, timings, signal));
    await timings.stage("configure", () =>
      agent.configureSandbox(
        {
          hostname: options.hostname,
          clockRealtimeNs: BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e3)) * 1000n,
          shares: [shareMessage(device)],
        },
        { signal },
      ),
    );
    return {
      agent,
      dialer,
      share,
      machine,
      lost,
      stop: async () => {
        dialer.close();
        await machine.stop();
        await server?.stop();
        await share.close();
      },
    };
  } catch (error) {
    throw await undo.unwind(error);
  }
}

async function openShare(
  options: SandboxVmOptions,
  share: ShareDirectory,
  undo: CleanupStack,
  signal: AbortSignal,
): Promise<{ device: ShareDevice; server?: Virtiofsd }> {
  await share.prepare();
  undo.defer("stop sharing files", () => share.close());
  const { vmmUser } = options.hypervisor;
  if (vmmUser) await chown(options.directory.vmmDirectory, vmmUser.uid, vmmUser.gid);
  if (options.virtiofsd === undefined) {
    return { device: { kind: "nine-p", tag: SHARE_TAG, directory: share.path } };
  }
  const socketPath = join(options.directory.vmmDirectory, "virtiofs.sock");
  const server = await startVirtiofsd(
    {
      binary: options.virtiofsd,
      preload: options.virtiofsdPreload,
      sharedDirectory: share.path,
      socketPath,
      ...(vmmUser && { socketOwner: vmmUser }),
    },
    signal,
  );
  undo.defer("stop virtiofsd", () => server.stop());
  return { device: { kind: "virtiofs", tag: SHARE_TAG, socketPath }, server };
}

function vmSpec(options: SandboxVmOptions, device: ShareDevice): Parameters<Hypervisor["boot"]>[0] {
  return {
    name: options.sandboxId,
    runDirectory: options.directory.vmmDirectory,
    kernelPath: options.kernelPath,
    imagePath: options.imagePath,
    ...(options.initrdPath === undefined ? {} : { initrdPath: options.initrdPath }),
    extraKernelParameters: options.kernelParameters,
    memoryBytes: options.memoryBytes,
    vcpus: options.vcpus,
    largest: options.largest,
    networkCards: options.networkCards,
    shares: [device],
    consoleLogPath: options.directory.consoleLog,
  };
}

async function waitForAgent(
  options: SandboxVmOptions,
  dialer: Dialer,
  machine: VirtualMachine,
  timings: Timings,
  signal: AbortSignal,
): Promise<AgentClient> {
  return withDeadline(
    "wait for the guest's agent",
    options.bootTimeoutMs,
    async (deadline) => {
      const died = machine.exited.then((exit) => {
        throw new Error(describeExit(exit));
      });
      const hello = async (): Promise<AgentClient> => {
        const agent = await connectAgent(dialer, deadline);
        const answer = await agent.hello({ protocolVersion: PROTOCOL_VERSION }, { signal: deadline });
        addGuestStages(timings, answer.bootMarksMs, machine.bootMarks);
        return agent;
      };
      return Promise.race([hello(), died]);
    },
    signal,
  );
}

/** A file server that ends in order does so because its VMM is gone. */
function serverLost(exit: VirtiofsdExit, machine: VirtualMachine): Promise<string> | string {
  return exit.inOrder ? lastWords(machine, exit.description) : exit.description;
}

/** A VM that ends takes its connections along a moment before it can say why it ended. */
async function lastWords(machine: VirtualMachine, otherwise: string): Promise<string> {
  try {
    return describeExit(await withDeadline("wait for the VM's end", LAST_WORDS_MS, () => machine.exited));
  } catch {
    return otherwise;
  }
}

function shareMessage(device: ShareDevice): object {
  return device.kind === "virtiofs"
    ? { tag: device.tag, kind: { case: "virtiofs", value: {} } }
    : { tag: device.tag, kind: { case: "nineP", value: { msize: NINE_P_MSIZE_BYTES } } };
}

/** How a VM ended, for people. */
export function describeExit(exit: VmExit): string {
  switch (exit.kind) {
    case "guest-shutdown":
      return "the guest powered off: its agent ended";
    case "guest-panic":
      return "the guest's kernel panicked";
    case "stopped":
      return "the VM was stopped";
    case "vmm-died": {
      const how = exit.signal === null ? `status ${String(exit.exitCode)}` : exit.signal;
      return `the virtual machine monitor ended with ${how}${exit.stderr === "" ? "" : `: ${exit.stderr}`}`;
    }
  }
}
