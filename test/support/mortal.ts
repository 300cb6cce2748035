import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Test } from "tap";
import { type ProcessIdentity, identifyProcess } from "../../src/host/state/process-identity.js";

const PROGRAM = `
import os, sys
child = os.fork()
if child == 0:
    sys.stdin.readline()
    os._exit(0)
print(child, flush=True)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
print("ended", flush=True)
sys.stdin.readline()
os.waitpid(child, 0)
print("reaped", flush=True)
sys.stdin.readline()
`;

/** A process of the test's that lives, is a zombie then, and is reaped when the test wants that. */
export interface Mortal extends ProcessIdentity {
  /** Has it end; its parent doesn't reap it. */
  end(): Promise<void>;
  /** Has its parent reap it. */
  reap(): Promise<void>;
}

/** Starts one, which is gone at the test's end. */
export async function startMortal(t: Test): Promise<Mortal> {
  const parent = spawn("python3", ["-I", "-u", "-c", PROGRAM], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(parent, "exit");
  t.teardown(async () => {
    parent.stdin.end();
    await ended;
  });
  const lines = createInterface(parent.stdout)[Symbol.asyncIterator]();
  const hear = async (): Promise<string> => String((await lines.next()).value);
  const identity = identifyProcess(Number(await hear()));
  if (identity === undefined) throw new Error("the process isn't there");
  const goOn = async (): Promise<void> => {
    parent.stdin.write("\n");
    await hear();
  };
  return { ...identity, end: goOn, reap: goOn };
}
