import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { copyStream } from "../../common/copy-stream.js";
import { FIRST_PRESERVED_FD, type PreservedFd } from "../../protocol/preserved-fds.js";
import type { MonitorStreamKind, StdioServer } from "./stdio-server.js";

/** Which streams a process has. */
export interface StreamsOfProcess {
  /** One stream for both directions instead of three. */
  readonly terminal: boolean;
  /** Its descriptors from 3 up. */
  readonly preservedFds: readonly PreservedFd[];
}

type GuestStreamKind = Exclude<MonitorStreamKind, "control">;

interface StreamOfProcess {
  readonly kind: GuestStreamKind;
  readonly direction: PreservedFd;
}

const TERMINAL: readonly StreamOfProcess[] = [{ kind: "terminal", direction: "b" }];
const PIPES: readonly StreamOfProcess[] = [
  { kind: "stdin", direction: "r" },
  { kind: "stdout", direction: "w" },
  { kind: "stderr", direction: "w" },
];

/** Opens a process' stream in the guest. */
export type OpenGuestStream = (kind: GuestStreamKind, signal?: AbortSignal) => Promise<Duplex>;

/**
 * Joins the guest's streams of one process with its monitor's, each way with
 * back-pressure.
 *
 * @returns settles when all output has reached the monitor, or can't any more
 */
export async function joinProcessStreams(
  stdio: StdioServer,
  token: string,
  { terminal, preservedFds }: StreamsOfProcess,
  openGuestStream: OpenGuestStream,
  signal?: AbortSignal,
): Promise<{ drained: Promise<void> }> {
  const pairOf = async (kind: GuestStreamKind): Promise<[Socket, Duplex]> =>
    Promise.all([stdio.claim(token, kind, signal), openGuestStream(kind, signal)]);
  const standard = terminal ? TERMINAL : PIPES;
  const preserved = preservedFds.map((direction, index) => ({
    kind: `fd${FIRST_PRESERVED_FD + index}` as const,
    direction,
  }));
  const joined = [...standard, ...preserved].map(async ({ kind, direction }) => ({
    direction,
    pair: await pairOf(kind),
  }));
  const outputs = (await Promise.all(joined)).map(({ direction, pair }) => join(direction, ...pair));
  return { drained: Promise.all(outputs).then(() => undefined) };
}

/** Joins one stream; settles when its output is through. What comes the way that it doesn't go is dropped. */
async function join(direction: PreservedFd, monitor: Socket, guest: Duplex): Promise<void> {
  switch (direction) {
    case "r":
      // Nothing comes back on it, but its end must be read for it to close.
      guest.resume();
      guest.once("close", () => monitor.destroy());
      void copyStream(monitor, guest);
      break;
    case "w":
      // Of standard outputs this way is at its end already.
      if (!guest.writableEnded) guest.end();
      await copyStream(guest, monitor);
      break;
    case "b":
      void copyStream(monitor, guest);
      await copyStream(guest, monitor);
      break;
  }
}
