import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { ReportProgress } from "../../common/artifacts/progress.js";
import { CleanupStack } from "../../common/cleanup-stack.js";
import { withDeadline } from "../../common/deadline.js";
import { messageOf, TskataError } from "../../common/error.js";
import { nestedAccelerator } from "./accelerator.js";
import { freePort } from "./free-port.js";
import { packInitramfs } from "./initramfs.js";
import type { NestedKind } from "./kinds.js";
import { ensureLabRoot } from "./lab-root.js";
import { nestedArguments } from "./qemu-command.js";
import { type KeyPair, keyPair } from "../ssh/key-pair.js";
import { READY_LINE, SESSION_FOLDER } from "./scripts.js";

/** A machine of our own that stands for a host. */
export interface NestedMachine {
  /** Of this machine's loopback: its sshd. */
  readonly port: number;
  /** A private key that it lets in as root, in OpenSSH's format. */
  readonly identity: string;
  /** Its only host key as a line of known_hosts without the host. */
  readonly hostKey: string;
  /** Settles when it is gone, with the last lines of its console. */
  readonly ended: Promise<string>;
  /** Ends it at once, and removes its files. Safe to call twice. */
  stop(): Promise<void>;
}

/** How a nested machine is wanted. */
export interface NestedOptions {
  /** MiB; 6144 by default, of which Xen's dom0 has 3072. */
  readonly memoryMib?: number;
  /** Path of the QEMU that runs it; `qemu-system-x86_64` by default. */
  readonly qemu?: string;
}

const MEMORY_MIB = 6144;
/** Translated, and beside other work: a quiet machine takes 6 to 12 s. */
const READY_TIMEOUT_MS = 180_000;
const QUOTED_LINES = 20;

/**
 * Makes a machine that has KVM with nesting, or Xen, out of Debian's packages and this machine's own root, and starts
 * it. It ends with this process, however that ends.
 *
 * @throws TskataError `not-found` where packages or QEMU can't be had, `unavailable` where it ends early, `deadline`
 *   where it isn't ready in time
 */
export async function startNestedMachine(
  kind: NestedKind,
  { memoryMib = MEMORY_MIB, qemu = "qemu-system-x86_64" }: NestedOptions,
  report: ReportProgress,
  signal?: AbortSignal,
): Promise<NestedMachine> {
  const root = await ensureLabRoot(report, signal);
  const undo = new CleanupStack();
  try {
    const directory = await mkdtemp(join(tmpdir(), "tskata-nested-"));
    undo.defer("remove the nested machine's files", () => rm(directory, { recursive: true, force: true }));
    const keys = { login: keyPair(), host: keyPair() };
    const initrd = await initrdWithKeys(directory, root.initrd, keys, signal);
    const port = await freePort();
    const accelerator = nestedAccelerator();
    report({ stage: `start the nested ${kind} machine (${accelerator})`, fraction: 0 });
    const args = nestedArguments({ kind, root, initrd, port, accelerator, memoryMib });
    const child = startQemu(qemu, args);
    const console = followConsole(child);
    const { ended } = console;
    undo.defer("end the nested machine", async () => {
      child.kill("SIGKILL");
      await ended;
    });
    const what = `the nested ${kind} machine`;
    await withDeadline(what, READY_TIMEOUT_MS, () => readyOrEnded(what, console), signal).catch((error: unknown) => {
      throw slowStart(error, console);
    });
    report({ stage: `start the nested ${kind} machine (${accelerator})`, fraction: 1 });
    let stopping: Promise<unknown> | undefined;
    return {
      ...{ port, identity: keys.login.private, hostKey: keys.host.public, ended },
      stop: async () => {
        stopping ??= undo.run();
        await stopping;
      },
    };
  } catch (error) {
    throw await undo.unwind(error);
  }
}

/** The kernel takes several archives, one after the other. */
async function initrdWithKeys(
  directory: string,
  base: string,
  { login, host }: Record<"login" | "host", KeyPair>,
  signal?: AbortSignal,
): Promise<string> {
  const tree = join(directory, "ram-disk");
  const session = join(tree, SESSION_FOLDER);
  await mkdir(session, { recursive: true });
  await writeFile(join(session, "authorized_keys"), `${login.public}\n`, { mode: 0o600 });
  await writeFile(join(session, "host_key"), host.private, { mode: 0o600 });
  const keys = join(directory, "keys");
  await packInitramfs(tree, keys, signal);
  const initrd = join(directory, "initrd");
  await writeFile(initrd, await readFile(base), { mode: 0o600 });
  await appendFile(initrd, await readFile(keys));
  return initrd;
}

type Qemu = ChildProcessByStdio<null, Readable, Readable>;

/** In a session of its own, so that Ctrl-C on the terminal reaches it by way of us alone; dies with us. */
function startQemu(qemu: string, args: readonly string[]): Qemu {
  return spawn("setpriv", ["--pdeathsig", "KILL", "--", qemu, ...args], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** What the machine says on its console, and QEMU beside it. */
interface Console {
  /** Settles with the line that says so. */
  readonly ready: Promise<void>;
  /** Settles when QEMU is gone, with the last lines. */
  readonly ended: Promise<string>;
  /** The last lines so far. */
  readonly tail: readonly string[];
}

function followConsole(child: Qemu): Console {
  const tail: string[] = [];
  let sayReady: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => (sayReady = resolve));
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on("line", (line) => {
      tail.push(line);
      if (tail.length > QUOTED_LINES) tail.shift();
      if (line.includes(READY_LINE)) sayReady();
    });
  }
  const closed = once(child, "close").catch((error: unknown) => tail.push(messageOf(error)));
  return { ready, ended: closed.then(() => tail.join("\n")), tail };
}

/** What was said until the deadline is part of its error. */
function slowStart(error: unknown, { tail }: Console): unknown {
  if (!(error instanceof TskataError) || error.code !== "deadline") return error;
  return new TskataError("deadline", `${error.message}; its last words:\n${tail.join("\n")}`, { cause: error });
}

async function readyOrEnded(what: string, { ready, ended }: Console): Promise<void> {
  const lastWords = await Promise.race([ready, ended]);
  if (lastWords === undefined) return;
  throw new TskataError("unavailable", `${what} ended before it was ready; its last words:\n${lastWords}`);
}
