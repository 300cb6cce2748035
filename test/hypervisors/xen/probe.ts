import t from "tap";
import { memoryFinding, pvhFinding, versionFinding } from "../../../hypervisors/xen/probe.js";

const INFO = { major: 4, minor: 17, freeMib: 4096, hasHvm: true, scheduler: "credit2", totalMib: 8192, processors: 4 };
const NO_PV = { guest: "auto", pvKernel: undefined } as const;

t.test("the probe names a Xen that is too old", async (t) => {
  t.match(versionFinding(INFO), { level: "ok", detail: /version 4\.17/ });
  t.match(versionFinding({ ...INFO, minor: 4 }), { level: "missing", detail: /4\.5 or newer/ });
});

t.test("the probe misses PVH only where nothing takes its place", async (t) => {
  t.match(pvhFinding(INFO, NO_PV), { level: "ok" });
  t.match(pvhFinding({ ...INFO, hasHvm: false }, NO_PV), { level: "missing", remedy: /firmware/ });
  t.match(pvhFinding({ ...INFO, hasHvm: false }, { guest: "auto", pvKernel: "/k" }), { level: "warning" });
  t.match(pvhFinding({ ...INFO, minor: 5 }, { guest: "pvh", pvKernel: "/k" }), {
    level: "missing",
    detail: /4\.5 has no PVH/,
  });
});

t.test("the probe warns where Xen has too little memory for a VM, and says where more is", async (t) => {
  t.match(memoryFinding(INFO), { level: "ok" });
  t.match(memoryFinding({ ...INFO, freeMib: 100 }), { level: "warning", detail: /100 MiB/, remedy: /dom0_mem/ });
});
