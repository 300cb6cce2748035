import t from "tap";
import type { VmSpec } from "../../../hypervisors/hypervisor.js";
import { serialLink } from "../../../hypervisors/qemu/agent-link/serial-link.js";
import { cpuModel, qemuArguments, SANDBOX, type VmPlan } from "../../../hypervisors/qemu/command-line.js";

const SPEC: VmSpec = {
  name: "0123456789ab",
  runDirectory: "/run/vm",
  kernelPath: "/guest/vmlinux",
  imagePath: "/guest/root.erofs",
  extraKernelParameters: ["debug=1"],
  memoryBytes: 256 * 1024 * 1024,
  vcpus: 1,
  shares: [],
  consoleLogPath: "/run/vm/console.log",
};

const PLAN: VmPlan = {
  accelerator: "tcg",
  machine: "q35",
  tscKhz: 2_400_000,
  room: undefined,
  extraArguments: [],
  form: undefined,
  link: serialLink,
  hugePages: false,
};

/** The values given for a flag, in order. */
function valuesOf(args: readonly string[], flag: string): string[] {
  return args.flatMap((argument, index) => (argument === flag ? [args[index + 1] ?? ""] : []));
}

t.test("qemuArguments() are these for a plain q35 under TCG", (t) => {
  t.strictSame(qemuArguments(SPEC, PLAN), [
    "-name",
    "0123456789ab,process=tskata-01234567",
    "-nodefaults",
    "-no-user-config",
    "-display",
    "none",
    "-no-reboot",
    "-S",
    "-sandbox",
    "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
    "-machine",
    "q35,sata=off,smbus=off,usb=off,vmport=off,i8042=off,smm=off,hpet=off,graphics=off",
    "-accel",
    "tcg,tb-size=256",
    "-cpu",
    "max,erms=off,fsrm=off",
    "-smp",
    "1",
    "-m",
    "256M",
    "-kernel",
    "/proc/self/fd/6",
    "-append",
    "console=ttyS0 quiet panic=-1 reboot=t root=/dev/vda rootfstype=erofs ro init=/sbin/init tskata.agent=serial " +
      "dummy.numdummies=0 tsc_early_khz=2400000 tsc=reliable tskata.lapic_timer_hz=1000000000 no_timer_check noreplace-smp debug=1",
    "-chardev",
    "socket,id=control,fd=4",
    "-mon",
    "chardev=control,mode=control",
    "-chardev",
    "socket,id=console,fd=5",
    "-serial",
    "chardev:console",
    "-chardev",
    "socket,id=agent,fd=3",
    "-device",
    "virtio-serial-pci,id=serial0,max_ports=2",
    "-device",
    "virtserialport,bus=serial0.0,nr=1,chardev=agent,name=tskata.agent",
    "-blockdev",
    "driver=file,node-name=image,filename=/proc/self/fd/7,read-only=on,locking=off",
    "-device",
    "virtio-blk-pci,id=root,drive=image",
    "-device",
    "virtio-rng-pci,id=rng0",
  ]);
  t.end();
});

t.test("qemuArguments() deny QEMU what it does not need, on every machine and accelerator", (t) => {
  for (const machine of ["q35", "microvm"] as const) {
    for (const accelerator of ["kvm", "tcg"] as const) {
      const args = qemuArguments(SPEC, { ...PLAN, machine, accelerator });
      t.strictSame(valuesOf(args, "-sandbox"), [SANDBOX]);
      for (const flag of ["-nodefaults", "-no-user-config", "-no-reboot"]) t.ok(args.includes(flag));
      t.notOk(args.includes("-netdev"));
    }
  }
  t.end();
});

t.test("qemuArguments() put virtio devices on the microvm's own bus", (t) => {
  const shares = [
    { kind: "virtiofs", tag: "a", socketPath: "/run/vm/a.sock" },
    { kind: "nine-p", tag: "b", directory: "/srv/b" },
  ] as const;
  const args = qemuArguments({ ...SPEC, shares }, { ...PLAN, machine: "microvm" });
  const models = valuesOf(args, "-device").map((device) => device.split(",")[0]);
  t.strictSame(models, [
    "virtio-serial-device",
    "virtserialport",
    "virtio-blk-device",
    "virtio-rng-device",
    "vhost-user-fs-device",
    "virtio-9p-device",
  ]);
  t.strictSame(valuesOf(args, "-global"), ["virtio-mmio.force-legacy=false"]);
  t.end();
});

t.test("qemuArguments() share the guest's memory for virtiofs only", (t) => {
  const virtiofs = { kind: "virtiofs", tag: "files", socketPath: "/run/vm/fs.sock" } as const;
  const shared = qemuArguments({ ...SPEC, shares: [virtiofs] }, PLAN);
  t.strictSame(valuesOf(shared, "-object"), ["memory-backend-memfd,id=memory,size=256M,share=on"]);
  t.match(valuesOf(shared, "-machine"), [/,memory-backend=memory$/]);
  t.ok(valuesOf(shared, "-chardev").includes("socket,id=share0-socket,path=/run/vm/fs.sock"));
  const device = "vhost-user-fs-pci,id=share0,chardev=share0-socket,tag=files,queue-size=1024";
  t.ok(valuesOf(shared, "-device").includes(device));

  const plain = qemuArguments({ ...SPEC, shares: [{ kind: "nine-p", tag: "files", directory: "/srv" }] }, PLAN);
  t.strictSame(valuesOf(plain, "-object"), []);
  t.strictSame(valuesOf(plain, "-fsdev"), [
    "local,id=share0-files,path=/srv,security_model=passthrough,multidevs=remap",
  ]);
  t.ok(valuesOf(plain, "-device").includes("virtio-9p-pci,id=share0,fsdev=share0-files,mount_tag=files"));
  t.end();
});

t.test("qemuArguments() put the guest's memory into huge pages, shared whoever works in it", (t) => {
  const virtiofs = { kind: "virtiofs", tag: "files", socketPath: "/run/vm/fs.sock" } as const;
  for (const shares of [[], [virtiofs]]) {
    const args = qemuArguments({ ...SPEC, shares }, { ...PLAN, hugePages: true });
    t.strictSame(valuesOf(args, "-object"), [
      "memory-backend-memfd,id=memory,size=256M,share=on,hugetlb=on,hugetlbsize=2M",
    ]);
    t.match(valuesOf(args, "-machine"), [/,memory-backend=memory$/]);
  }
  t.end();
});

t.test("qemuArguments() leave a root port for each network card and end with extra arguments", (t) => {
  const args = qemuArguments({ ...SPEC, networkCards: 2 }, { ...PLAN, extraArguments: ["-d", "guest_errors"] });
  const ports = valuesOf(args, "-device").filter((device) => device.startsWith("pcie-root-port"));
  t.strictSame(ports, ["pcie-root-port,id=port0,chassis=1,slot=1", "pcie-root-port,id=port1,chassis=2,slot=2"]);
  t.strictSame(args.slice(-2), ["-d", "guest_errors"]);
  t.end();
});

t.test("qemuArguments() escape what could be taken for an option", (t) => {
  const shares = [{ kind: "nine-p", tag: "a,b", directory: "/srv/x,readonly=off" }] as const;
  const args = qemuArguments({ ...SPEC, name: "a,b", shares }, PLAN);
  t.match(valuesOf(args, "-name"), ["a,,b,process=tskata-a,,b"]);
  t.match(valuesOf(args, "-fsdev"), [/,path=\/srv\/x,,readonly=off,/]);
  t.match(valuesOf(args, "-device").at(-1), /,mount_tag=a,,b$/);
  t.end();
});
t.test("qemuArguments() leave room for processors, a package each, and for memory", (t) => {
  const args = qemuArguments({ ...SPEC, vcpus: 2 }, { ...PLAN, room: { vcpus: 4, memoryBytes: 2048 * 1024 * 1024 } });
  t.strictSame(valuesOf(args, "-smp"), ["2,sockets=4,cores=1,threads=1,maxcpus=4"]);
  t.strictSame(valuesOf(args, "-m"), ["256M,slots=16,maxmem=2048M"]);
  const full = qemuArguments(SPEC, { ...PLAN, room: { vcpus: 1, memoryBytes: SPEC.memoryBytes } });
  t.strictSame(valuesOf(full, "-smp"), ["1,sockets=1,cores=1,threads=1,maxcpus=1"]);
  t.strictSame(valuesOf(full, "-m"), ["256M"]);
  t.end();
});

t.test("cpuModel() is all that the accelerator can give", (t) => {
  t.equal(cpuModel("kvm"), "host");
  t.equal(cpuModel("tcg"), "max,erms=off,fsrm=off");
  t.end();
});

t.test("an initial RAM disk is handed over where there is one", (t) => {
  t.same(valuesOf(qemuArguments(SPEC, PLAN), "-initrd"), []);
  t.same(valuesOf(qemuArguments({ ...SPEC, initrdPath: "/guest/initrd" }, PLAN), "-initrd"), ["/proc/self/fd/8"]);
  t.end();
});
