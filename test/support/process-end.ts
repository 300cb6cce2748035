import { spawn } from "node:child_process";
import { once } from "node:events";
import { withDeadline } from "../../src/common/deadline.js";

const DEADLINE_MS = 30_000;
const PROGRAM = `
import os, select, sys
try:
    pidfd = os.pidfd_open(int(sys.argv[1]))
except ProcessLookupError:
    sys.exit(0)
poll = select.poll()
poll.register(pidfd, select.POLLIN)
poll.poll()
`;

/** Waits until a process that is no child of ours has ended (pidfd_open(2)). */
export async function processEnd(pid: number): Promise<void> {
  const waiter = spawn("python3", ["-c", PROGRAM, String(pid)], { stdio: ["ignore", "inherit", "inherit"] });
  try {
    await withDeadline(`the end of process ${pid}`, DEADLINE_MS, async () => {
      const [status] = (await once(waiter, "exit")) as [number | null];
      if (status !== 0) throw new Error(`waiting for process ${pid}: python3 ended with status ${String(status)}`);
    });
  } finally {
    waiter.kill("SIGKILL");
  }
}
