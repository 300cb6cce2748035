import { availableParallelism, totalmem } from "node:os";
import t from "tap";
import { machineSize } from "../../../src/host/runtime/machine-size.js";
import { withDefaults } from "../../../src/host/config/with-defaults.js";

const CONFIG = withDefaults({});

t.test("machineSize() is this system's, whose memory and processors VMs take", async (t) => {
  const here = { vcpus: availableParallelism(), memoryBytes: totalmem() };
  for (const driver of ["qemu", "kvmtool"]) t.strictSame(await machineSize(CONFIG, driver), here);
});

t.test("machineSize() asks a driver that owns the machine, which says where it doesn't", async (t) => {
  await t.rejects(machineSize(CONFIG, "xen"), { code: "unsupported", message: /Xen can't be used/ });
});
