import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { TskataError } from "../../common/error.js";
import type { RunDirectory } from "../state/run-directory.js";
import type { Installation } from "./installation.js";

const DISMISS_TIMEOUT_MS = 2000;
const ANSWER_GRACE_MS = 2000;

/** How a monitor gets its standard streams. */
export type MonitorStdio =
  /** The caller's descriptors 0, 1 and 2. */
  | { readonly kind: "pipes" }
  /** The caller's terminal, set raw while the process runs. */
  | { readonly kind: "inherit-terminal" }
  /** A new terminal, whose master goes to whoever listens on the socket. */
  | { readonly kind: "console"; readonly socketPath: string };

/** A started monitor: its pid goes into `--pid-file`. */
export interface Monitor {
  readonly pid: number;
  /** Settles with its exit status, the process' own. */
  readonly exited: Promise<number>;
  /**
   * Waits for work that needs the monitor; fails as soon as the monitor ends
   * before, which has then said why on standard error.
   */
  during<T>(work: Promise<T>): Promise<T>;
  /** Sends it a signal, which it forwards. */
  signal(name: NodeJS.Signals): void;
  /** Lets this command end before the monitor does. */
  detach(): void;
  /** Waits for its end after its process could not be made; kills one that stays. */
  dismiss(): Promise<void>;
}

/**
 * Starts the monitor of one process as a child of the calling command, so that
 * the caller's subreaper inherits it.
 *
 * @param token what its connections carry
 * @param foreground the command stays and forwards its own signals
 * @param pidfdSocket unix socket that gets a descriptor of the monitor (pidfd_open(2))
 */
export async function startMonitor(
  installation: Installation,
  directory: RunDirectory,
  token: string,
  stdio: MonitorStdio,
  foreground: boolean,
  pidfdSocket?: string,
): Promise<Monitor> {
  const args = ["--socket", directory.stdioSocket, "--process", token, "--stdio", stdio.kind];
  if (stdio.kind === "console") args.push("--console-socket", stdio.socketPath);
  if (foreground) args.push("--foreground");
  if (pidfdSocket !== undefined) args.push("--pidfd-socket", resolve(pidfdSocket));
  // In the foreground the monitor must stay in the terminal's process group to read from it.
  const child = spawn(installation.monitor, args, { stdio: "inherit", cwd: "/", detached: !foreground });
  const { pid } = child;
  if (pid === undefined) {
    const [cause] = (await once(child, "error")) as [Error];
    throw new TskataError("internal", `start the monitor ${installation.monitor}: ${cause.message}`, { cause });
  }
  const exited = exitStatus(child);
  return {
    pid,
    exited,
    during: (work) => whileAlive(work, exited),
    signal: (name) => void child.kill(name),
    detach: () => child.unref(),
    dismiss: async () => {
      // It leaves by itself when the supervisor turns it away, and only so gives a terminal back as it was.
      const timer = setTimeout(() => child.kill("SIGKILL"), DISMISS_TIMEOUT_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}

async function whileAlive<T>(work: Promise<T>, exited: Promise<number>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const died = exited.then(
    (status) =>
      new Promise<never>((_resolve, reject) => {
        // A short process may have come and gone before the answer was read.
        timer = setTimeout(() => reject(endedEarly(status)), ANSWER_GRACE_MS);
      }),
  );
  try {
    return await Promise.race([work, died]);
  } finally {
    clearTimeout(timer);
  }
}

function endedEarly(status: number): TskataError {
  return new TskataError("unavailable", `the monitor ended with status ${status} before its process was made`);
}

async function exitStatus(child: ChildProcess): Promise<number> {
  const [code] = (await once(child, "exit")) as [number | null];
  // Killed: somebody took SIGKILL to it, which ends the process in the guest too.
  return code ?? 128 + 9;
}
