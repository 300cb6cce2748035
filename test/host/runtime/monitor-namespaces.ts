import t from "tap";
import { monitorNamespaces } from "../../../src/host/runtime/monitor-namespaces.js";

const SUPERVISOR = { pid: 5, seesOtherMounts: false };

t.test("monitorNamespaces() takes new ones, a network by its path, and the mounts of the supervisor", async (t) => {
  const namespaces = [
    { type: "pid" },
    { type: "time" },
    { type: "mount", path: "" },
    { type: "ipc", path: "/proc/1/ns/ipc" },
    { type: "network", path: "/run/netns/a" },
  ] as const;
  t.strictSame(monitorNamespaces({ namespaces }, SUPERVISOR), {
    newTypes: ["pid"],
    mountPath: "/proc/5/ns/mnt",
    networkPath: "/run/netns/a",
  });
  t.strictSame(monitorNamespaces({ namespaces: [{ type: "network" }] }, SUPERVISOR), { newTypes: ["network"] });
});

t.test("monitorNamespaces() leaves the monitor where it is without any", async (t) => {
  t.equal(monitorNamespaces({}, SUPERVISOR), undefined);
  t.equal(
    monitorNamespaces({ namespaces: [{ type: "uts", path: "/proc/1/ns/uts" }, { type: "time" }] }, SUPERVISOR),
    undefined,
  );
});

t.test("monitorNamespaces() takes mounts of its own where the supervisor sees others", async (t) => {
  const namespaces = [{ type: "mount" }, { type: "pid" }] as const;
  t.strictSame(monitorNamespaces({ namespaces }, { pid: 5, seesOtherMounts: true }), { newTypes: ["mount", "pid"] });
});
