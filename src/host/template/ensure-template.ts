import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { TskataError } from "../../common/error.js";
import { withDeadline } from "../../common/deadline.js";
import type { TemplateIdentity } from "./template-key.js";
import type { TemplateStore } from "./template-store.js";
import { isHeld, type Template } from "./template.js";

/** Runs a program with the lock unless somebody else has meanwhile, well or not; all keep the pid (flock(1)). */
const UNLESS_THERE = '[ -e "$1" ] || [ -e "$2" ] || { shift 2; exec "$@"; }';

const MOUNTS_FD = 3;

/** Who makes a template. */
export interface TemplateMaker {
  /** Path of our program, which Node runs. */
  readonly program: string;
  /** What it reads from its standard input. */
  readonly order: string;
  /** Descriptor of the mount namespace that it works in; this process's own where absent. What it leaves runs on there. */
  readonly mounts?: number;
  /** How long it may take, and those who are at it before it, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * The template, which is made where it isn't there. Whoever comes meanwhile
 * waits for it: two hundred first uses make one.
 *
 * @throws TskataError `unavailable` where it can't be made, or couldn't a while ago
 */
export async function ensureTemplate(
  store: TemplateStore,
  identity: TemplateIdentity,
  maker: TemplateMaker,
  signal?: AbortSignal,
): Promise<Template> {
  const { key } = identity;
  const existing = store.find(identity);
  if (existing !== undefined && isHeld(existing)) return existing;
  if (existing !== undefined) store.remove(key);
  refuseAfterFailure(store, key);
  store.prepare();
  store.forgetFailure(key);
  await runMaker(store, key, maker, signal);
  const made = store.find(identity);
  if (made !== undefined) return made;
  refuseAfterFailure(store, key);
  throw new TskataError("unavailable", `make the template ${key}: what it is made from changed meanwhile`);
}

function refuseAfterFailure(store: TemplateStore, key: string): void {
  const failure = store.recentFailure(key);
  if (failure === undefined) return;
  throw new TskataError("unavailable", `make the template ${key}: it failed at ${failure.at}: ${failure.reason}`);
}

async function runMaker(
  store: TemplateStore,
  key: string,
  { program, order, mounts, timeoutMs }: TemplateMaker,
  signal: AbortSignal | undefined,
): Promise<void> {
  const what = `make the template ${key}`;
  const make = [
    "flock",
    "--no-fork",
    "--exclusive",
    store.lockPath,
    "sh",
    "-c",
    UNLESS_THERE,
    "sh",
    store.recordPath(key),
    store.failurePath(key),
    process.execPath,
    program,
  ];
  const enter = mounts === undefined ? [] : ["nsenter", `--mount=/proc/self/fd/${MOUNTS_FD}`];
  const [command = "", ...args] = [...enter, ...make];
  const stdio = ["pipe", "ignore", "pipe", mounts ?? "ignore"] as const;
  const child = spawn(command, args, { stdio: [...stdio], cwd: "/" }) as ChildProcessByStdio<Writable, null, Readable>;
  // Who finds it there reads no order.
  child.stdin.on("error", () => undefined).end(order);
  const complaint = text(child.stderr);
  try {
    await withDeadline(
      what,
      timeoutMs,
      async (deadline) => {
        const [status, by] = (await once(child, "exit", { signal: deadline })) as [number | null, string | null];
        if (status === 0) return;
        refuseAfterFailure(store, key);
        const how = by ?? `status ${status}`;
        throw new TskataError("unavailable", `${what}: its maker ended with ${how}: ${(await complaint).trim()}`);
      },
      signal,
    );
  } finally {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
  }
}
