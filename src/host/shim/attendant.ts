import { constants } from "node:os";
import { createInterface } from "node:readline";
import { duplexPair } from "node:stream";
import { withDeadline } from "../../common/deadline.js";
import { type Attendance, type Monitor, type MonitorOptions, startMonitor } from "../runtime/start-monitor.js";
import type { StdioServer } from "../sandbox/stdio-server.js";
import { LOST_EXIT_STATUS } from "../state/effective-status.js";
import type { ContainerPids, PidLease } from "./container-pids.js";
import type { ProcessIo } from "./io/process-io.js";

/** Longest time that the end of a process waits for who reads its output. */
const READER_MS = 2000;

/**
 * Stands for one process of the guest, as a monitor does elsewhere. A container that is to have a new network namespace
 * on the host has a monitor beside it, which holds that, and is the pid that engines find the namespace by.
 */
export class Attendant {
  readonly #io: ProcessIo;
  readonly #terminal: boolean;
  readonly #stdio: () => StdioServer;
  readonly #pids: ContainerPids | undefined;
  #token = "";
  #lease: PidLease | undefined;
  #monitor: Monitor | undefined;
  #send: (line: string) => void = () => undefined;

  /**
   * @param stdio where streams are offered, once it is asked to attend
   * @param pids where a container's first process gets its pid from; that of others is this process' own
   */
  constructor(io: ProcessIo, terminal: boolean, stdio: () => StdioServer, pids?: ContainerPids) {
    this.#io = io;
    this.#terminal = terminal;
    this.#stdio = stdio;
    this.#pids = pids;
  }

  /** For the operation that makes the process. */
  get attendance(): Attendance {
    return { kind: "attendance", terminal: this.#terminal, attend: (options) => this.#attend(options) };
  }

  /** What the process is called between host and guest: its exec id, where it isn't a container's first. */
  get token(): string {
    return this.#token;
  }

  /** What stands for it on this host; 0 before there is anything. */
  get pid(): number {
    return this.#monitor?.pid ?? 0;
  }

  /** Settles with the exit status, when the output is through or nobody reads it. */
  async exited(): Promise<number> {
    const status = await (this.#monitor?.exited ?? LOST_EXIT_STATUS);
    await withDeadline("wait for readers", READER_MS, () => this.#io.drained).catch(() => undefined);
    return status;
  }

  /** @param signal number, see signal(7) */
  signal(signal: number): void {
    this.#send(`signal ${signal}\n`);
  }

  /** Nothing more comes on standard input. */
  closeInput(): void {
    this.#io.closeInput();
  }

  /** There will be no process, or it has ended and nobody reads what it said. */
  release(): void {
    this.#lease?.release();
    this.#io.destroy();
  }

  async #attend(options: MonitorOptions): Promise<Monitor> {
    this.#token = options.token;
    const server = this.#stdio();
    for (const [kind, stream] of this.#io.streams) server.offer(options.token, kind, stream);
    const holdsNetwork = options.namespaces?.newTypes.includes("network") === true;
    this.#monitor = holdsNetwork
      ? await startMonitor({ ...options, stdio: { kind: "none" } })
      : this.#beMonitor(server);
    // The end of this process' work is not that of its streams.
    return { ...this.#monitor, detach: async () => undefined };
  }

  /** Does what a monitor does beside its streams. */
  #beMonitor(server: StdioServer): Monitor {
    this.#lease = this.#pids?.take();
    const [ours, theirs] = duplexPair();
    server.offer(this.#token, "control", theirs);
    this.#send = (line) => {
      if (ours.writable) ours.write(line);
    };
    const exited = new Promise<number>((resolve) => {
      createInterface({ input: ours, crlfDelay: 0 }).on("line", (line) => {
        const [word, status] = line.split(" ");
        if (word === "exit") resolve(Number(status));
        if (word === "failed") resolve(LOST_EXIT_STATUS);
      });
      // The supervisor's end of it breaks off with the VM.
      for (const side of [ours, theirs]) side.once("close", () => resolve(LOST_EXIT_STATUS));
    });
    void exited.then(() => ours.end());
    return {
      pid: this.#lease?.pid ?? process.pid,
      refused: "",
      exited,
      during: (work) => work,
      signal: (name) => this.signal(constants.signals[name]),
      detach: async () => undefined,
      dismiss: async () => {
        ours.end();
      },
    };
  }
}
