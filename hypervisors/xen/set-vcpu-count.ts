import { onlineVcpus } from "./domain-list.js";
import { processorCap } from "./processor-cap.js";
import { noRoom, type ResizableDomain, untilGuestFollows } from "./resizable-domain.js";

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
  { toolstack, domain, room, scheduler }: ResizableDomain,
  what: string,
  vcpus: number,
  signal?: AbortSignal,
): Promise<void> {
  if (vcpus > room.vcpus) throw noRoom(what, `${room.vcpus} processors`);
  // As many as there is room for, more than the machine has too.
  await toolstack.xl(what, ["vcpu-set", "--ignore-host", domain, `${vcpus}`], { signal });
  const cap = processorCap(scheduler, vcpus);
  if (cap !== undefined) {
    await toolstack.xl(what, [`sched-${scheduler}`, "-d", domain, "-c", `${cap}`], { signal });
  }
  const list = (deadline: AbortSignal): Promise<string> =>
    toolstack.xl(what, ["vcpu-list", domain], { signal: deadline });
  await untilGuestFollows(what, async (deadline) => onlineVcpus(await list(deadline)) <= vcpus, signal);
}
