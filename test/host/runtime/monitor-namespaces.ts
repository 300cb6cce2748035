import t from "tap";
import { monitorNamespaces } from "../../../src/host/runtime/monitor-namespaces.js";

t.test("monitorNamespaces() takes new ones of every type but time, and a network by its path", async (t) => {
  const namespaces = [
    { type: "pid" },
    { type: "time" },
    { type: "mount", path: "" },
    { type: "ipc", path: "/proc/1/ns/ipc" },
    { type: "network", path: "/run/netns/a" },
  ] as const;
  t.strictSame(monitorNamespaces({ namespaces }), { newTypes: ["pid", "mount"], networkPath: "/run/netns/a" });
  t.strictSame(monitorNamespaces({ namespaces: [{ type: "network" }] }), { newTypes: ["network"] });
});

t.test("monitorNamespaces() leaves the monitor where it is without any", async (t) => {
  t.equal(monitorNamespaces({}), undefined);
  t.equal(monitorNamespaces({ namespaces: [{ type: "uts", path: "/proc/1/ns/uts" }, { type: "time" }] }), undefined);
});
