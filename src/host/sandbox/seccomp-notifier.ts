import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { copyStream } from "../../common/copy-stream.js";
import { withDeadline } from "../../common/deadline.js";
import { TskataError } from "../../common/error.js";
import { containerProcessState } from "../../oci/container-process-state.js";
import type { State } from "../../oci/state.js";

/** The agent has ten seconds of the program's own for each step. */
const READY_TIMEOUT_MS = 30_000;
/** Of what the program says on standard error. */
const MAX_REASON_LENGTH = 2000;

/** The agent that a profile's notifications go to (config-linux.md, "Seccomp"). */
export interface SeccompAgent {
  /** Absolute, or an abstract name behind an `@`. */
  readonly listenerPath: string;
  /** Empty: none. */
  readonly listenerMetadata: string;
}

/** Our program that offers a listener to an agent, and where it may mount its files. */
export interface NotifierProgram {
  readonly path: string;
  /** An existing empty directory; what is mounted there is seen by the program and its children alone. */
  readonly mountPoint: string;
}

/** The way of one process's notifications to an agent, who has the descriptor already. */
export interface SeccompNotifier {
  /** Joins it with the guest's; the end of either is the other's. */
  join(guest: Duplex): void;
  /** Ends it: the agent's descriptor hangs up. */
  end(): void;
}

/**
 * Connects to an agent and gives it a listener's descriptor.
 *
 * @param process the process's monitor, and its container's state
 * @param log hears why the program ended, where that is no ordinary end
 * @throws TskataError `unavailable` where nobody listens, or the agent doesn't take it; `deadline`
 */
export async function startSeccompNotifier(
  program: NotifierProgram,
  { listenerPath, listenerMetadata }: SeccompAgent,
  process: { readonly pid: number; readonly state: State },
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<SeccompNotifier> {
  const child = spawn(program.path, [listenerPath, program.mountPoint], { stdio: ["pipe", "pipe", "pipe", "pipe"] });
  const stream = child.stdio[3] as Duplex;
  const { stdin, stdout, stderr } = child;
  // Its end shows in its status; a broken pipe says nothing more.
  for (const each of [stdin, stdout, stderr, stream]) each.on("error", () => undefined);
  let reason = "";
  stderr.setEncoding("utf8").on("data", (text: string) => {
    reason = (reason + text).slice(-MAX_REASON_LENGTH);
  });
  const ended = once(child, "close").then(
    ([status]: number[]) => (status === 0 ? "" : reason.trim() || `it ended with status ${status}`),
    (error: Error) => error.message,
  );
  stdin.end(JSON.stringify(containerProcessState(process.pid, listenerMetadata, process.state)));
  try {
    await withDeadline(
      "introduce the seccomp agent",
      READY_TIMEOUT_MS,
      async (deadline) => {
        const early = await Promise.race([once(stdout, "data", { signal: deadline }).then(() => undefined), ended]);
        if (early !== undefined)
          throw new TskataError("unavailable", early || "the seccomp agent closed the descriptor");
      },
      signal,
    );
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  void ended.then((failure) => {
    if (failure !== "") log(`seccomp notifications: ${failure}`);
  });
  return {
    join: (guest) => {
      void copyStream(stream, guest);
      void copyStream(guest, stream);
    },
    end: () => void stream.destroy(),
  };
}
