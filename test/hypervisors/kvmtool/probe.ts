import { join } from "node:path";
import t from "tap";
import { transportFinding, versionFinding } from "../../../hypervisors/kvmtool/probe.js";

t.test("findings say what was found and what mends it", async (t) => {
  t.match(versionFinding("/l", "kvm tool 3.18.0\n"), { level: "ok", detail: "kvm tool 3.18.0 (/l)" });
  t.match(versionFinding("/l", "nonsense"), { level: "missing", detail: /is no kvmtool/ });
  const device = join(t.testdir({ there: "" }), "there");
  for (const transport of ["auto", "vsock"] as const) t.match(transportFinding(transport, device), { level: "ok" });
  const remedy = "modprobe vhost_vsock";
  t.match(transportFinding("vsock", "/nonexistent"), { level: "missing", remedy });
  t.match(transportFinding("auto", "/nonexistent"), {
    level: "warning",
    detail: /by a console, which is slow/,
    remedy,
  });
  t.match(transportFinding("console", "/nonexistent"), { level: "ok", detail: /not asked for/ });
});
