import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Duplex, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { TskataError } from "../../src/common/error.js";
import type { Tap } from "../hypervisor.js";
import { spawnFailed } from "../common/host-errors.js";

/**
 * Has our program make a tap and send it to QEMU along with a command: Node
 * can't send descriptors.
 *
 * @param program its path; undefined where the driver was opened without it
 * @param line the command, with its end of line
 * @param control the socket to QEMU's monitor
 * @throws TskataError `unavailable` where the tap can't be made, `unsupported` without the program, and the signal's
 *   reason
 */
export async function sendTap(
  program: string | undefined,
  tap: Tap,
  line: string,
  control: Duplex,
  signal?: AbortSignal,
): Promise<void> {
  await send(`make the tap ${tap.name}`, program, [tap.namespace, tap.name, line], control, signal);
}

/**
 * Has it open a device and send that.
 *
 * @param device its path
 * @throws as `sendTap`, where the device can't be opened
 */
export async function sendDevice(
  program: string | undefined,
  device: string,
  line: string,
  control: Duplex,
  signal?: AbortSignal,
): Promise<void> {
  await send(`hand over ${device}`, program, [device, line], control, signal);
}

async function send(
  what: string,
  program: string | undefined,
  args: readonly string[],
  control: Duplex,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  if (program === undefined)
    throw new TskataError("unsupported", `${what}: the driver was opened without a program for it`);
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe", control] });
  const kill = (): boolean => child.kill("SIGKILL");
  signal?.addEventListener("abort", kill, { once: true });
  try {
    const reason = text(child.stderr as Readable);
    const [status] = (await once(child, "exit")) as [number | null];
    signal?.throwIfAborted();
    if (status !== 0) {
      throw new TskataError("unavailable", `${what}: ${(await reason).trim()}`);
    }
  } catch (error) {
    throw child.pid === undefined ? spawnFailed(program, error) : error;
  } finally {
    signal?.removeEventListener("abort", kill);
    // Node stops to read what it shares with a child.
    control.resume();
  }
}
