import type { LabRoot } from "./lab-root.js";
import type { NestedKind } from "./kinds.js";

/** How a nested machine is started. */
export interface NestedCommand {
  readonly kind: NestedKind;
  readonly root: LabRoot;
  /** The initial RAM disk with the keys of this start. */
  readonly initrd: string;
  /** Of this machine's loopback, led to the nested one's sshd. */
  readonly port: number;
  readonly accelerator: "kvm" | "tcg";
  readonly memoryMib: number;
}

/**
 * With a second processor that QEMU translates, nested guests are unreliable: Xen's of kind PVH didn't come up, one of
 * some sixty of KVM's ended under load, and once the whole machine fell silent.
 */
const PROCESSORS = { kvm: "2", tcg: "1" } as const;
const KERNEL = "mitigations=off quiet panic=-1";
/**
 * Of a hypervisor that QEMU translates: with SMAP its dom0 crashes, and without eager-fpu, which spec-ctrl=no takes
 * away, pieces of 16 bytes were wrong in guests.
 */
const XEN = "console=com1 dom0_mem=3G,max:3G dom0_max_vcpus=1 spec-ctrl=no,eager-fpu xpti=no smap=no noreboot";

/**
 * QEMU's arguments. Its standard output is the nested machine's serial console; the machine sees this one's root
 * read-only (9p), and nothing else of it but one forwarded port.
 */
export function nestedArguments({ kind, root, initrd, port, accelerator, memoryMib }: NestedCommand): string[] {
  const boot =
    kind === "kvm"
      ? ["-kernel", root.kernel, "-initrd", initrd, "-append", `console=ttyS0 ${KERNEL}`]
      : // a multiboot kernel's modules: a path and its command line each
        [
          ...["-kernel", root.xen],
          ...["-initrd", `${escaped(root.kernel)} console=hvc0 ${KERNEL},${escaped(initrd)}`],
          ...["-append", XEN],
        ];
  return [
    ...["-machine", "q35", "-accel", accelerator === "tcg" ? "tcg,thread=multi" : "kvm"],
    ...["-cpu", cpu(kind, accelerator), "-smp", PROCESSORS[accelerator], "-m", `${memoryMib}M`],
    ...boot,
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ...["-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"],
    ...["-fsdev", "local,id=host,path=/,security_model=none,readonly=on,multidevs=remap"],
    ...["-device", "virtio-9p-pci,fsdev=host,mount_tag=host"],
    ...["-drive", `file=${escaped(root.packages)},format=raw,if=none,id=packages,readonly=on`],
    ...["-device", "virtio-blk-pci,drive=packages"],
    ...["-netdev", `user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:${port}-:22`],
    ...["-device", "virtio-net-pci,netdev=net"],
    ...["-device", "virtio-rng-pci"],
  ];
}

function cpu(kind: NestedKind, accelerator: "kvm" | "tcg"): string {
  if (accelerator === "kvm") return "host";
  return kind === "kvm" ? "max" : "max,-smap";
}

/** QEMU takes two commas for one. */
function escaped(path: string): string {
  return path.replaceAll(",", ",,");
}
