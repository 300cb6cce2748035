/** Xen's schedulers that can limit a domain's time. */
const CAPPING: ReadonlySet<string> = new Set(["credit", "credit2"]);

/**
 * The time that a domain may have, in hundredths of a processor: that of the
 * processors that its guest was told to use. Nothing else keeps the guest from
 * using all that it was made with.
 *
 * @param scheduler Xen's, as `xl info` names it
 * @returns undefined where Xen can't set one
 */
export function processorCap(scheduler: string, vcpus: number): number | undefined {
  return CAPPING.has(scheduler) ? vcpus * 100 : undefined;
}
