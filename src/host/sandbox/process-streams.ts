import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { MonitorStreamKind, StdioServer } from "./stdio-server.js";

/** Opens a process' stream in the guest. */
export type OpenGuestStream = (kind: Exclude<MonitorStreamKind, "control">, signal?: AbortSignal) => Promise<Duplex>;

/**
 * Joins the guest's streams of one process with its monitor's, each way with
 * back-pressure.
 *
 * @param terminal one stream for both directions instead of three
 * @returns settles when all output has reached the monitor, or can't any more
 */
export async function joinProcessStreams(
  stdio: StdioServer,
  token: string,
  terminal: boolean,
  openGuestStream: OpenGuestStream,
  signal?: AbortSignal,
): Promise<{ drained: Promise<void> }> {
  const pairOf = async (kind: Exclude<MonitorStreamKind, "control">): Promise<[Socket, Duplex]> =>
    Promise.all([stdio.claim(token, kind, signal), openGuestStream(kind, signal)]);
  if (terminal) {
    const [monitor, guest] = await pairOf("terminal");
    void copy(monitor, guest);
    return { drained: copy(guest, monitor) };
  }
  const [stdin, stdout, stderr] = await Promise.all([pairOf("stdin"), pairOf("stdout"), pairOf("stderr")]);
  const [monitorIn, guestIn] = stdin;
  // Nothing comes back on it, but its end must be read for it to close.
  guestIn.resume();
  guestIn.once("close", () => monitorIn.destroy());
  void copy(monitorIn, guestIn);
  const outputs = [stdout, stderr].map(async ([monitor, guest]) => copy(guest, monitor));
  return { drained: Promise.all(outputs).then(() => undefined) };
}

/**
 * Copies until the source ends. A side that breaks ends the other: a closed
 * standard output reaches the guest as EPIPE, and needs no report here.
 */
async function copy(from: Duplex, to: Duplex): Promise<void> {
  try {
    await pipeline(from, to);
  } catch {
    from.destroy();
    to.destroy();
  }
}
