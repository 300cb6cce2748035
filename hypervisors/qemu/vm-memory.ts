import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { open, type FileHandle } from "node:fs/promises";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { CleanupStack } from "../../src/common/cleanup-stack.js";
import { TskataError } from "../../src/common/error.js";
import type { HostUser, VmSpec, VmStart } from "../hypervisor.js";
import { spawnFailed } from "../common/host-errors.js";
import { templateUnusable } from "./errors.js";
import { memoryMib } from "../common/memory.js";
import { SHARED_WINDOW } from "./shared-window.js";
import { templateFilesIn } from "./template-files.js";
import { hasWindow, type TemplateForm } from "./template-form.js";
import type { TemplatePrograms } from "./template-programs.js";
import { MEMORY_FD, MEMORY_PATH } from "./vmm-descriptors.js";

const MIB = 1024 * 1024;
/** Where the copier has its copy. */
const COPY_FD = 3;

/** The memory of a VM that is a file, or becomes one. */
export interface VmMemory {
  /** Inherited as MEMORY_FD and STATE_FD. */
  readonly descriptors: readonly (number | undefined)[];
  /** For QEMU's process alone, and not what starts it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Settles when the memory has its contents. */
  readonly filled: Promise<void>;
  /** Closes this process's descriptors, and ends what isn't done. */
  close(): Promise<void>;
}

/**
 * Opens what a VM's memory is made of, which depends on what it starts from.
 *
 * @param user whom QEMU runs as; undefined for no change
 * @throws TskataError `not-found`, `permission`, `resource` or `unsupported`
 */
export async function openVmMemory(
  { start = { kind: "kernel" }, memoryBytes, shares }: Pick<VmSpec, "start" | "memoryBytes" | "shares">,
  user: HostUser | undefined,
  { form, ...programs }: TemplatePrograms & { readonly form: TemplateForm | undefined },
): Promise<VmMemory> {
  switch (start.kind) {
    case "kernel":
      return { descriptors: [], environment: {}, filled: Promise.resolve(), close: async () => undefined };
    case "to-capture":
      return form === "live"
        ? ownMemory(start.directory, shares, user, programs)
        : newMemory(start.directory, memoryBytes, user);
    case "template":
      return templateMemory(start, programs);
  }
}

/** A VM that is going to be forked has memory that nobody else does; its directory is what it needs. */
async function ownMemory(
  directory: string,
  shares: VmSpec["shares"],
  user: HostUser | undefined,
  { forkServer = "" }: TemplatePrograms,
): Promise<VmMemory> {
  const undo = new CleanupStack();
  try {
    const handle = await open(directory);
    undo.defer("close the directory", () => handle.close());
    // It makes a socket there.
    if (user !== undefined) await handle.chown(user.uid, user.gid);
    const served = shares.find((share) => share.kind === "nine-p");
    const environment = {
      LD_PRELOAD: forkServer,
      TSKATA_FORK_DIRECTORY: String(MEMORY_FD),
      ...(served && { TSKATA_FORK_SHARE: served.directory }),
      ...(hasWindow({ shares }) && { TSKATA_FORK_WINDOW: `${SHARED_WINDOW.start} ${SHARED_WINDOW.bytes}` }),
    };
    return { descriptors: [handle.fd], environment, filled: Promise.resolve(), close: () => handle.close() };
  } catch (error) {
    throw await undo.unwind(templateUnusable(directory, error));
  }
}

async function newMemory(directory: string, memoryBytes: number, user: HostUser | undefined): Promise<VmMemory> {
  const undo = new CleanupStack();
  try {
    const memory = await open(templateFilesIn(directory).memory, "wx", 0o600);
    undo.defer("close the memory", () => memory.close());
    await memory.truncate(memoryMib(memoryBytes) * MIB);
    // QEMU opens the descriptor once more.
    if (user !== undefined) await memory.chown(user.uid, user.gid);
    return { descriptors: [memory.fd], environment: {}, filled: Promise.resolve(), close: () => memory.close() };
  } catch (error) {
    throw await undo.unwind(templateUnusable(directory, error));
  }
}

async function templateMemory(
  { directory, memory }: Extract<VmStart, { kind: "template" }>,
  programs: TemplatePrograms,
): Promise<VmMemory> {
  const files = templateFilesIn(directory);
  const undo = new CleanupStack();
  try {
    const state = await open(files.state);
    undo.defer("close the devices' state", () => state.close());
    const { handle, ...contents } =
      memory === "private" ? await mapped(files.memory, programs) : await copied(files.memory, programs);
    const close = async (): Promise<void> => {
      contents.end();
      await state.close();
      await handle.close();
    };
    return { ...contents, descriptors: [handle.fd, state.fd], close };
  } catch (error) {
    throw await undo.unwind(templateUnusable(directory, error));
  }
}

interface Contents extends Pick<VmMemory, "environment" | "filled"> {
  readonly handle: FileHandle;
  end(): void;
}

async function mapped(path: string, { memoryPreload }: TemplatePrograms): Promise<Contents> {
  const handle = await open(path);
  const preload = memoryPreload === undefined ? {} : { LD_PRELOAD: memoryPreload, TSKATA_MEMORY: MEMORY_PATH };
  return { handle, environment: preload, filled: Promise.resolve(), end: () => undefined };
}

async function copied(path: string, { memoryCopier }: TemplatePrograms): Promise<Contents> {
  const what = "copy a template's memory";
  if (memoryCopier === undefined) {
    throw new TskataError("unsupported", `${what}: the driver was opened without a program for it`);
  }
  const child = spawn(memoryCopier, [path], { stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.on("error", () => undefined);
  const filled = copyDone(what, memoryCopier, child);
  // Who waits for it comes later.
  filled.catch(() => undefined);
  const end = (): void => void child.kill("SIGKILL");
  try {
    await Promise.race([once(child.stdout, "data"), filled]);
    const handle = await open(`/proc/${child.pid}/fd/${COPY_FD}`, "r+");
    child.stdin.end();
    return { handle, environment: {}, filled, end };
  } catch (error) {
    end();
    throw error;
  }
}

async function copyDone(what: string, program: string, child: ChildProcess): Promise<void> {
  const reason = text(child.stderr as Readable);
  try {
    const [status, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    if (status !== 0) throw new TskataError("resource", `${what}: ${(await reason).trim() || String(signal)}`);
  } catch (error) {
    throw child.pid === undefined ? spawnFailed(program, error) : error;
  }
}
