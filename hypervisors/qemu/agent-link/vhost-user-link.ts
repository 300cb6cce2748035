import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chown, mkdir, rm, watch } from "node:fs/promises";
import type { Socket } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { listenHybridVsock } from "vsock-ts";
import { CleanupStack } from "../../../src/common/cleanup-stack.js";
import { withDeadline } from "../../../src/common/deadline.js";
import { messageOf, TskataError } from "../../../src/common/error.js";
import type { HostUser } from "../../hypervisor.js";
import { findBinary } from "../binary.js";
import { chooseConfinement, confine } from "../confinement.js";
import { option, virtioDevice } from "../option.js";
import { type AwaitedGuest, receiveGuest } from "../../common/awaited-guest.js";
import { type AgentLink, GUEST_PORT, type LinkInput } from "./agent-link.js";

/** The port of the host's to which a guest connects; each VM has a host of its own. */
const HOST_PORT = 1024;
/** Each device's own, so that all VMs may have the same. */
const GUEST_CID = 3;
const START_TIMEOUT_MS = 10_000;

/** What a device beside QEMU is opened for. */
export interface VhostUserLinkInput extends Pick<LinkInput, "debugLog"> {
  /** Path of `vhost-device-vsock`, or its name on PATH. */
  readonly vhostDeviceVsock: string;
  readonly runDirectory: string;
  /** As whom it runs; undefined for no change. */
  readonly user: HostUser | undefined;
}

/**
 * A vsock device in a process beside QEMU (rust-vmm's vhost-device-vsock), for
 * hosts whose kernel has none: the guest has AF_VSOCK, and this side unix
 * sockets (hybrid vsock). The process dies with this one. For a VM that boots: QEMU
 * keeps no such device in a template.
 *
 * @throws TskataError `not-found` or `unavailable` where it can't be run
 */
export async function openVhostUserLink(input: VhostUserLinkInput): Promise<AgentLink> {
  const { runDirectory, user, debugLog } = input;
  const directory = join(runDirectory, "vsock");
  const [deviceSocket, hybridSocket] = [join(directory, "device"), join(directory, "hybrid")];
  const undo = new CleanupStack();
  try {
    const binary = await findBinary(input.vhostDeviceVsock);
    await mkdir(directory, { mode: 0o700 });
    undo.defer("remove the sockets of the vsock device", () => rm(directory, { recursive: true }));
    if (user !== undefined) await chown(directory, user.uid, user.gid);
    const awaited = await awaitGuest(hybridSocket, user);
    undo.defer("await the guest no longer", () => awaited.close());
    const args = ["--guest-cid", `${GUEST_CID}`, "--socket", deviceSocket, "--uds-path", hybridSocket];
    const child = await startDevice([binary, ...args], user, [deviceSocket, hybridSocket], directory);
    undo.defer("end the vsock device", () => endDevice(child));
    return {
      kernelParameter: `tskata.agent=vsock:${HOST_PORT}:${GUEST_PORT}`,
      vsockFd: undefined,
      sharesMemory: true,
      pids: child.pid === undefined ? [] : [child.pid],
      deviceArguments: (machine) => [
        ...["-chardev", option("socket", { id: "vsock0-socket", path: deviceSocket })],
        ...["-device", option(virtioDevice("vhost-user-vsock", machine), { id: "vsock0", chardev: "vsock0-socket" })],
      ],
      open: (_process, signal) => receiveGuest(awaited, signal),
      close: async () => {
        for (const failure of await undo.run()) debugLog(failure.message);
      },
    };
  } catch (error) {
    throw await undo.unwind(error);
  }
}

async function awaitGuest(path: string, user: HostUser | undefined): Promise<AwaitedGuest> {
  let take: (socket: Socket) => void = () => undefined;
  const came = new Promise<Duplex>((resolve) => (take = resolve));
  const server = await listenHybridVsock({ path, port: HOST_PORT }, (socket) => {
    // the VM's end is what counts, and the driver tells of it
    take(socket.on("error", () => undefined));
  });
  // the device connects to it
  if (user !== undefined) await chown(`${path}_${HOST_PORT}`, user.uid, user.gid);
  return { came, close: () => void server.close() };
}

/** Settles when it listens. */
async function startDevice(
  command: readonly string[],
  user: HostUser | undefined,
  sockets: readonly string[],
  directory: string,
): Promise<ChildProcess> {
  // it opens no KVM
  const confinement = await chooseConfinement({ user, accelerator: "tcg", servesFiles: false });
  const [program = "", ...args] = confine(confinement, command);
  const what = "start vhost-device-vsock";
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"], cwd: "/" });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-1024)));
  const died = once(child, "close").then(
    ([status]) => {
      throw new TskataError("unavailable", `${what}: it ended with status ${String(status)}: ${said.trim()}`);
    },
    (cause: unknown) => {
      throw new TskataError("unavailable", `${what}: ${messageOf(cause)}`, { cause });
    },
  );
  died.catch(() => undefined);
  try {
    const listens = (signal: AbortSignal): Promise<void> => allExist(directory, sockets, signal);
    await withDeadline(what, START_TIMEOUT_MS, (signal) => Promise.race([listens(signal), died]));
    return child;
  } catch (error) {
    await endDevice(child);
    throw error;
  }
}

async function endDevice(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, "close");
  child.kill("SIGKILL");
  await ended;
}

async function allExist(directory: string, paths: readonly string[], signal: AbortSignal): Promise<void> {
  const found = new AbortController();
  const changes = watch(directory, { signal: AbortSignal.any([signal, found.signal]) });
  // the watch begins with the first question
  let change = changes.next();
  while (!paths.every((path) => existsSync(path))) {
    await change;
    change = changes.next();
  }
  change.catch(() => undefined);
  found.abort();
}
