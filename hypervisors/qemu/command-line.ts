import type { ShareDevice, VmSize, VmSpec } from "../hypervisor.js";
import { MEMORY_SLOTS } from "./growth.js";
import { HUGE_BACKEND } from "./huge-pages.js";
import { kernelParameters } from "./kernel-parameters.js";
import type { AgentLink } from "./agent-link/agent-link.js";
import { memoryMib } from "../common/memory.js";
import { option, virtioDevice } from "./option.js";
import type { Accelerator, MachineType } from "./options.js";
import { SHARE_QUEUE_SIZE } from "./share-devices.js";
import { hasWindow, type TemplateForm } from "./template-form.js";
import { CONSOLE_FD, CONTROL_FD, IMAGE_FD, INITRD_FD, KERNEL_FD, MEMORY_PATH } from "./vmm-descriptors.js";

/** What the driver decided for one VM, beside its spec. */
export interface VmPlan {
  readonly accelerator: Accelerator;
  readonly machine: MachineType;
  readonly tscKhz: number | undefined;
  /** How large the VM can become; undefined where it can't grow. */
  readonly room: VmSize | undefined;
  readonly extraArguments: readonly string[];
  /** Of the template that the VM becomes; undefined where it doesn't. */
  readonly form: TemplateForm | undefined;
  readonly link: AgentLink;
  /** Its memory is in huge pages of the host. */
  readonly hugePages: boolean;
}

/** QEMU's own system call filter: no processes, no new rights, no scheduling of others. */
export const SANDBOX = "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny";
/** Of a QEMU that is forked, whose forks deny processes themselves. */
const FORKED_SANDBOX = SANDBOX.replace("spawn=deny", "spawn=allow");

/**
 * QEMU's arguments for a VM that is set up and waits for `cont`. Follows
 * qemu(1); every path and name goes through `option`, which escapes it.
 */
export function qemuArguments(spec: VmSpec, plan: VmPlan): string[] {
  const append = kernelParameters({
    ...plan,
    hasWindow: plan.form === "live" && hasWindow(spec),
    agent: plan.link.kernelParameter,
    extra: spec.extraKernelParameters,
  });
  return [
    ["-name", option(spec.name, { process: processName(spec.name) })],
    ["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-S"],
    ["-sandbox", plan.form === "live" ? FORKED_SANDBOX : SANDBOX],
    machineArguments(spec, plan),
    ["-kernel", `/proc/self/fd/${KERNEL_FD}`, "-append", append.join(" ")],
    spec.initrdPath === undefined ? [] : ["-initrd", `/proc/self/fd/${INITRD_FD}`],
    channelArguments(),
    plan.link.deviceArguments(plan.machine),
    imageArguments(plan.machine),
    ["-device", option(virtioDevice("virtio-rng", plan.machine), { id: "rng0" })],
    ...spec.shares.map((share, index) => shareArguments(share, index, plan.machine)),
    ...[...cardPorts(spec), ...sharePorts(spec), ...diskPorts(spec)].map((port, index) =>
      portArguments(port, index + 1),
    ),
    spec.start?.kind === "template" ? ["-incoming", "defer"] : [],
    plan.extraArguments,
  ].flat();
}

/**
 * The processor that guests see: all that the accelerator can give. Under TCG
 * without the flags by which kernels and C libraries choose to copy memory
 * with `rep movsb`, which is translated to a loop over single bytes: standard
 * output through a VM is twice as fast without them.
 */
export function cpuModel(accelerator: Accelerator): string {
  return accelerator === "kvm" ? "host" : "max,erms=off,fsrm=off";
}

/** What a VM's process is called; the kernel keeps 15 bytes. */
export function processName(vmName: string): string {
  return `tskata-${vmName}`.slice(0, 15);
}

const MACHINE_FEATURES: Record<MachineType, Readonly<Record<string, string>>> = {
  // Controllers and emulations that no guest of ours uses.
  q35: { sata: "off", smbus: "off", usb: "off", vmport: "off", i8042: "off", smm: "off", hpet: "off", graphics: "off" },
  // Interrupts come by the I/O APIC alone: a guest that isn't told of the old controller gets vector 0 from its timer.
  microvm: { pic: "off", pcie: "off", usb: "off", rtc: "on", graphics: "off" },
};

const ACCELERATORS: Record<Accelerator, string> = {
  kvm: "kvm",
  // Translated code would grow to 1 GiB a VM; 256 MiB hold a guest's boot and Node several times over.
  tcg: "tcg,tb-size=256",
};

function machineArguments(spec: VmSpec, plan: VmPlan): string[] {
  const { accelerator, machine, room } = plan;
  const memory = memoryBackend(spec, plan);
  const features = { ...MACHINE_FEATURES[machine], ...(memory && { "memory-backend": "memory" }) };
  return [
    ["-machine", option(machine, features), "-accel", ACCELERATORS[accelerator]],
    ["-cpu", cpuModel(accelerator), ...sizeArguments(spec, room)],
    memory ? ["-object", memory] : [],
    // Virtio 1 on the MMIO transport, which vhost-user-fs needs.
    machine === "microvm" ? ["-global", "virtio-mmio.force-legacy=false"] : [],
  ].flat();
}

/** Where the guest's memory is; undefined for QEMU's own, which no other process sees. */
function memoryBackend(spec: VmSpec, plan: VmPlan): string | undefined {
  const { start, shares, memoryBytes } = spec;
  const memory = { id: "memory", size: `${memoryMib(memoryBytes)}M` };
  // The fork server puts the window into it.
  if (plan.form === "live") return option("memory-backend-memfd", { ...memory, share: "off" });
  if (start !== undefined && start.kind !== "kernel") {
    const share = start.kind === "template" && start.memory === "private" ? "off" : "on";
    return option("memory-backend-file", { ...memory, "mem-path": MEMORY_PATH, share });
  }
  if (plan.hugePages) return option("memory-backend-memfd", { ...memory, share: "on", ...HUGE_BACKEND });
  // virtiofsd works in the guest's memory.
  const shared = plan.link.sharesMemory || shares.some(({ kind }) => kind === "virtiofs");
  return shared ? option("memory-backend-memfd", { ...memory, share: "on" }) : undefined;
}

/** The size at the start, and what can be plugged later. */
function sizeArguments({ vcpus, memoryBytes }: VmSize, room: VmSize | undefined): string[] {
  const memory = `${memoryMib(memoryBytes)}M`;
  if (room === undefined) return ["-smp", `${vcpus}`, "-m", memory];
  // A package each: without KVM, Linux 6.9 and some after it take none that comes into a package that is there.
  const smp = option(`${vcpus}`, { sockets: room.vcpus, cores: 1, threads: 1, maxcpus: room.vcpus });
  if (room.memoryBytes <= memoryBytes) return ["-smp", smp, "-m", memory];
  return ["-smp", smp, "-m", option(memory, { slots: MEMORY_SLOTS, maxmem: `${memoryMib(room.memoryBytes)}M` })];
}

function channelArguments(): string[] {
  return [
    ["-chardev", option("socket", { id: "control", fd: CONTROL_FD })],
    ["-mon", option("chardev=control", { mode: "control" })],
    ["-chardev", option("socket", { id: "console", fd: CONSOLE_FD }), "-serial", "chardev:console"],
  ].flat();
}

function imageArguments(machine: MachineType): string[] {
  const image = { "node-name": "image", filename: `/proc/self/fd/${IMAGE_FD}`, "read-only": "on", locking: "off" };
  const device = { id: "root", drive: "image" };
  return ["-blockdev", option("driver=file", image), "-device", option(virtioDevice("virtio-blk", machine), device)];
}

function shareArguments(share: ShareDevice, index: number, machine: MachineType): string[] {
  const id = `share${index}`;
  switch (share.kind) {
    case "virtiofs": {
      const socket = { id: `${id}-socket`, path: share.socketPath };
      const device = { id, chardev: socket.id, tag: share.tag, "queue-size": SHARE_QUEUE_SIZE };
      const model = virtioDevice("vhost-user-fs", machine);
      return ["-chardev", option("socket", socket), "-device", option(model, device)];
    }
    case "nine-p": {
      const server = { id: `${id}-files`, path: share.directory, security_model: "passthrough", multidevs: "remap" };
      const device = { id, fsdev: server.id, mount_tag: share.tag };
      const model = virtioDevice("virtio-9p", machine);
      return ["-fsdev", option("local", server), "-device", option(model, device)];
    }
  }
}

/** The buses that network cards are plugged into, one each: the root bus takes none once the machine is made. */
export function cardPorts({ networkCards = 0 }: Pick<VmSpec, "networkCards">): string[] {
  return Array.from({ length: networkCards }, (_unused, index) => `port${index}`);
}

/** The buses that shares are plugged into, one each. */
export function sharePorts({ sharePorts: count = 0 }: Pick<VmSpec, "sharePorts">): string[] {
  return Array.from({ length: count }, (_unused, index) => `share-port${index}`);
}

/** The buses that disks are plugged into, one each. */
export function diskPorts({ disks = 0 }: Pick<VmSpec, "disks">): string[] {
  return Array.from({ length: disks }, (_unused, index) => `disk-port${index}`);
}

function portArguments(id: string, slot: number): string[] {
  return ["-device", option("pcie-root-port", { id, chassis: slot, slot })];
}
