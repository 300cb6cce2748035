import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { CleanupStack } from "../../src/common/cleanup-stack.js";
import type { HostUser } from "../hypervisor.js";
import { lkvmArguments } from "./command-line.js";
import { complaints } from "./errors.js";
import { seclude } from "./seclude.js";

/** What the trial's guest writes to its serial port. */
const MARK = "tskata";
const MEMORY_BYTES = 64 * 1024 * 1024;
const TIMEOUT_MS = 10_000;

/** Whether lkvm ran a guest here; `reason` is for people. */
export type KvmtoolTrial = { readonly works: true } | { readonly works: false; readonly reason: string };

/** What is tried. */
export interface TrialInput {
  /** Absolute path of lkvm. */
  readonly binary: string;
  /** Path of our program that shuts it in. */
  readonly enclosure: string | undefined;
  /** Who runs lkvms that serve no files; undefined where this process is not root. */
  readonly user: HostUser | undefined;
}

/**
 * A guest of a few bytes of 16-bit code, which lkvm runs as it is where a kernel is no bzImage: it writes the mark to the
 * first serial port and resets the machine by the keyboard controller, at which lkvm ends.
 */
export function trialGuest(): Buffer {
  const output = Buffer.from(MARK)
    .toJSON()
    .data.flatMap((byte) => [0xb0, byte, 0xee]);
  return Buffer.from([0xba, 0xf8, 0x03, ...output, 0xb0, 0xfe, 0xe6, 0x64, 0xf4, 0xeb, 0xfd]);
}

/**
 * Runs it: /dev/kvm may open, answer and still not run guests. Only one that writes what it is to, and ends in time, counts.
 *
 * @throws the signal's reason
 */
export async function tryKvmtool({ binary, enclosure, user }: TrialInput, signal?: AbortSignal): Promise<KvmtoolTrial> {
  const undo = new CleanupStack();
  try {
    const directory = await mkdtemp(join(tmpdir(), "tskata-trial-"));
    undo.defer("remove the trial", () => rm(directory, { recursive: true }));
    const [kernelPath, home, root] = ["guest", "home", "root"].map((name) => join(directory, name)) as [
      string,
      string,
      string,
    ];
    await writeFile(kernelPath, trialGuest());
    for (const path of [home, join(home, ".lkvm"), root]) await mkdir(path);
    // Somebody else may run it.
    for (const path of [home, join(home, ".lkvm")]) await chmod(path, 0o777);
    const files = { kernelPath, imagePath: kernelPath, shares: [] };
    const place = { program: enclosure, root, home, binary, user };
    const seclusion = await seclude({ ...place, files, cards: [], devices: [], hasTerminals: false }, signal);
    const size = { vcpus: 1, memoryBytes: MEMORY_BYTES };
    const line = { commandLine: "", cid: undefined, hasTerminals: false, balloon: false, extraArguments: [] };
    const [program = "", ...args] = seclusion.wrap([
      seclusion.binary,
      ...lkvmArguments(size, { ...seclusion, ...line }),
    ]);
    const env = { PATH: process.env["PATH"], LC_ALL: "C", HOME: seclusion.home };
    const options = { env, timeout: TIMEOUT_MS, killSignal: "SIGKILL", ...(signal && { signal }) } as const;
    const { stdout } = await promisify(execFile)(program, args, options);
    if (stdout.includes(MARK)) return { works: true };
    return { works: false, reason: "lkvm ended well, but its guest did not do what it was to" };
  } catch (error) {
    signal?.throwIfAborted();
    return { works: false, reason: reasonOf(error) };
  } finally {
    for (const failure of await undo.run()) process.emitWarning(failure);
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { killed, stderr } = error as { readonly killed?: boolean; readonly stderr?: string };
  if (killed === true) return `a trial guest did not end within ${TIMEOUT_MS} ms`;
  const said = complaints(stderr ?? "");
  return said === "" ? error.message : `lkvm gave up on a trial guest: ${said}`;
}
