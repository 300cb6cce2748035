import t from "tap";
import { hostCpu, parseCpuFlags } from "../../../hypervisors/qemu/host-cpu.js";

t.test("parseCpuFlags() sees Intel's and AMD's virtualization and an even counter", (t) => {
  const none = { virtualization: false, stableTsc: false };
  t.strictSame(parseCpuFlags("flags\t\t: fpu vme svme vmx2\nvmx flags : vnmi\n"), none);
  t.strictSame(parseCpuFlags("flags\t\t: fpu vmx constant_tsc\n"), { virtualization: true, stableTsc: false });
  t.strictSame(parseCpuFlags("x : y\nflags : constant_tsc nonstop_tsc svm\n"), {
    virtualization: true,
    stableTsc: true,
  });
  t.strictSame(parseCpuFlags(""), none);
  t.end();
});

t.test("hostCpu() reads this machine's", async (t) => {
  t.type((await hostCpu()).stableTsc, "boolean");
});
