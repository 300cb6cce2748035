import { QmpClient } from "qemu-qmp-client";
import { CleanupStack } from "../../src/common/cleanup-stack.js";
import { TskataError } from "../../src/common/error.js";
import type { Capability, DriverProbe, HostUser, Hypervisor, VirtualMachine, VmSize, VmSpec } from "../hypervisor.js";
import { chooseAccelerator } from "./accelerator.js";
import { findBinary, OLDEST_MAJOR } from "./binary.js";
import { openBootFiles } from "./boot-files.js";
import { cardPorts, qemuArguments } from "./command-line.js";
import { chooseConfinement, confine, vmmUserOf } from "./confinement.js";
import { logConsole } from "./console-log.js";
import { cannotPlug, endedEarly, fromControlError, versionTooOld } from "./errors.js";
import { canGrow, growthRoom } from "./growth.js";
import { HostFacts } from "./host-facts.js";
import { QemuMachine } from "./machine.js";
import { requireMemory } from "./memory.js";
import { settingsOf, type Accelerator, type QemuOptions, type QemuSettings } from "./options.js";
import { probeQemu } from "./probe.js";
import { END_EVENTS } from "./vm-exit.js";
import { VmmProcess } from "./vmm-process.js";

/** How long a QEMU that closed its control channel may take to end. */
const EXIT_GRACE_MS = 1000;

/** A QEMU whose guest doesn't run yet. */
interface StartedVmm {
  readonly process: VmmProcess;
  readonly spec: VmSpec;
  readonly spawnedMs: number;
  readonly accelerator: Accelerator;
  /** How large the VM can become; undefined where it can't grow. */
  readonly room: VmSize | undefined;
}

/** Boots VMs in QEMU, with KVM or without. */
export class QemuHypervisor implements Hypervisor {
  readonly name = "qemu";
  readonly capabilities: ReadonlySet<Capability>;
  readonly vmmUser: HostUser | undefined;
  readonly #settings: QemuSettings;
  #facts: HostFacts | undefined;

  /** @throws TskataError `not-found` where the configured user does not exist */
  constructor(options: QemuOptions = {}) {
    this.#settings = settingsOf(options);
    this.vmmUser = vmmUserOf(this.#settings.user);
    const hotplug = canGrow(this.#settings.machine) ? (["hotplug-cpu", "hotplug-memory", "hotplug-nic"] as const) : [];
    this.capabilities = new Set<Capability>(["pause", "virtiofs", "nine-p", "serial", ...hotplug]);
  }

  require(capability: Capability, what: string): void {
    if (this.capabilities.has(capability)) return;
    if (capability.startsWith("hotplug-") && !canGrow(this.#settings.machine)) throw cannotPlug(what);
    throw new TskataError("unsupported", `${what}: the QEMU driver doesn't have ${capability}`);
  }

  async probe(signal?: AbortSignal): Promise<DriverProbe> {
    return probeQemu(this.#settings, this.vmmUser, (binary) => this.#factsOf(binary), signal);
  }

  async boot(spec: VmSpec, signal?: AbortSignal): Promise<VirtualMachine> {
    signal?.throwIfAborted();
    const binary = await findBinary(this.#settings.binary);
    await requireMemory(spec.memoryBytes);
    const files = await openBootFiles(spec, this.vmmUser);
    try {
      const choice = await chooseAccelerator(this.#settings, this.#factsOf(binary), signal);
      const servesFiles = spec.shares.some(({ kind }) => kind === "nine-p");
      const confinement = await chooseConfinement({ ...choice, user: this.vmmUser, servesFiles });
      const { accelerator } = choice;
      const room = growthRoom(spec, { ...this.#settings, accelerator });
      const command = confine(confinement, [binary, ...qemuArguments(spec, { ...this.#settings, ...choice, room })]);
      const spawnedMs = performance.now();
      const process = await VmmProcess.start(command, files.descriptors);
      return await this.#run({ process, spec, spawnedMs, accelerator, room }, signal);
    } finally {
      await files.close();
    }
  }

  /** Takes a QEMU that was started to a guest that runs, or ends it. */
  async #run({ process, spec, spawnedMs, ...kind }: StartedVmm, signal?: AbortSignal): Promise<VirtualMachine> {
    const consoleLogged = this.#logConsole(process, spec.consoleLogPath);
    const cleanup = new CleanupStack();
    cleanup.defer("end QEMU", async () => {
      await process.kill();
      await consoleLogged;
      process.closeChannels();
    });
    try {
      const client = await this.#connect(process, signal);
      const controlReadyMs = performance.now();
      const endEvents = client.events({ names: END_EVENTS });
      await client.execute("cont", {}, { signal });
      const bootMarks = { spawnedMs, controlReadyMs, runningMs: performance.now() };
      const { tapSender } = this.#settings;
      const network = { cardPorts: cardPorts(spec), tapSender };
      return new QemuMachine({ process, client, endEvents, consoleLogged, bootMarks, ...network, ...kind });
    } catch (error) {
      throw await cleanup.unwind(await this.#explain(error, process));
    }
  }

  async #logConsole(process: VmmProcess, path: string): Promise<void> {
    const failure = await logConsole(process.console, path);
    if (failure !== undefined) this.#settings.debugLog(`the console is no longer logged: ${failure.message}`);
  }

  async #connect(process: VmmProcess, signal?: AbortSignal): Promise<QmpClient> {
    const timeoutMs = this.#settings.startTimeoutMs;
    const client = await QmpClient.connect(process.control, { timeoutMs, signal });
    const { major, minor, micro } = client.greeting.version.qemu;
    if (major < OLDEST_MAJOR) throw versionTooOld(`${major}.${minor}.${micro}`, `${OLDEST_MAJOR}.0`);
    return client;
  }

  /** A control channel that closes before the guest runs means that QEMU ended: it says why on its way out. */
  async #explain(error: unknown, process: VmmProcess): Promise<unknown> {
    const translated = fromControlError("start the VM", error);
    if (!(translated instanceof TskataError) || translated.code !== "unavailable") return translated;
    return endedEarly(await process.reaped(EXIT_GRACE_MS), error);
  }

  #factsOf(binary: string): HostFacts {
    const { factsDirectory: directory, debugLog } = this.#settings;
    this.#facts ??= new HostFacts({ binary, user: this.vmmUser, directory, debugLog });
    return this.#facts;
  }
}
