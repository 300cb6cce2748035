import { spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { CleanupStack } from "../../src/common/cleanup-stack.js";
import { TskataError } from "../../src/common/error.js";
import type { ShareDevice, VmSpec } from "../hypervisor.js";
import { processName } from "./command-line.js";
import { spawnFailed } from "../common/host-errors.js";
import { templateUnusable } from "./errors.js";
import { VmmProcess } from "./vmm-process.js";

/**
 * Makes a template of a QEMU that was started to be forked and whose guest is
 * halted. From then on it is nobody's: it ends when its socket is removed.
 *
 * @param program our fork-client
 * @param directory of the template
 * @throws TskataError `internal` where QEMU can't be forked
 */
export async function holdVmm(program: string, process: VmmProcess, directory: string): Promise<void> {
  const handle = await open(directory);
  const { agent, control, console } = process;
  try {
    const stdio = ["ignore", "ignore", "pipe", agent, control, console, handle.fd] as const;
    const child = spawn(program, ["hold"], { stdio: [...stdio] });
    const reason = text(child.stderr as Readable);
    const [status] = (await once(child, "exit").catch((error: unknown) => {
      throw spawnFailed(program, error);
    })) as [number | null];
    if (status !== 0) throw new TskataError("internal", `keep the template: ${(await reason).trim()}`);
  } finally {
    await handle.close();
  }
  process.release();
}

/**
 * Forks a template's QEMU. The guest is halted, and its control channel as
 * another client left it.
 *
 * @param program our fork-client
 * @throws TskataError `not-found`, `permission` or `resource`; whatever else comes of it, the process tells
 */
export async function forkVmm(
  program: string,
  template: string,
  { name, shares, runDirectory, cgroupFiles = [] }: Pick<VmSpec, "name" | "shares" | "runDirectory" | "cgroupFiles">,
): Promise<VmmProcess> {
  const undo = new CleanupStack();
  const files: number[] = [];
  try {
    for (const path of [template, ...shares.flatMap(servedDirectory)]) {
      const handle = await open(path);
      undo.defer(`close ${path}`, () => handle.close());
      files.push(handle.fd);
    }
    const share = files.length > 1 ? ["share"] : [];
    const command = [program, "fork", processName(name), ...share, "--", ...cgroupFiles];
    const process = await VmmProcess.start(command, {
      files,
      environment: { TSKATA_VM: runDirectory },
      isElsewhere: true,
    });
    for (const failure of await undo.run()) throw failure;
    return process;
  } catch (error) {
    throw await undo.unwind(templateUnusable(template, error));
  }
}

function servedDirectory(share: ShareDevice): string[] {
  return share.kind === "nine-p" ? [share.directory] : [];
}
