import { rm } from "node:fs/promises";
import { CleanupStack } from "../../src/common/cleanup-stack.js";
import { requireMemory } from "../common/memory.js";
import { findProgram } from "../common/find-program.js";
import { vmmUserOf } from "../common/vmm-user.js";
import type { Capability, DriverProbe, HostUser, Hypervisor, VirtualMachine, VmSpec } from "../hypervisor.js";
import type { AgentLink } from "./agent-link/agent-link.js";
import { chooseLink } from "./agent-link/choose-link.js";
import { binaryMissing, lacking } from "./errors.js";
import { CID_TAKEN, KvmtoolMachine, MOST_STARTS } from "./machine.js";
import { type KvmtoolOptions, type KvmtoolSettings, settingsOf } from "./options.js";
import { probeKvmtool } from "./probe.js";
import { type RunningVmm, startVmm } from "./running-vmm.js";
import { setUpVmm, type VmmSetup } from "./vmm-setup.js";

/** What the lkvms of a VM are started with. */
interface VmStart {
  readonly spec: VmSpec;
  readonly setup: VmmSetup;
  readonly link: AgentLink;
}

/** Network cards are there from the start, and plugged by moving their taps. */
const ALWAYS: readonly Capability[] = ["pause", "nine-p", "vsock", "serial", "hotplug-nic"];

/** Boots VMs in kvmtool (`lkvm`), which takes KVM. */
export class KvmtoolHypervisor implements Hypervisor {
  readonly name = "kvmtool";
  readonly capabilities: ReadonlySet<Capability>;
  /** What others make for lkvm is bound into its root by this process. */
  readonly vmmUser: HostUser | undefined = undefined;
  readonly #settings: KvmtoolSettings;
  /** Who runs lkvms that serve no files. */
  readonly #user: HostUser | undefined;
  readonly #openLink: (settings: KvmtoolSettings) => AgentLink;

  /**
   * @param openLink the way to agents; tests have another
   * @throws TskataError `not-found` where the configured user does not exist
   */
  constructor(options: KvmtoolOptions = {}, openLink: (settings: KvmtoolSettings) => AgentLink = chooseLink) {
    this.#openLink = openLink;
    this.#settings = settingsOf(options);
    this.capabilities = new Set([...ALWAYS, ...(this.#settings.balloon ? (["balloon"] as const) : [])]);
    this.#user = vmmUserOf(this.#settings.user);
  }

  require(capability: Capability, what: string): void {
    if (!this.capabilities.has(capability)) throw lacking(what, capability);
  }

  async templateInputs(): Promise<Readonly<Record<string, string>>> {
    throw lacking("VM templates", "template");
  }

  async probe(signal?: AbortSignal): Promise<DriverProbe> {
    return probeKvmtool(this.#settings, this.#user, signal);
  }

  async boot(spec: VmSpec, signal?: AbortSignal): Promise<VirtualMachine> {
    signal?.throwIfAborted();
    const { start = { kind: "kernel" } } = spec;
    if (start.kind !== "kernel") throw lacking("VM templates", "template");
    const { binary, debugLog } = this.#settings;
    const program = await findProgram(binary, binaryMissing);
    await requireMemory(spec.memoryBytes);
    const undo = new CleanupStack();
    try {
      const link = this.#openLink(this.#settings);
      undo.defer("close the agent's link", () => link.close());
      const setup = await setUpVmm({ spec, settings: this.#settings, binary: program, user: this.#user, link }, signal);
      undo.defer("remove lkvm's files", () => setup.remove());
      const spawnedMs = performance.now();
      const startOne = (): Promise<RunningVmm> => this.#startWithFreeCid({ spec, setup, link }, signal);
      const vmm = await startOne();
      const runningMs = performance.now();
      const bootMarks = { spawnedMs, controlReadyMs: runningMs, runningMs };
      const hasBalloon = this.#settings.balloon;
      return new KvmtoolMachine({ spec, link, setup, vmm, startAgain: startOne, bootMarks, hasBalloon, debugLog });
    } catch (error) {
      throw await undo.unwind(error);
    }
  }

  /** Starts one with another CID as long as somebody else takes it before lkvm does. */
  async #startWithFreeCid(start: VmStart, signal?: AbortSignal): Promise<RunningVmm> {
    const { link } = start;
    for (let starts = 1; ; starts += 1) {
      const cid = await link.chooseCid();
      try {
        return await this.#start(start, cid, signal);
      } catch (error) {
        signal?.throwIfAborted();
        if (starts === MOST_STARTS || !(await link.isTaken())) throw error;
        this.#settings.debugLog(CID_TAKEN);
      }
    }
  }

  /** Starts an lkvm up to where KVM, memory and kernel are there. */
  async #start({ spec, setup, link }: VmStart, cid: number | undefined, signal?: AbortSignal): Promise<RunningVmm> {
    const { debugLog, startTimeoutMs } = this.#settings;
    const { consoleLogPath } = spec;
    // An lkvm that dies leaves it.
    await rm(setup.socketPath, { force: true });
    const { socketPath, home } = setup;
    return startVmm(
      {
        ...{ command: setup.command(cid), home, socketPath, timeoutMs: startTimeoutMs },
        ...{ consoles: link.consoles, consoleLogPath, debugLog },
      },
      signal,
    );
  }
}
