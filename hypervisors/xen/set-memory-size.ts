import { TskataError } from "../../src/common/error.js";
import { memoryMib } from "../common/memory.js";
import { domainMemoryMib } from "./domain-list.js";
import { parseHostInfo } from "./host-info.js";
import { noRoom, type ResizableDomain, untilGuestFollows } from "./resizable-domain.js";

/** A domain lacks a few pages of what it was given, and `xl list` leaves off the last, broken MiB. */
const ROUNDED_OFF_MIB = 1;

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
  const hadMib = await hasMib(signal);
  const grows = hadMib < wantedMib;
  if (grows) {
    const { freeMib } = parseHostInfo(await toolstack.xl(what, ["info"], { signal }));
    if (wantedMib - hadMib > freeMib) throw new TskataError("resource", `${what}: Xen has ${freeMib} MiB left`);
    // libxl allows no more than the domain was made with, which would be pages that the guest keeps books on.
    await toolstack.xenstore(what, ["write", `${root}/memory/static-max`, `${wantedMib * 1024}`], { signal });
  }
  await toolstack.xl(what, ["mem-set", domain, `${wantedMib}m`], { signal });
  const follows = async (deadline: AbortSignal): Promise<boolean> => {
    const now = await hasMib(deadline);
    return grows ? now >= wantedMib - ROUNDED_OFF_MIB : now <= wantedMib;
  };
  await untilGuestFollows(what, follows, signal);
}
