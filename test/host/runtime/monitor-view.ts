import t from "tap";
import { monitorView, viewArguments } from "../../../src/host/runtime/monitor-view.js";
import type { Spec } from "../../../src/oci/config.js";

const BIND = { directory: true, recursive: true, propagation: "slave" } as const;

t.test("monitorView() has the root and the binds of a container with a mount namespace", async (t) => {
  const spec: Spec = {
    ociVersion: "1.0.2",
    root: { path: "r", readonly: true },
    linux: { namespaces: [{ type: "mount" }] },
  };
  const mounts = [{ destination: "/proc" }, { destination: "/a" }, { destination: "/b" }, { destination: "/o" }];
  const view = monitorView({ rootfs: "/bundle/r", spec }, mounts, [
    { ...BIND, index: 1, destination: "/m1", source: "/host/a", access: "keep" },
    { ...BIND, index: 2, destination: "/m2", source: "/host/b", access: "rro" },
    { index: 3, destination: "/o", overlay: ["lowerdir=/x"] },
  ]);
  t.same(view === undefined ? [] : viewArguments(view), [
    ...["--root", "/bundle/r", "--read-only"],
    ...["--bind", "/host/a", "--on", "/a"],
    ...["--bind", "/host/b", "--on", "/b", "--read-only"],
  ]);
});

t.test("monitorView() is undefined without a mount namespace", async (t) => {
  t.equal(monitorView({ rootfs: "/r", spec: { ociVersion: "1.0.2" } }, [], []), undefined);
});
