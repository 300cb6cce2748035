import t from "tap";
import type { Mount } from "../../../../src/oci/mount.js";
import { withPodFiles } from "../../../../src/host/shim/sandbox/pod.js";

const FILES = { hostname: "/p/hostname", hosts: "/p/hosts", resolvConf: "/p/resolv.conf", memory: "/p/shm" };

const sources = (mounts: readonly Mount[] = []) => mounts.map(({ destination, source }) => [destination, source]);

t.test("withPodFiles() adds the pod's files, and leaves what is bound in their places", async (t) => {
  const mounts = [
    { destination: "/proc", type: "proc", source: "proc" },
    { destination: "/dev/shm", type: "tmpfs", source: "shm" },
    { destination: "/etc/hosts", type: "bind", source: "/kubelet/hosts", options: ["rbind"] },
  ];
  const spec = withPodFiles({ ociVersion: "1.0.0", root: { path: "r", readonly: true }, mounts }, FILES);
  t.strictSame(sources(spec.mounts), [
    ["/proc", "proc"],
    ["/etc/hosts", "/kubelet/hosts"],
    ["/etc/hostname", FILES.hostname],
    ["/etc/resolv.conf", FILES.resolvConf],
    ["/dev/shm", FILES.memory],
  ]);
  t.match(
    spec.mounts?.filter(({ destination }) => destination === "/etc/hostname"),
    [{ type: "bind", options: ["rbind", "ro"] }],
  );
  t.match(withPodFiles({ ociVersion: "1.0.0" }, FILES).mounts?.[0], { options: ["rbind", "rw"] });
});
