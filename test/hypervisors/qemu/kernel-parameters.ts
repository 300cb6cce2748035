import t from "tap";
import { kernelParameters, type KernelParametersInput } from "../../../hypervisors/qemu/kernel-parameters.js";

const INPUT: KernelParametersInput = { accelerator: "tcg", machine: "q35", vcpus: 1, tscKhz: 2_445_434, extra: [] };

t.test("kernelParameters() name the root, the init and the agent's transport, and turn a panic into a reset", (t) => {
  for (const accelerator of ["kvm", "tcg"] as const) {
    const parameters = kernelParameters({ ...INPUT, accelerator });
    for (const wanted of [
      "root=/dev/vda",
      "rootfstype=erofs",
      "ro",
      "init=/sbin/init",
      "tskata.agent=serial",
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

t.test("kernelParameters() do without the local APIC's timer only on a q35 with one vCPU", (t) => {
  t.ok(kernelParameters(INPUT).includes("nolapic_timer"));
  t.notOk(kernelParameters({ ...INPUT, vcpus: 2 }).includes("nolapic_timer"));
  t.notOk(kernelParameters({ ...INPUT, machine: "microvm" }).includes("nolapic_timer"));
  t.end();
});

t.test("kernelParameters() end with the extra ones", (t) => {
  t.strictSame(kernelParameters({ ...INPUT, extra: ["a", "b=c"] }).slice(-2), ["a", "b=c"]);
  t.end();
});
