import { constants } from "node:os";
import type { Duplex } from "node:stream";
import type { AgentClient } from "../../protocol/agent-client.js";
import { STREAM_PORT } from "../../protocol/ports.js";
import { StreamHeader_Kind } from "../../protocol/gen/agent_pb.js";
import { type PreservedFdStream, preservedFdNumber } from "../../protocol/preserved-fds.js";
import { openStream } from "../../protocol/stream-header.js";
import { messageOf, TskataError } from "../../common/error.js";
import { withDeadline } from "../../common/deadline.js";
import { Turns } from "../../common/turns.js";
import type { LinuxResources } from "../../oci/linux-resources.js";
import type { State } from "../../oci/state.js";
import type { ContainerRecord, RecordedStatus } from "../state/container-record.js";
import { LOST_EXIT_STATUS } from "../state/effective-status.js";
import type { StateStore } from "../state/state-store.js";
import type { SandboxContainer } from "./container.js";
import { dismissMonitors } from "./dismiss-monitors.js";
import type { GuestNetwork } from "./guest-network.js";
import type { HostCgroup } from "./host-cgroup.js";
import { MonitorControl, type MonitorMessage } from "./monitor-control.js";
import { resizeTerminal } from "./operations/resize-terminal.js";
import type { OpenGuestStream } from "./process-streams.js";
import {
  type NotifierProgram,
  type SeccompAgent,
  type SeccompNotifier,
  startSeccompNotifier,
} from "./seccomp-notifier.js";
import type { StdioServer } from "./stdio-server.js";
import type { AnsweringVm } from "./vm/answering-vm.js";
import type { VmSizing } from "./vm-size.js";

const STREAM_KINDS = {
  stdin: StreamHeader_Kind.STDIN,
  stdout: StreamHeader_Kind.STDOUT,
  stderr: StreamHeader_Kind.STDERR,
  terminal: StreamHeader_Kind.TERMINAL,
} as const;

/** Longest time that a change of the network may take. */
const NETWORK_TIMEOUT_MS = 30_000;

type ProcessStream = Parameters<OpenGuestStream>[0];

/** What a stream's header says of it, besides the process. */
function streamOf(kind: ProcessStream): { kind: StreamHeader_Kind; fd?: number } {
  const fd = preservedFdNumber(kind);
  if (fd !== undefined) return { kind: StreamHeader_Kind.PRESERVED_FD, fd };
  return { kind: STREAM_KINDS[kind as Exclude<ProcessStream, PreservedFdStream>] };
}

/** What a sandbox is made of. */
export interface SandboxOptions {
  readonly vm: AnsweringVm;
  readonly stdio: StdioServer;
  readonly store: StateStore;
  /** How the VM follows its containers' limits. */
  readonly sizing: VmSizing;
  /** Longest time that the agent may take for one operation, in milliseconds. */
  readonly agentTimeoutMs: number;
  /** Whether the guest serves a debug console. */
  readonly consoleAllowed: boolean;
  readonly notifierProgram: NotifierProgram;
  readonly hostCgroup: HostCgroup;
  /** The supervisor's log. */
  readonly log: (line: string) => void;
}

/** A container that is to come. */
export interface Joining {
  /** All its limits. */
  readonly resources: LinuxResources;
  /** Settles when it is made or given up. */
  readonly over: Promise<void>;
}

/** What a monitor stands for. */
export type MonitorTarget =
  /** A process of a container; the exec id is empty for its init process. */
  | { readonly kind: "process"; readonly containerId: string; readonly execId: string }
  /** The guest's debug console, which takes no signals. */
  | { readonly kind: "console" };

/** One VM and its containers, as the operations see them. */
export class Sandbox {
  readonly vm: AnsweringVm;
  readonly stdio: StdioServer;
  readonly sizing: VmSizing;
  readonly containers = new Map<string, SandboxContainer>();
  /** Changes of limits, which the VM's size follows, don't overlap. */
  readonly updates = new Turns();
  /** Containers that are to come into the running VM, by id, until they are made or given up. */
  readonly joining = new Map<string, Joining>();
  /** Settles when nothing is left to do: the last container stopped and its output is through, or the VM is lost. */
  readonly finished: Promise<void>;
  readonly log: (line: string) => void;
  readonly consoleAllowed: boolean;
  /** Of the first container's network namespace, once that is known to be another than the host's. */
  network: GuestNetwork | undefined;
  #keptDevices: readonly string[] | undefined;
  #networkNews: Promise<void> | undefined;
  readonly hostCgroup: HostCgroup;
  readonly #notifierProgram: NotifierProgram;
  readonly #store: StateStore;
  readonly #agentTimeoutMs: number;
  readonly #finish: () => void;
  readonly #unfinished = new Set<Promise<unknown>>();

  constructor(options: SandboxOptions) {
    this.vm = options.vm;
    this.stdio = options.stdio;
    this.sizing = options.sizing;
    this.log = options.log;
    this.consoleAllowed = options.consoleAllowed;
    this.hostCgroup = options.hostCgroup;
    this.#notifierProgram = options.notifierProgram;
    this.#store = options.store;
    this.#agentTimeoutMs = options.agentTimeoutMs;
    let finish: () => void = () => undefined;
    this.finished = new Promise((resolve) => {
      finish = resolve;
    });
    this.#finish = finish;
    void this.vm.lost.then((reason) => this.fail(reason));
  }

  /**
   * The container of that id.
   *
   * @throws TskataError `not-found`
   */
  container(id: string): SandboxContainer {
    const container = this.containers.get(id);
    if (container === undefined) throw new TskataError("not-found", `container ${id}: not in this sandbox`);
    return container;
  }

  /**
   * Calls the agent. One that doesn't answer in time is beyond help: the VM is
   * ended and its containers are stopped with a failure.
   *
   * @param what the operation, for the error's text
   */
  async callAgent<T>(
    what: string,
    call: (agent: AgentClient, options: { signal: AbortSignal }) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    try {
      return await withDeadline(
        what,
        this.#agentTimeoutMs,
        (deadline) => call(this.vm.agent, { signal: deadline }),
        signal,
      );
    } catch (error) {
      if (error instanceof TskataError && error.code === "deadline") {
        this.fail(`the guest's agent did not answer in time: ${error.message}`);
      }
      throw error;
    }
  }

  /** Opens streams of one process in the guest. */
  guestStreams(containerId: string, execId: string): OpenGuestStream {
    const process = { containerId, execId };
    return (kind) => this.#openStream({ process, ...streamOf(kind) });
  }

  /**
   * Gives a container's seccomp agent, where it has one, the listener of a
   * process that is to be executed.
   *
   * @param process its monitor's pid, and the container's state for the agent
   */
  async notifySeccompAgent(
    agent: SeccompAgent | undefined,
    process: { readonly pid: number; readonly state: State },
    signal: AbortSignal,
  ): Promise<SeccompNotifier | undefined> {
    if (agent === undefined) return undefined;
    return startSeccompNotifier(this.#notifierProgram, agent, process, this.log, signal);
  }

  /** Joins what an agent has with the filter of a process that is there. */
  joinNotifier(notifier: SeccompNotifier, process: { readonly containerId: string; readonly execId: string }): void {
    notifier.join(this.#openStream({ process, kind: StreamHeader_Kind.SECCOMP }));
  }

  /** Opens what carries the guest's questions to a name server. */
  nameStream(): Duplex {
    return this.#openStream({ kind: StreamHeader_Kind.NAMES });
  }

  /** Opens the guest's debug console. */
  consoleStream(): OpenGuestStream {
    return () => this.#openStream({ kind: StreamHeader_Kind.CONSOLE });
  }

  /** Takes over a process' monitor: its messages reach the guest, and its death is the process' death. */
  async adoptMonitor(token: string, target: MonitorTarget, signal?: AbortSignal): Promise<MonitorControl> {
    const socket = await this.stdio.claim(token, "control", signal);
    const control = new MonitorControl(socket, (message) => this.#relay(message, target));
    void control.gone.then((early) => {
      if (early) this.#relay({ kind: "signal", signal: constants.signals.SIGKILL }, target);
    });
    return control;
  }

  /** Stores what changed of a container. */
  record(container: SandboxContainer, change: Partial<ContainerRecord> & { readonly status: RecordedStatus }): void {
    const { netDevices } = container.record;
    const kept = netDevices && this.#keptDevices && { netDevices: { ...netDevices, names: this.#keptDevices } };
    container.record = { ...container.record, ...change, ...kept };
    try {
      this.#store.write(container.record);
    } catch (error) {
      // The VM goes on: what is true of the container doesn't depend on the file.
      this.log(`store the state of ${container.id}: ${messageOf(error)}`);
    }
  }

  /** Notes which devices the VM is joined with, for whoever finds it lost: in a namespace that outlasts it they stay. */
  keepDevices(names: readonly string[]): void {
    this.#keptDevices = names;
    for (const container of this.containers.values()) {
      if (container.record.netDevices !== undefined) this.record(container, { status: container.record.status });
    }
  }

  /**
   * The container's init process ended. The record is written before the
   * monitor leaves: who waits for the monitor may ask for the state at once.
   *
   * @returns settles when its monitors were told
   */
  async containerStopped(container: SandboxContainer, exitStatus: number, failure?: string): Promise<void> {
    const { live } = container;
    if (live.kind === "stopped") return live.told;
    const drained = live.kind === "creating" ? Promise.resolve() : live.drained;
    this.record(container, { status: "stopped", exitStatus, ...(failure === undefined ? {} : { failure }) });
    const told =
      live.kind === "creating"
        ? Promise.resolve()
        : this.finishing(dismissMonitors(container, live.monitor, exitStatus));
    container.live = { kind: "stopped", exitStatus, drained, told };
    if (live.kind === "paused") live.pause.end();
    if (this.#isIdle()) void drained.then(() => this.#finishWhenDone());
    await told;
  }

  /**
   * The container ends with its VM, and the guest says nothing of it any more.
   *
   * @returns as `containerStopped`
   */
  async containerLost(container: SandboxContainer, exitStatus: number, failure?: string): Promise<void> {
    for (const { monitor, breakOff } of container.executed.values()) {
      monitor.exit(exitStatus);
      breakOff();
    }
    await this.containerStopped(container, exitStatus, failure);
  }

  /** Work that the end of the last container doesn't cut off. */
  async finishing<T>(work: Promise<T>): Promise<T> {
    this.#unfinished.add(work);
    try {
      return await work;
    } finally {
      this.#unfinished.delete(work);
    }
  }

  /** Drops a container that is gone from the guest, or never got there. */
  forget(container: SandboxContainer): void {
    this.containers.delete(container.id);
    if (this.#isIdle()) this.#finishWhenDone();
  }

  /** The VM is lost: every container is stopped with a failure. */
  fail(reason: string): void {
    const told: Promise<void>[] = [];
    for (const container of this.containers.values()) {
      if (container.live.kind !== "stopped") this.log(`container ${container.id}: ${reason}`);
      told.push(this.containerLost(container, LOST_EXIT_STATUS, reason));
    }
    void Promise.all(told).then(() => this.#finish());
  }

  /** Ends the sandbox now, output that nobody reads included. */
  finish(): void {
    this.#finish();
  }

  /** Settles when work that goes on beyond the end of the last container is done. */
  async workDone(): Promise<void> {
    await Promise.allSettled(this.#unfinished);
  }

  #finishWhenDone(): void {
    void this.workDone().then(() => this.#finish());
  }

  #isIdle(): boolean {
    return [...this.containers.values()].every((each) => each.live.kind === "stopped");
  }

  /** One look sees all that has changed up to then. */
  async #hearOfNetwork(): Promise<void> {
    this.#networkNews ??= withDeadline("follow the network", NETWORK_TIMEOUT_MS, async (signal) => {
      // What comes from here on is news again.
      await Promise.resolve();
      this.#networkNews = undefined;
      await this.network?.follow(signal);
    });
    await this.#networkNews;
  }

  #relay(message: MonitorMessage, target: MonitorTarget): void {
    if (target.kind === "console") return;
    const { containerId, execId } = target;
    this.#relayToProcess(message, { containerId, execId }).catch((error: unknown) =>
      this.log(`container ${containerId}: ${messageOf(error)}`),
    );
  }

  async #relayToProcess(message: MonitorMessage, process: { containerId: string; execId: string }): Promise<void> {
    switch (message.kind) {
      case "signal": {
        const request = { process, signal: message.signal, all: false };
        await this.callAgent("forward a signal", (agent, options) => agent.signalProcess(request, options));
        break;
      }
      case "network":
        await this.#hearOfNetwork();
        break;
      case "winsize":
        await resizeTerminal(this, { ...process, columns: message.columns, rows: message.rows });
        break;
      case "complaint":
        this.log(
          `container ${process.containerId}: show its files in its monitor's mount namespace: ${message.reason}`,
        );
        break;
    }
  }

  #openStream(header: Parameters<typeof openStream>[1]): Duplex {
    return openStream(this.vm.dialer.open(STREAM_PORT), header);
  }
}
