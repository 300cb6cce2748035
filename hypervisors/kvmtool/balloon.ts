import { anonymousBytes } from "../../src/common/anonymous-memory.js";
import { withDeadline } from "../../src/common/deadline.js";
import { messageOf, TskataError } from "../../src/common/error.js";
import { pollUntil } from "../../src/common/poll-until.js";
import { Turns } from "../../src/common/turns.js";
import { memoryMib } from "../common/memory.js";
import { vmGone } from "../common/vm-errors.js";
import { fillBalloon } from "./control-socket.js";

const MIB = 1024 * 1024;
/** Kernel and agent go on with no less. */
const LEAST_MIB = 64;
/**
 * Memory of lkvm's own, beside the guest's. An idle one was seen to have 1.2 MiB; the rest is room for what its file server
 * has open, and for counters of the kernel's that are behind.
 */
const LKVM_OWN_MIB = 8;
/** Less than whoever resizes a VM waits. */
const GUEST_FOLLOWS_MS = 15_000;
/** Nothing tells when lkvm has given pages to the host. */
const LOOK_EVERY_MS = 20;

/** What a balloon belongs to. */
export interface BalloonParts {
  /** Of the lkvm. */
  readonly pid: number;
  /** Of its control socket. */
  readonly socketPath: string;
  /** What the VM was booted with. */
  readonly bootedBytes: number;
  readonly debugLog: (line: string) => void;
  /** How long the guest may take to give memory back, in milliseconds. Default 15,000. */
  readonly guestFollowsMs?: number;
}

/** Takes memory from the guest of an lkvm that runs, and gives it back. */
export class Balloon {
  readonly #parts: BalloonParts;
  readonly #turns = new Turns();
  readonly #bootedMib: number;
  /** How much of it the balloon is to hold. */
  #heldMib = 0;

  constructor(parts: BalloonParts) {
    this.#parts = parts;
    this.#bootedMib = memoryMib(parts.bootedBytes);
  }

  /** What the VM has been given. */
  get memoryBytes(): number {
    return this.#heldMib === 0 ? this.#parts.bootedBytes : (this.#bootedMib - this.#heldMib) * MIB;
  }

  /**
   * Leaves the guest so much memory. Settles when lkvm holds no more, or has taken the order to give back. An order that
   * the guest doesn't follow is taken back.
   *
   * @param what what is asked for, for errors
   * @throws TskataError `invalid-argument` below 64 MiB, `unsupported` above what the VM was booted with, which it has
   *   then, `deadline` where the guest doesn't follow within 15 s, `unavailable` where lkvm is gone, and the signal's reason
   */
  async setMemory(what: string, memoryBytes: number, signal?: AbortSignal): Promise<void> {
    const wantedMib = memoryMib(memoryBytes);
    if (wantedMib < LEAST_MIB) {
      throw new TskataError(
        "invalid-argument",
        `${what}: a guest goes on with ${LEAST_MIB} MiB at least; ask for more`,
      );
    }
    const mostMib = Math.min(wantedMib, this.#bootedMib);
    await this.#turns.take(() => this.#resize(what, mostMib, signal));
    if (wantedMib > mostMib) {
      throw new TskataError(
        "unsupported",
        `${what}: the VM was booted with ${this.#bootedMib} MiB, and its balloon gives it no more than those; ` +
          "create the container anew",
      );
    }
  }

  async #resize(what: string, wantedMib: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const moreMib = this.#bootedMib - wantedMib - this.#heldMib;
    if (moreMib === 0) return;
    await this.#fill(what, moreMib, signal);
    if (moreMib < 0) return;
    try {
      await this.#untilGivenBack(what, wantedMib, signal);
    } catch (error) {
      await this.#takeBack(what, moreMib);
      throw error;
    }
  }

  async #fill(what: string, moreMib: number, signal?: AbortSignal): Promise<void> {
    await fillBalloon(what, this.#parts.socketPath, moreMib, signal);
    this.#heldMib += moreMib;
  }

  async #untilGivenBack(what: string, wantedMib: number, signal: AbortSignal | undefined): Promise<void> {
    const { pid, guestFollowsMs = GUEST_FOLLOWS_MS } = this.#parts;
    const mostMib = wantedMib + LKVM_OWN_MIB;
    let hasMib = 0;
    // A guest's memory in lkvm is such memory.
    const isGivenBack = (): boolean => {
      const bytes = anonymousBytes(pid);
      if (bytes === undefined) throw vmGone(what);
      hasMib = Math.ceil(bytes / MIB);
      return hasMib <= mostMib;
    };
    try {
      await withDeadline(what, guestFollowsMs, (deadline) => pollUntil(isGivenBack, LOOK_EVERY_MS, deadline), signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof TskataError) || error.code !== "deadline") throw error;
      throw new TskataError(
        "deadline",
        `${what}: lkvm still has ${hasMib} MiB after ${guestFollowsMs} ms, and was to have ${mostMib} at most; ` +
          "have the container use less, and ask again",
        { cause: error },
      );
    }
  }

  /** What went wrong before is what is told. */
  async #takeBack(what: string, mib: number): Promise<void> {
    try {
      await this.#fill(what, -mib);
    } catch (error) {
      this.#parts.debugLog(`take the balloon's order back: ${messageOf(error)}`);
    }
  }
}
