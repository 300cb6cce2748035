import t from "tap";
import { kernelParameters, type KernelParametersInput } from "../../../hypervisors/qemu/kernel-parameters.js";

const INPUT: KernelParametersInput = {
  accelerator: "tcg",
  tscKhz: 2_445_434,
  room: undefined,
  hasWindow: false,
  agent: "tskata.agent=serial",
  extra: [],
};

t.test("kernelParameters() name the root, the init and the agent's transport, and turn a panic into a reset", (t) => {
  for (const accelerator of ["kvm", "tcg"] as const) {
    const parameters = kernelParameters({ ...INPUT, accelerator });
    for (const wanted of [
      "root=/dev/vda",
      "rootfstype=erofs",
      "ro",
      "init=/sbin/init",
      "tskata.agent=serial",
      "dummy.numdummies=0",
      "panic=-1",
    ]) {
      t.ok(parameters.includes(wanted), `${wanted} with ${accelerator}`);
    }
  }
  t.end();
});

t.test("kernelParameters() give the TSC's frequency under TCG", (t) => {
  const parameters = kernelParameters(INPUT);
  t.ok(parameters.includes("tsc_early_khz=2445434"));
  t.ok(parameters.includes("tsc=reliable"));
  t.end();
});

t.test("kernelParameters() say nothing of a TSC whose frequency is unknown", (t) => {
  t.notMatch(kernelParameters({ ...INPUT, tscKhz: undefined }).join(" "), /tsc/);
  t.end();
});

t.test("kernelParameters() leave the clocks of a KVM guest to the hypervisor", (t) => {
  t.notMatch(kernelParameters({ ...INPUT, accelerator: "kvm" }).join(" "), /tsc|timer|noreplace/);
  t.end();
});

t.test("kernelParameters() give the rate of the local APIC's timer under TCG", (t) => {
  t.ok(kernelParameters({ ...INPUT, tscKhz: undefined }).includes("tskata.lapic_timer_hz=1000000000"));
  t.notMatch(kernelParameters({ ...INPUT, accelerator: "kvm" }).join(" "), /lapic/);
  t.end();
});

t.test("kernelParameters() prepare for memory that comes later, where it can", (t) => {
  const room = { vcpus: 1, memoryBytes: 2 ** 30 };
  const prepared = kernelParameters({ ...INPUT, room }).filter((parameter) => /swiotlb|memory_hotplug/.test(parameter));
  t.strictSame(prepared, ["swiotlb=512", "memory_hotplug.online_policy=auto-movable"]);
  t.notMatch(kernelParameters(INPUT).join(" "), /swiotlb|memory_hotplug/);
  t.end();
});

t.test("kernelParameters() end with the extra ones", (t) => {
  t.strictSame(kernelParameters({ ...INPUT, extra: ["a", "b=c"] }).slice(-2), ["a", "b=c"]);
  t.end();
});

t.test("kernelParameters() have virtiofs keep to the window, where there is one, by as many buffers as fit", (t) => {
  const parameters = kernelParameters({ ...INPUT, hasWindow: true });
  for (const parameter of ["tskata.shared=100663296,16908288", "swiotlb=8192,force"])
    t.ok(parameters.includes(parameter));
  t.equal(parameters.filter((parameter) => parameter.startsWith("swiotlb=")).length, 1);
  t.end();
});
