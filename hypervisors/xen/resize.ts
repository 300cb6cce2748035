import { setTimeout as delay } from "node:timers/promises";
import { withDeadline } from "../../src/common/deadline.js";
import { TskataError } from "../../src/common/error.js";
import { memoryMib } from "../common/memory.js";
import type { VmSize } from "../hypervisor.js";
import { domainMemoryMib, onlineVcpus } from "./domain-list.js";
import { parseHostInfo } from "./host-info.js";
import { processorCap } from "./processor-cap.js";
import type { Toolstack } from "./toolstack.js";

/** Longest time that a guest may take to follow. */
const GUEST_FOLLOWS_MS = 10_000;
/** Nothing tells what a guest has done, and each look runs a program. */
const LOOK_EVERY_MS = 20;
/** A domain lacks a few pages of what it was given, and `xl list` leaves off the last, broken MiB. */
const ROUNDED_OFF_MIB = 1;

/** A domain whose size is to change. */
export interface ResizableDomain {
  readonly toolstack: Toolstack;
  /** The domain's name. */
  readonly domain: string;
  /** Its place in xenstore. */
  readonly root: string;
  /** What it was booted with. */
  readonly booted: VmSize;
  /** How large it can become. */
  readonly room: VmSize;
}

/**
 * Tells the guest how many of its processors it has, and Xen how much time that
 * is. Those that it has to give back are waited for; that it has found others
 * is not to be seen from here.
 *
 * @param what what is asked for, for errors
 * @throws TskataError `unsupported` for more than the domain was made with, `deadline` where the guest keeps some, and as
 *   `Toolstack.xl`
 */
export async function setVcpuCount(
  { toolstack, domain, room }: ResizableDomain,
  what: string,
  vcpus: number,
  signal?: AbortSignal,
): Promise<void> {
  if (vcpus > room.vcpus) throw noRoom(what, `${room.vcpus} processors`);
  const { scheduler } = parseHostInfo(await toolstack.xl(what, ["info"], { signal }));
  // As many as there is room for, more than the machine has too.
  await toolstack.xl(what, ["vcpu-set", "--ignore-host", domain, `${vcpus}`], { signal });
  const cap = processorCap(scheduler, vcpus);
  if (cap !== undefined) {
    await toolstack.xl(what, [`sched-${scheduler}`, "-d", domain, "-c", `${cap}`], { signal });
  }
  const list = (deadline: AbortSignal): Promise<string> =>
    toolstack.xl(what, ["vcpu-list", domain], { signal: deadline });
  await guestFollows(what, async (deadline) => onlineVcpus(await list(deadline)) <= vcpus, signal);
}

/**
 * Lets the domain have so much memory, at least what it was booted with, and
 * waits until its guest has taken it, or given back what is too much. Xen keeps
 * it from taking more.
 *
 * @param what what is asked for, for errors
 * @throws TskataError `unsupported` for more than there is room for, `resource` where Xen has not that much, `deadline`
 *   where the guest doesn't follow, and as `Toolstack.xl`
 */
export async function setMemorySize(
  { toolstack, domain, root, booted, room }: ResizableDomain,
  what: string,
  memoryBytes: number,
  signal?: AbortSignal,
): Promise<void> {
  if (memoryBytes > room.memoryBytes) throw noRoom(what, `${memoryMib(room.memoryBytes)} MiB`);
  const wantedMib = memoryMib(Math.max(memoryBytes, booted.memoryBytes));
  const hasMib = async (deadline?: AbortSignal): Promise<number> =>
    domainMemoryMib(await toolstack.xl(what, ["list", domain], { signal: deadline }));
  const grows = (await hasMib(signal)) < wantedMib;
  if (grows) {
    const { freeMib } = parseHostInfo(await toolstack.xl(what, ["info"], { signal }));
    const missingMib = wantedMib - (await hasMib(signal));
    if (missingMib > freeMib) throw new TskataError("resource", `${what}: Xen has ${freeMib} MiB left`);
    // libxl allows no more than the domain was made with, which would be pages that the guest keeps books on.
    await toolstack.xenstore(what, ["write", `${root}/memory/static-max`, `${wantedMib * 1024}`], { signal });
  }
  await toolstack.xl(what, ["mem-set", domain, `${wantedMib}m`], { signal });
  const follows = async (deadline: AbortSignal): Promise<boolean> => {
    const now = await hasMib(deadline);
    return grows ? now >= wantedMib - ROUNDED_OFF_MIB : now <= wantedMib;
  };
  await guestFollows(what, follows, signal);
}

async function guestFollows(
  what: string,
  hasFollowed: (signal: AbortSignal) => Promise<boolean>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const wait = async (deadline: AbortSignal): Promise<void> => {
    while (!(await hasFollowed(deadline))) await delay(LOOK_EVERY_MS, undefined, { signal: deadline });
  };
  await withDeadline(`${what}: wait for the guest to follow`, GUEST_FOLLOWS_MS, wait, signal);
}

function noRoom(what: string, most: string): TskataError {
  return new TskataError("unsupported", `${what}: the VM was started with room for ${most}; create the container anew`);
}
