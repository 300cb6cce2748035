import { spawn } from "node:child_process";
import { chmod, mkdtemp, open, rm, writeFile, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex, Readable } from "node:stream";
import { cpuModel, SANDBOX } from "./command-line.js";
import { confine, type Confinement } from "./confinement.js";
import { spawnFailed } from "../common/host-errors.js";
import type { Accelerator } from "./options.js";
import { parsePayloadOutput, PAYLOAD_EXIT_STATUS, payloadFirmware } from "./probe-payload.js";

/**
 * Whether an accelerator ran a guest, and the frequency of the time-stamp counter that it saw; undefined where the
 * host was too busy for it to be measured.
 */
export type AcceleratorTrial =
  | { readonly works: true; readonly tscKhz: number | undefined }
  /** `reason` is for people. */
  | { readonly works: false; readonly reason: string };

/** What is tried, and how long. */
export interface TrialInput {
  /** Absolute path. */
  readonly binary: string;
  readonly accelerator: Accelerator;
  readonly confinement: Confinement;
  readonly timeoutMs: number;
}

const OUTPUT_FD = 3;
const FIRMWARE_FD = 4;
const OUTPUT_LIMIT_BYTES = 4096;

/**
 * Runs a guest of a few hundred bytes that goes up to long mode and measures
 * its time-stamp counter. /dev/kvm may open, answer and still not run guests:
 * QEMU then gives up, or the guest stands still or is interpreted, a thousand
 * times too slow. Only a guest that ends in time counts.
 *
 * @throws the signal's reason, and TskataError where QEMU can't be started at all
 */
export async function tryAccelerator(input: TrialInput, signal?: AbortSignal): Promise<AcceleratorTrial> {
  signal?.throwIfAborted();
  const firmware = await openFirmware();
  try {
    return await runPayload(input, firmware.fd, signal);
  } finally {
    await firmware.close();
  }
}

/** The payload as a file that has no name any more. */
async function openFirmware(): Promise<FileHandle> {
  const directory = await mkdtemp(join(tmpdir(), "tskata-trial-"));
  try {
    const path = join(directory, "payload.bin");
    await writeFile(path, payloadFirmware());
    // QEMU opens the descriptor once more, as another user.
    await chmod(path, 0o644);
    return await open(path);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function runPayload(input: TrialInput, firmware: number, signal?: AbortSignal): Promise<AcceleratorTrial> {
  const { binary, accelerator, confinement, timeoutMs } = input;
  const [program = "", ...args] = confine(confinement, [binary, ...trialArguments(accelerator)]);
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe", "pipe", firmware], cwd: "/" });
  const kill = (): boolean => child.kill("SIGKILL");
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, timeoutMs);
  signal?.addEventListener("abort", kill);
  try {
    const outputs = Promise.all([
      collect(child.stdio[OUTPUT_FD] as Duplex, OUTPUT_LIMIT_BYTES),
      collect(child.stderr as Readable, OUTPUT_LIMIT_BYTES),
    ]);
    const exit = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
      child.once("error", (cause) => reject(spawnFailed(program, cause)));
      child.once("exit", (code, by) => resolve({ code, signal: by }));
    });
    const { code, signal: killedBy } = await exit;
    const [output, stderr] = await outputs;
    signal?.throwIfAborted();
    if (timedOut) return { works: false, reason: `a trial guest did not end within ${timeoutMs} ms` };
    const tscKhz = code === PAYLOAD_EXIT_STATUS ? parsePayloadOutput(output) : undefined;
    if (tscKhz !== undefined) return { works: true, tscKhz: tscKhz === "uneven" ? undefined : tscKhz };
    const how = killedBy === null ? `exit status ${code}` : `signal ${killedBy}`;
    return { works: false, reason: `QEMU gave up on a trial guest (${how}): ${lastLine(stderr)}` };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", kill);
  }
}

function trialArguments(accelerator: Accelerator): string[] {
  return [
    ["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-sandbox", SANDBOX],
    ["-machine", "microvm", "-accel", accelerator, "-m", "16M"],
    // What guests get as well: QEMU's failures over a model-specific register show with it.
    ["-cpu", cpuModel(accelerator)],
    ["-bios", `/proc/self/fd/${FIRMWARE_FD}`],
    ["-chardev", `socket,id=output,fd=${OUTPUT_FD}`],
    ["-device", "isa-debugcon,iobase=0xe9,chardev=output"],
    ["-device", "isa-debug-exit,iobase=0x501,iosize=1"],
  ].flat();
}

async function collect(stream: Readable, limitBytes: number): Promise<Buffer> {
  let kept = Buffer.alloc(0);
  for await (const chunk of stream) kept = Buffer.concat([kept, chunk as Buffer]).subarray(0, limitBytes);
  return kept;
}

function lastLine(text: Buffer): string {
  return text.toString().trim().split("\n").at(-1) ?? "";
}
