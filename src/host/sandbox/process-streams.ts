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

type GuestStreamKind = Exclude<MonitorStreamKind, "control" | "names">;

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

/** Opens a process' stream in the guest, which may not be there yet. */
export type OpenGuestStream = (kind: GuestStreamKind) => Duplex;

/** How far the output of a process has come. Either settles as well where it gets no further. */
export interface OutputProgress {
  /** All of it has reached the monitor. */
  readonly drained: Promise<void>;
  /** The monitor has passed all of it on. */
  readonly handedOn: Promise<void>;
}

/** Streams of a process that is being made. */
export interface JoiningStreams {
  /** Settles when each has met its monitor's. */
  readonly joined: Promise<OutputProgress>;
  /** There will be no such process: breaks them off. */
  readonly giveUp: () => void;
}

/**
 * Opens the guest's streams of one process, at once, and joins them with its monitor's, each way with
 * back-pressure.
 *
 * @throws as `openGuestStream`
 */
export function joinProcessStreams(
  stdio: StdioServer,
  token: string,
  { terminal, preservedFds }: StreamsOfProcess,
  openGuestStream: OpenGuestStream,
  signal?: AbortSignal,
): JoiningStreams {
  const standard = terminal ? TERMINAL : PIPES;
  const preserved = preservedFds.map((direction, index) => ({
    kind: `fd${FIRST_PRESERVED_FD + index}` as const,
    direction,
  }));
  const streams: { readonly kind: GuestStreamKind; readonly direction: PreservedFd; readonly guest: Duplex }[] = [];
  const giveUp = (): void => {
    for (const { guest } of streams) guest.destroy();
  };
  try {
    for (const each of [...standard, ...preserved]) streams.push({ ...each, guest: openGuestStream(each.kind) });
  } catch (error) {
    giveUp();
    throw error;
  }
  const meet = async (): Promise<OutputProgress> => {
    try {
      const claims = streams.map(async ({ kind }) => stdio.claim(token, kind, signal));
      const monitors = await Promise.all(claims);
      const outputs = streams.map(({ direction, guest }, index) => join(direction, monitors[index] as Duplex, guest));
      const drained = Promise.all(outputs).then(() => undefined);
      const monitorsOfOutput = monitors.filter((_monitor, index) => streams[index]?.direction !== "r");
      return { drained, handedOn: Promise.all(monitorsOfOutput.map(hungUp)).then(() => undefined) };
    } catch (error) {
      giveUp();
      throw error;
    }
  };
  const joined = meet();
  // Whoever gives up first doesn't wait for it.
  joined.catch(() => undefined);
  return { joined, giveUp };
}

/** Settles when the other side is through with a stream. */
async function hungUp(monitor: Duplex): Promise<void> {
  if (!monitor.closed) await new Promise((resolve) => monitor.once("close", resolve));
}

/** Joins one stream; settles when its output is through. What comes the way that it doesn't go is dropped. */
async function join(direction: PreservedFd, monitor: Duplex, guest: Duplex): Promise<void> {
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
      // Nothing comes from there but the end.
      monitor.resume();
      await copyStream(guest, monitor);
      break;
    case "b":
      void copyStream(monitor, guest);
      await copyStream(guest, monitor);
      break;
  }
}
