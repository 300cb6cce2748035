import t from "tap";
import { monitorNamespaces } from "../../../src/host/runtime/monitor-namespaces.js";

t.test("monitorNamespaces() takes new ones, a network by its path, and the mounts of the supervisor", async (t) => {
  const namespaces = [
    { type: "pid" },
    { type: "time" },
    { type: "mount", path: "" },
    { type: "ipc", path: "/proc/1/ns/ipc" },
    { type: "network", path: "/run/netns/a" },
  ] as const;
  t.strictSame(monitorNamespaces({ namespaces }, 5), {
    newTypes: ["pid"],
    mountPath: "/proc/5/ns/mnt",
    networkPath: "/run/netns/a",
  });
  t.strictSame(monitorNamespaces({ namespaces: [{ type: "network" }] }, 5), { newTypes: ["network"] });
});

t.test("monitorNamespaces() leaves the monitor where it is without any", async (t) => {
  t.equal(monitorNamespaces({}, 5), undefined);
  t.equal(monitorNamespaces({ namespaces: [{ type: "uts", path: "/proc/1/ns/uts" }, { type: "time" }] }, 5), undefined);
});
