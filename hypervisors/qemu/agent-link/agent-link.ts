import type { Duplex } from "node:stream";
import type { MachineType } from "../options.js";
import type { VmmProcess } from "../vmm-process.js";

/** Where the guest's init listens, for a host that comes to a clone. */
export const GUEST_PORT = 1024;

/** What a link is opened for. */
export interface LinkInput {
  /** Whether its guest goes on from a template. */
  readonly isClone: boolean;
  readonly debugLog: (line: string) => void;
  /** Path of the native part of vsock-ts; its package's own where undefined. */
  readonly vsockPart: string | undefined;
}

/** The way from one VM to its agent. */
export interface AgentLink {
  /** What the guest's init is told of it (`src/agent/launcher/init/port.h`). */
  readonly kernelParameter: string;
  /** A descriptor that QEMU inherits as VSOCK_FD; ours until `close`. */
  readonly vsockFd: number | undefined;
  /** Whether another process works in the guest's memory. */
  readonly sharesMemory: boolean;
  /** Processes that belong to it. */
  readonly pids: readonly number[];
  /** QEMU's arguments for its device. */
  deviceArguments(machine: MachineType): string[];
  /**
   * The channel, once, of a VM that runs.
   *
   * @throws as `VirtualMachine.openAgentChannel`
   */
  open(process: VmmProcess, signal?: AbortSignal): Promise<Duplex>;
  /** Lets go of what is held for it, but not of the channel. Never rejects; safe to call twice. */
  close(): Promise<void>;
}
