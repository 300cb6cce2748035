import { QmpClient } from "qemu-qmp-client";
import { CleanupStack } from "../../src/common/cleanup-stack.js";
import { TskataError } from "../../src/common/error.js";
import { incapable } from "../common/incapable.js";
import type { Capability, DriverProbe, HostUser, Hypervisor, VirtualMachine, VmSize, VmSpec } from "../hypervisor.js";
import type { AgentLink } from "./agent-link/agent-link.js";
import { chooseLink } from "./agent-link/choose-link.js";
import { chooseTransport } from "./agent-link/choose-transport.js";
import { serialLink } from "./agent-link/serial-link.js";
import { type AcceleratorChoice, chooseAccelerator } from "./accelerator.js";
import { findBinary, OLDEST_MAJOR } from "./binary.js";
import { type BootFiles, openBootFiles } from "./boot-files.js";
import { migrated, setTemplateCapabilities } from "./capture.js";
import { qemuArguments } from "./command-line.js";
import { chooseConfinement, confine } from "./confinement.js";
import { ownUser, vmmUserOf } from "../common/vmm-user.js";
import { logConsole } from "../common/console-log.js";
import { cannotCloneHugePages, cannotPlug, endedEarly, fromControlError, versionTooOld } from "./errors.js";
import { forkVmm } from "./fork-vmm.js";
import { canGrow, growthRoom } from "./growth.js";
import { chooseVhostNet } from "./choose-vhost-net.js";
import { inHugePages, requireHugePages } from "./huge-pages.js";
import { HostFacts } from "./host-facts.js";
import { QemuMachine } from "./machine.js";
import { memoryMib, requireLeastMemory, requireMemory } from "../common/memory.js";
import { settingsOf, type Accelerator, type QemuOptions, type QemuSettings } from "./options.js";
import { probeQemu } from "./probe.js";
import { chooseTemplateForm, type TemplateForm, templateFormIn } from "./template-form.js";
import { templateInputs } from "./template-inputs.js";
import { END_EVENTS } from "./vm-exit.js";
import { openVmMemory, type VmMemory } from "./vm-memory.js";
import { KERNEL_FD, STATE_FD, VSOCK_FD } from "./vmm-descriptors.js";
import { VmmProcess } from "./vmm-process.js";

/** How long a QEMU that closed its control channel may take to end. */
const EXIT_GRACE_MS = 1000;

/** Bytes of a path that a fork's environment has room for: no more than its template's had. */
const VM_NAME_ROOM = 255;

/** What a machine can that can be plugged into. A clone's files may have to be. */
const PLUGGABLE: readonly Capability[] = [
  "hotplug-cpu",
  "hotplug-memory",
  "hotplug-disk",
  "hotplug-nic",
  "hotplug-share",
  "template",
];

/** A VM that is about to start. */
interface PlannedVm {
  readonly spec: VmSpec;
  readonly spawnedMs: number;
  readonly accelerator: Accelerator;
  /** How large the VM can become; undefined where it can't grow. */
  readonly room: VmSize | undefined;
}

/** A QEMU whose guest doesn't run yet. */
interface StartedVmm extends PlannedVm {
  readonly process: VmmProcess;
  /** It came with its devices as they were in the template, and with its memory. */
  readonly isForked: boolean;
  readonly memory?: VmMemory;
  readonly link: AgentLink;
  /** Of the template that the VM becomes; absent where it doesn't. */
  readonly form?: TemplateForm | undefined;
}

/** Boots VMs in QEMU, with KVM or without. */
export class QemuHypervisor implements Hypervisor {
  readonly name = "qemu";
  readonly capabilities: ReadonlySet<Capability>;
  readonly vmmUser: HostUser | undefined;
  readonly #settings: QemuSettings;
  #facts: HostFacts | undefined;
  #choice: AcceleratorChoice | undefined;

  /** @throws TskataError `not-found` where the configured user does not exist */
  constructor(options: QemuOptions = {}) {
    this.#settings = settingsOf(options);
    const { user, keepUser } = this.#settings;
    this.vmmUser = keepUser ? ownUser() : vmmUserOf(user);
    const pluggable = canGrow(this.#settings.machine) ? PLUGGABLE : [];
    const missing: readonly Capability[] = this.#settings.hugePages ? ["template"] : [];
    const has: readonly Capability[] = ["pause", "virtiofs", "nine-p", "vsock", "serial", ...pluggable];
    this.capabilities = new Set(has.filter((capability) => !missing.includes(capability)));
  }

  require(capability: Capability, what: string): void {
    if (this.capabilities.has(capability)) return;
    if (PLUGGABLE.includes(capability) && !canGrow(this.#settings.machine)) throw cannotPlug(what);
    if (capability === "template" && this.#settings.hugePages) throw cannotCloneHugePages(what);
    throw incapable(this.name, capability, what);
  }

  async probe(signal?: AbortSignal): Promise<DriverProbe> {
    return probeQemu(this.#settings, this.vmmUser, (binary) => this.#factsOf(binary), signal);
  }

  async boot(wanted: VmSpec, signal?: AbortSignal): Promise<VirtualMachine> {
    signal?.throwIfAborted();
    const { hugePages } = this.#settings;
    const spec = hugePages ? { ...wanted, memoryBytes: inHugePages(wanted.memoryBytes) } : wanted;
    const { start } = spec;
    if (start !== undefined && start.kind !== "kernel") this.require("template", "VM templates");
    const binary = await findBinary(this.#settings.binary);
    await (hugePages ? requireMemoryInHugePages : requireMemory)(spec.memoryBytes);
    const choice = await this.#choose(binary, signal);
    const { accelerator } = choice;
    const spawnedMs = performance.now();
    const planned = { spec, spawnedMs, accelerator, room: growthRoom(spec, { ...this.#settings, accelerator }) };
    if (start?.kind === "template" && templateFormIn(start.directory) === "live") {
      const { forkClient = "" } = this.#settings.templatePrograms;
      const process = await forkVmm(forkClient, start.directory, spec);
      return this.#run({ ...planned, process, isForked: true, link: serialLink }, signal);
    }
    return this.#start(binary, choice, planned, signal);
  }

  /** Starts a QEMU of the VM's own. */
  async #start(
    binary: string,
    choice: AcceleratorChoice,
    planned: PlannedVm,
    signal?: AbortSignal,
  ): Promise<VirtualMachine> {
    const { spec, room } = planned;
    const undo = new CleanupStack();
    /** What the VM has until its end. */
    const lent = new CleanupStack();
    try {
      const files = await openBootFiles(spec, this.vmmUser);
      undo.defer("close the files that it booted from", () => files.close());
      const { templatePrograms } = this.#settings;
      const form = chooseTemplateForm(choice.accelerator, spec, this.#settings);
      const link = await this.#openLink(planned, form);
      lent.defer("close the agent's link", () => link.close());
      const memory = await openVmMemory(spec, this.vmmUser, { ...templatePrograms, form });
      undo.defer("close the memory's files", () => memory.close());
      const servesFiles = spec.shares.some(({ kind }) => kind === "nine-p");
      const confinement = await chooseConfinement({ ...choice, user: this.vmmUser, servesFiles });
      const plan = { ...this.#settings, ...choice, room, form, link };
      const isLive = form === "live";
      const command = [...withEnvironment(memory.environment), binary, ...qemuArguments(spec, plan)];
      const process = await VmmProcess.start(confine(confinement, command), {
        files: inheritedFiles(files, memory, link),
        // Tells people, and who looks for what is left of a VM, whose it is.
        environment: { TSKATA_VM: isLive ? spec.runDirectory.padEnd(VM_NAME_ROOM, "/") : spec.runDirectory },
        isDetached: isLive,
      });
      const machine = await this.#run({ ...planned, process, memory, form, link, isForked: false }, signal);
      for (const failure of await undo.run()) this.#settings.debugLog(failure.message);
      return machine;
    } catch (error) {
      throw await lent.unwind(await undo.unwind(error));
    }
  }

  #openLink({ spec, accelerator }: PlannedVm, form: TemplateForm | undefined): Promise<AgentLink> {
    const transport = chooseTransport(this.#settings.agentTransport, accelerator);
    return chooseLink({ ...this.#settings, transport, user: this.vmmUser, spec, form });
  }

  async templateInputs(signal?: AbortSignal): Promise<Readonly<Record<string, string>>> {
    const binary = await findBinary(this.#settings.binary);
    const choice = await this.#choose(binary, signal);
    const agentTransport = chooseTransport(this.#settings.agentTransport, choice.accelerator);
    return templateInputs({ ...this.#settings, ...choice, agentTransport, binary, user: this.vmmUser });
  }

  /** Takes a QEMU that was started to a guest that runs, or ends it. */
  async #run(started: StartedVmm, signal?: AbortSignal): Promise<VirtualMachine> {
    const { process, spec, memory, spawnedMs, accelerator, room, form, link, isForked } = started;
    const consoleLogged = this.#logConsole(process, spec.consoleLogPath);
    const cleanup = new CleanupStack();
    cleanup.defer("end QEMU", async () => {
      await process.kill();
      await consoleLogged;
      process.closeChannels();
    });
    try {
      const timeoutMs = this.#settings.startTimeoutMs;
      const client = isForked
        ? QmpClient.resume(process.control, { timeoutMs })
        : await connect(process, timeoutMs, signal);
      const controlReadyMs = performance.now();
      const endEvents = client.events({ names: END_EVENTS });
      await memory?.filled;
      if (spec.start?.kind === "template" && !isForked) await restoreDevices(client, signal);
      const forkedPid = process.announcement;
      await client.execute("cont", {}, { signal });
      const bootMarks = { spawnedMs, controlReadyMs, runningMs: performance.now() };
      return new QemuMachine({
        ...{ process, client, endEvents, consoleLogged, bootMarks, spec, accelerator, room, form, link },
        forkedPid: await forkedPid,
        user: this.vmmUser,
        tapSender: this.#settings.tapSender,
        vhostNet: chooseVhostNet(this.#settings.vhostNet, accelerator),
        hugePages: this.#settings.hugePages,
        forkClient: this.#settings.templatePrograms.forkClient,
      });
    } catch (error) {
      throw await cleanup.unwind(await this.#explain(error, process));
    }
  }

  async #logConsole(process: VmmProcess, path: string): Promise<void> {
    const failure = await logConsole(process.console, path);
    if (failure !== undefined) this.#settings.debugLog(`the console is no longer logged: ${failure.message}`);
  }

  /** A control channel that closes before the guest runs means that QEMU ended: it says why on its way out. */
  async #explain(error: unknown, process: VmmProcess): Promise<unknown> {
    const translated = fromControlError("start the VM", error);
    if (!(translated instanceof TskataError) || translated.code !== "unavailable") return translated;
    return endedEarly(await process.reaped(EXIT_GRACE_MS), error);
  }

  /** Once for all: it tells why. */
  async #choose(binary: string, signal?: AbortSignal): Promise<AcceleratorChoice> {
    this.#choice ??= await chooseAccelerator(this.#settings, this.#factsOf(binary), signal);
    return this.#choice;
  }

  #factsOf(binary: string): HostFacts {
    const { factsDirectory: directory, debugLog } = this.#settings;
    this.#facts ??= new HostFacts({ binary, user: this.vmmUser, directory, debugLog });
    return this.#facts;
  }
}

async function requireMemoryInHugePages(memoryBytes: number): Promise<void> {
  requireLeastMemory(memoryBytes);
  await requireHugePages(`a VM with ${memoryMib(memoryBytes)} MiB of memory can't start`, memoryBytes);
}

async function connect(process: VmmProcess, timeoutMs: number, signal?: AbortSignal): Promise<QmpClient> {
  const client = await QmpClient.connect(process.control, { timeoutMs, signal });
  const { major, minor, micro } = client.greeting.version.qemu;
  if (major < OLDEST_MAJOR) throw versionTooOld(`${major}.${minor}.${micro}`, `${OLDEST_MAJOR}.0`);
  return client;
}

/** From KERNEL_FD on. */
function inheritedFiles(files: BootFiles, memory: VmMemory, link: AgentLink): (number | undefined)[] {
  const descriptors = [...files.descriptors, ...memory.descriptors];
  if (link.vsockFd !== undefined) descriptors[VSOCK_FD - KERNEL_FD] = link.vsockFd;
  return Array.from(descriptors);
}

/** The start of a command that only what it starts is to see: what comes before has its own use for such variables. */
function withEnvironment(environment: Readonly<Record<string, string>>): string[] {
  const settings = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  return settings.length === 0 ? [] : ["env", ...settings];
}

/** QEMU ends, with the reason, where it can't. */
async function restoreDevices(client: QmpClient, signal?: AbortSignal): Promise<void> {
  await setTemplateCapabilities(client, signal);
  const uri = `fd:${STATE_FD}`;
  await migrated(client, () => client.execute("migrate-incoming", { uri }, { signal }), signal);
}
