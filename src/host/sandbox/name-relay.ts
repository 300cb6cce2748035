import type { Duplex } from "node:stream";

/**
 * Carries questions of the guest's to a name server, and answers back, until
 * one of both ends. Both sides speak in the same frames.
 *
 * @param guest a stream of KIND_NAMES
 * @param monitor the connection of kind `names` of the monitor in the namespace of the name server
 */
export function relayNames(guest: Duplex, monitor: Duplex): void {
  guest.pipe(monitor).pipe(guest);
  for (const [one, other] of [
    [guest, monitor],
    [monitor, guest],
  ] as const) {
    one.on("error", () => one.destroy());
    one.on("close", () => other.destroy());
  }
}
