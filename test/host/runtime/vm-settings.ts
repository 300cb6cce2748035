import { chmodSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import type { ConfigurationFile } from "../../../src/host/config/configuration-file.js";
import { withDefaults } from "../../../src/host/config/with-defaults.js";
import { vmSettings } from "../../../src/host/runtime/vm-settings.js";
import type { VmSettings } from "../../../src/host/sandbox/vm/vm-settings.js";
import { defaultSpec } from "../../../src/oci/default-spec.js";
import type { Vm } from "../../../src/oci/vm.js";

/** Settings for a configuration whose guest and file server are files of the test's. */
function settings(
  t: Test,
  file: ConfigurationFile = {},
  vm?: Vm,
  driver = "qemu",
  annotations: Readonly<Record<string, string>> = {},
): VmSettings & { readonly directory: string } {
  const directory = t.testdir({ kernel: "", image: "", virtiofsd: "", other: "" });
  chmodSync(join(directory, "virtiofsd"), 0o755);
  const config = withDefaults({
    ...file,
    guest: { kernel: join(directory, "kernel"), image: join(directory, "image"), ...file.guest },
    share: { virtiofsd: join(directory, "virtiofsd"), ...file.share },
  });
  return {
    directory,
    ...vmSettings(config, driver, { ...defaultSpec(), annotations, ...(vm === undefined ? {} : { vm }) }),
  };
}

t.test("vmSettings() takes the configuration, and the driver that was chosen", async (t) => {
  const { directory, ...vm } = settings(t, { guest: { vcpus: 3, kernel_parameters: ["quiet"], heartbeat_ms: 50 } });
  t.match(vm, {
    driver: "qemu",
    kernelPath: join(directory, "kernel"),
    imagePath: join(directory, "image"),
    virtiofsd: join(directory, "virtiofsd"),
    kernelParameters: ["quiet"],
    memoryBytes: 2048 * 1024 * 1024,
    vcpus: 3,
    heartbeatMs: 50,
    console: false,
  });
  t.equal(settings(t, {}, undefined, "other").driver, "other");
  t.match(settings(t, { debug: { console: true } }), { kernelParameters: ["tskata.console=1"], console: true });
});

t.test("vmSettings() takes the vm section of config.json only where the configuration allows it", async (t) => {
  const kernel = { path: "/proc/version", parameters: ["debug"], initrd: "/proc/meminfo" };
  t.throws(() => settings(t, {}, { kernel }), { code: "permission", message: /set vm_section\.allow = true/ });
  const section: Vm = {
    kernel,
    hypervisor: { path: "/proc/uptime", parameters: ["-d", "int"] },
    image: { path: "/proc/cpuinfo", format: "raw" },
    hwConfig: { vcpus: 2, memory: 268435456 },
  };
  t.match(settings(t, { vm_section: { allow: true } }, section), {
    kernelPath: "/proc/version",
    initrdPath: "/proc/meminfo",
    imagePath: "/proc/cpuinfo",
    kernelParameters: ["debug"],
    driverOptions: { qemu: { binary: "/proc/uptime", extraArguments: ["-d", "int"] } },
    vcpus: 2,
    memoryBytes: 268435456,
  });
  t.throws(() => settings(t, { vm_section: { allow: true } }, section, "other"), {
    code: "unsupported",
    message: /vm\.hypervisor\.path \/proc\/uptime, but its VM is one of the driver other: remove it/,
  });
});

t.test("vmSettings() lets the VM grow from what the configuration or the vm section says to what the host has", (t) => {
  const host = { vcpus: availableParallelism(), memoryBytes: totalmem() };
  const { sizing } = settings(t);
  t.same(sizing, { smallest: { vcpus: 1, memoryBytes: 2048 * 1024 * 1024 }, largest: host });
  const hwConfig = { vcpus: 1000, memory: 268435456 };
  const section: Vm = { kernel: { path: "/proc/version" }, hwConfig };
  t.same(settings(t, { vm_section: { allow: true } }, section).sizing, {
    smallest: { vcpus: 1000, memoryBytes: 268435456 },
    largest: { ...host, vcpus: 1000 },
  });
  t.end();
});

t.test("vmSettings() gives a pod's VM what its containers may use together, and no other one", async (t) => {
  const annotations = (kind: string) => ({
    "io.kubernetes.cri.container-type": kind,
    "io.kubernetes.cri.sandbox-id": "p",
    "io.kubernetes.cri.sandbox-memory": String(3 * 2 ** 30),
    "io.kubernetes.cri.sandbox-cpu-quota": "150000",
    "io.kubernetes.cri.sandbox-cpu-period": "100000",
  });
  const { memoryBytes, vcpus, sizing } = settings(t, {}, undefined, "qemu", annotations("sandbox"));
  const pod = { vcpus: Math.min(2, availableParallelism()), memoryBytes: 3 * 2 ** 30 + 128 * 2 ** 20 };
  t.same({ vcpus, memoryBytes }, pod);
  t.same(sizing.smallest, pod);
  t.equal(settings(t, {}, undefined, "qemu", annotations("container")).memoryBytes, 2 * 2 ** 30);
});

t.test("vmSettings() names what a vm section asks for and no driver has", async (t) => {
  const allow = { vm_section: { allow: true } };
  const kernel = { path: "/proc/version" };
  const refused = (vm: Vm, message: RegExp): void => {
    t.throws(() => settings(t, allow, vm), { code: "unsupported", message });
  };
  refused({ kernel, hwConfig: { deviceTree: "/d" } }, /vm\.hwConfig\.deviceTree/);
  refused({ kernel, image: { path: "/i", format: "qcow2" } }, /vm\.image of format qcow2; only raw works/);
  t.throws(() => settings(t, allow, { kernel: { path: "/no/kernel" } }), {
    code: "not-found",
    message: /\/no\/kernel/,
  });
});

t.test("vmSettings() goes without a file server where 9p is asked for, and misses one that is named", async (t) => {
  t.equal(settings(t, { share: { backend: "9p" } }).virtiofsd, undefined);
  t.throws(() => settings(t, { share: { virtiofsd: "/no/virtiofsd" } }), {
    code: "not-found",
    message: /\/no\/virtiofsd can't be run: install it, or set share\.backend = "9p"/,
  });
});
