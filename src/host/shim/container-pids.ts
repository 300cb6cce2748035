import { readdirSync } from "node:fs";

/** A pid that stands for a container. */
export interface PidLease {
  readonly pid: number;
  /** Another container may have it. */
  release(): void;
}

/**
 * Pids that stand for the containers of a pod, whose processes are all in the guest: this process' own for the first of
 * them, and for each further one the id of one of its threads. Such an id is no process, but /proc shows it as one and a
 * signal to it is to this process (proc(5), kill(2)), so that a path to a namespace tells whose is meant. V8's and libuv's
 * threads last as long as the process. Where none is left this process' own stands for one more.
 */
export class ContainerPids {
  readonly #taken = new Set<number>();

  /** Takes one for a container. */
  take(): PidLease {
    const pid = [process.pid, ...ownThreads()].find((each) => !this.#taken.has(each));
    if (pid === undefined) return { pid: process.pid, release: () => undefined };
    this.#taken.add(pid);
    return { pid, release: () => void this.#taken.delete(pid) };
  }
}

function ownThreads(): number[] {
  return readdirSync("/proc/self/task").map(Number);
}
