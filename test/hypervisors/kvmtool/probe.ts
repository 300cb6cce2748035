import { join } from "node:path";
import t from "tap";
import { versionFinding, vsockFinding } from "../../../hypervisors/kvmtool/probe.js";

t.test("findings say what was found and what mends it", async (t) => {
  t.match(versionFinding("/l", "kvm tool 3.18.0\n"), { level: "ok", detail: "kvm tool 3.18.0 (/l)" });
  t.match(versionFinding("/l", "nonsense"), { level: "missing", detail: /is no kvmtool/ });
  const device = join(t.testdir({ there: "" }), "there");
  t.match(vsockFinding(device), { level: "ok" });
  t.match(vsockFinding("/nonexistent"), { level: "missing", remedy: "modprobe vhost_vsock" });
});
