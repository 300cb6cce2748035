import { randomBytes, randomUUID } from "node:crypto";
import { access, constants, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CleanupStack } from "../../src/common/cleanup-stack.js";
import { logConsole } from "../common/console-log.js";
import { TskataError } from "../../src/common/error.js";
import type { VmSize, VmSpec } from "../hypervisor.js";
import { connectChannel } from "./connect-channel.js";
import { Domain } from "./domain.js";
import { domainConfig } from "./domain-config.js";
import { watchEnds } from "./end-watch.js";
import { bootFileUnusable } from "../common/host-errors.js";
import { memoryMib } from "../common/memory.js";
import { memoryMissing } from "./errors.js";
import { growthRoom } from "./growth.js";
import type { GuestKernel } from "./guest-type.js";
import { type HostInfo, parseHostInfo } from "./host-info.js";
import { startKeeper } from "./keeper.js";
import { XenMachine } from "./machine.js";
import type { XenSettings } from "./options.js";
import { shareEnvironment } from "./shared-files.js";
import { startProgram } from "./program.js";
import type { Toolstack } from "./toolstack.js";

/**
 * How much of the channel the device model may hold that this process hasn't
 * read. What is beyond that is lost, and libxl's own limit is 1 MiB, which two
 * streams reach.
 */
const CHANNEL_BACKLOG_BYTES = 64 * 1024 * 1024;

/** What a domain is made with. */
export interface DomainStart {
  readonly spec: VmSpec;
  readonly kernel: GuestKernel;
  readonly host: HostInfo;
  readonly namesTypes: boolean;
  readonly settings: XenSettings;
  readonly toolstack: Toolstack;
}

/** Makes a domain and has its guest run. On failure nothing is left. */
export async function startDomain(start: DomainStart, signal?: AbortSignal): Promise<XenMachine> {
  const { spec, settings, toolstack } = start;
  const spawnedMs = performance.now();
  const name = `tskata-${spec.name}-${randomBytes(4).toString("hex")}`;
  const room = growthRoom(spec);
  const domain = new Domain(name, randomUUID(), toolstack);
  const agentSocket = join(spec.runDirectory, "agent.sock");
  const remains = new CleanupStack();
  try {
    await requireReadable(spec);
    const keeper = await startKeeper(toolstack.command("destroy", name));
    remains.defer("release the domain's keeper", () => keeper.release());
    remains.defer("remove the domain's files", async () => {
      await rm(agentSocket, { force: true });
      await domain.removeLog();
    });
    remains.defer("destroy the VM's domain", () => domain.destroy());
    await createDomain(start, room, domain, agentSocket);
    signal?.throwIfAborted();
    const root = await domainRoot(toolstack, name);
    const pid = Number(await toolstack.xenstore("find the device model", ["read", `${root}/image/device-model-pid`]));
    await prepareStore(toolstack, root, { vcpus: spec.vcpus, most: room.vcpus });
    const channel = await connectChannel(agentSocket);
    const controlReadyMs = performance.now();
    const console = await startProgram(toolstack.command("console", "-t", "pv", name));
    const logged = logConsole(console.stdout, spec.consoleLogPath);
    let look: () => void = () => undefined;
    const watch = await watchEnds(() => look());
    remains.defer("end the domain's console", async () => {
      console.child.kill("SIGKILL");
      const failure = await logged;
      await console.exited;
      if (failure !== undefined) settings.debugLog(`the console is no longer logged: ${failure.message}`);
    });
    remains.defer("end the watch", () => watch.close());
    signal?.throwIfAborted();
    await toolstack.xl("start the VM's guest", ["unpause", name], { signal });
    const machine = new XenMachine({
      ...{
        toolstack,
        domain,
        root,
        room,
        scheduler: start.host.scheduler,
        spec,
        channel,
        remains,
        vifScript: settings.vifScript,
        debugLog: settings.debugLog,
      },
      bootMarks: { spawnedMs, controlReadyMs, runningMs: performance.now() },
      deviceModelPid: pid,
      helpers: [keeper.program, watch.program],
    });
    look = () => void machine.look();
    look();
    return machine;
  } catch (error) {
    throw await remains.unwind(error);
  }
}

async function requireReadable({ kernelPath, imagePath, initrdPath }: VmSpec): Promise<void> {
  for (const [what, path] of [
    ["kernel", kernelPath],
    ["image", imagePath],
    ["initial RAM disk", initrdPath],
  ] as const) {
    if (path === undefined) continue;
    await access(path, constants.R_OK).catch((cause: unknown) => {
      throw bootFileUnusable(what, path, cause);
    });
  }
}

/** It is there, and halted. The toolstack is let finish: halfway through it would leave more than a domain. */
async function createDomain(
  { spec, kernel, host, namesTypes, settings, toolstack }: DomainStart,
  room: VmSize,
  { name, uuid }: Domain,
  agentSocket: string,
): Promise<void> {
  const { extraConfig, startTimeoutMs, diskScript } = settings;
  if (spec.shares.length > 0 && diskScript === undefined) {
    throw new TskataError("unsupported", "share files with the guest: the driver was opened without a script for it");
  }
  const environment = shareEnvironment(spec.shares);
  const path = join(spec.runDirectory, "domain.cfg");
  const { scheduler } = host;
  const plan = { name, uuid, kernel, namesTypes, agentSocket, diskScript, extraConfig, room, scheduler };
  await writeFile(path, domainConfig(spec, plan), { mode: 0o600 });
  try {
    await toolstack.xl("make the VM's domain", ["create", "-p", "-e", path], {
      ...{ environment, timeoutMs: startTimeoutMs },
    });
  } catch (error) {
    const { freeMib } = parseHostInfo(await toolstack.xl("look at the host", ["info"]));
    const wantedMib = memoryMib(spec.memoryBytes);
    throw freeMib < wantedMib ? memoryMissing(wantedMib, freeMib, error) : error;
  } finally {
    await rm(path, { force: true });
  }
}

async function domainRoot(toolstack: Toolstack, name: string): Promise<string> {
  const id = (await toolstack.xl("find the VM's domain", ["domid", name])).trim();
  return `/local/domain/${id}`;
}

/**
 * What xl has no words for: how much the device model may hold of the channel, which it reads when the guest's end
 * connects, and which processors the guest is to begin with.
 */
async function prepareStore(
  toolstack: Toolstack,
  root: string,
  { vcpus, most }: { readonly vcpus: number; readonly most: number },
): Promise<void> {
  const what = "prepare the agent's channel and the guest's processors";
  const consoles = (await toolstack.xenstore(what, ["list", `${root}/device/console`])).trim().split("\n");
  const limits = consoles.flatMap((number) => [`${root}/device/console/${number}/limit`, `${CHANNEL_BACKLOG_BYTES}`]);
  const later = Array.from({ length: most - vcpus }, (_, index) => vcpus + index);
  const offline = later.flatMap((id) => [`${root}/cpu/${id}/availability`, "offline"]);
  await toolstack.xenstore(what, ["write", ...limits, ...offline]);
}
