import { statSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { messageOf } from "../../src/common/error.js";
import type { HostUser } from "../hypervisor.js";
import { tryAccelerator, type AcceleratorTrial } from "./accelerator-trial.js";
import { chooseConfinement } from "./confinement.js";
import { loadTrials, saveTrials, type Trials } from "./facts-file.js";
import { hostCpu } from "./host-cpu.js";
import type { Accelerator } from "./options.js";

/** A working KVM answers within 0.3 s, nested in a machine that is translated within 5 s; a broken one may never. */
const KVM_TIMEOUT_MS = 10_000;
/** TCG is slow on a busy machine, but it works. */
const TCG_TIMEOUT_MS = 15_000;
/** How often a busy host's clock is measured. */
const MOST_TRIES = 4;

/** What the facts are about. */
export interface HostFactsInput {
  /** Absolute path of QEMU. */
  readonly binary: string;
  readonly user: HostUser | undefined;
  /** Where results are kept until the next boot of the host; undefined for in memory only. */
  readonly directory: string | undefined;
  readonly debugLog: (line: string) => void;
  /** Carries out one trial. Default: for real. */
  readonly attempt?: typeof tryAccelerator;
  /** Default: the file of this host. */
  readonly cpuinfoPath?: string;
  /** Default: the device of this host. */
  readonly kvmPath?: string;
}

/**
 * Which accelerators work here, each tried once a boot of the host: a trial
 * takes a quarter of a second.
 */
export class HostFacts {
  readonly #input: HostFactsInput;
  #trials: Trials | undefined;

  constructor(input: HostFactsInput) {
    this.#input = input;
  }

  /** Tries the accelerator, or recalls how a trial went. */
  async trial(accelerator: Accelerator, signal?: AbortSignal): Promise<AcceleratorTrial> {
    this.#trials ??= await this.#load();
    const known = this.#trials[accelerator];
    if (known !== undefined) return known;
    const result = await this.#try(accelerator, signal);
    // A TCG that failed was short of time: the next VM may try again.
    if (result.works || accelerator === "kvm") await this.#keep({ ...this.#trials, [accelerator]: result });
    return result;
  }

  async #try(accelerator: Accelerator, signal?: AbortSignal): Promise<AcceleratorTrial> {
    const { binary, user, attempt = tryAccelerator, cpuinfoPath } = this.#input;
    const { virtualization, stableTsc } = await hostCpu(cpuinfoPath);
    if (accelerator === "kvm" && !virtualization) {
      return { works: false, reason: "the processor shows neither vmx nor svm" };
    }
    const confinement = await chooseConfinement({ user, accelerator, servesFiles: false });
    const timeoutMs = accelerator === "kvm" ? KVM_TIMEOUT_MS : TCG_TIMEOUT_MS;
    for (let tries = 1; ; tries += 1) {
      const result = await attempt({ binary, accelerator, confinement, timeoutMs }, signal);
      // A counter that stops or changes its pace must not become the guest's clock.
      if (result.works && !stableTsc) return { works: true, tscKhz: undefined };
      if (accelerator === "kvm" || !result.works || result.tscKhz !== undefined) return result;
      if (tries === MOST_TRIES) return { works: false, reason: "the host is too busy to measure its clock" };
    }
  }

  async #load(): Promise<Trials> {
    const { directory, debugLog } = this.#input;
    if (directory === undefined) return {};
    try {
      return await loadTrials(directory, await this.#key());
    } catch (error) {
      debugLog(`can't recall which accelerators work: ${messageOf(error)}`);
      return {};
    }
  }

  async #keep(trials: Trials): Promise<void> {
    this.#trials = trials;
    const { directory, debugLog } = this.#input;
    if (directory === undefined) return;
    try {
      await saveTrials(directory, await this.#key(), trials);
    } catch (error) {
      debugLog(`can't keep which accelerators work: ${messageOf(error)}`);
    }
  }

  /** For what the results hold: this boot of the host, this binary, this user, and who may open KVM's device. */
  async #key(): Promise<string> {
    const { binary, user, kvmPath = "/dev/kvm" } = this.#input;
    const bootId = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
    const { size, mtimeMs, ino } = await stat(binary);
    const device = statSync(kvmPath, { throwIfNoEntry: false });
    const kvm = [device?.mode, device?.uid, device?.gid];
    return [bootId.trim(), binary, size, mtimeMs, ino, user?.uid, user?.gid, ...kvm].join(" ");
  }
}
