import { join } from "node:path";
import t from "tap";
import { prepareMounts, type PreparedMounts } from "../../../src/host/runtime/prepare-mounts.js";
import type { MountEntry } from "../../../src/host/resource/mount-table.js";
import type { Linux } from "../../../src/oci/linux.js";
import type { Mount } from "../../../src/oci/mount.js";

function mounted(mountPoint: string, options: readonly string[]): MountEntry {
  return { device: "8:1", root: "/", mountPoint, options };
}

const PLAIN = [mounted("/", ["rw", "relatime"])];

function prepare(mounts: readonly Mount[], bundle = "/bundle", table = PLAIN, linux: Linux = {}): PreparedMounts {
  return prepareMounts({ ociVersion: "1.3.0", mounts, linux }, { bundle, rootfs: join(bundle, "rootfs"), table });
}

t.test("prepareMounts() keeps the index in config.json, and counts relative sources from the bundle", async (t) => {
  const bundle = t.testdir({ data: {} });
  const mounts = [
    { destination: "/proc", type: "proc" },
    { destination: "/a", type: "bind", source: "data", options: ["bind", "ro"] },
    { destination: "/b", type: "bind", source: bundle, options: ["rbind"] },
    { destination: "/c", type: "bind", source: bundle },
  ];
  const prepared = prepare(mounts, bundle);
  t.same(prepared.sharedMounts, [
    {
      index: 1,
      destination: "/a",
      source: join(bundle, "data"),
      directory: true,
      access: "ro",
      recursive: false,
      propagation: "slave",
    },
    {
      index: 2,
      destination: "/b",
      source: bundle,
      directory: true,
      access: "keep",
      recursive: true,
      propagation: "slave",
    },
    {
      index: 3,
      destination: "/c",
      source: bundle,
      directory: true,
      access: "keep",
      recursive: true,
      propagation: "slave",
    },
  ]);
  t.same(prepared.mounts[0], mounts[0]);
});

t.test("prepareMounts() cuts a private bind mount off from later mounts of the host", async (t) => {
  const propagation = (options: string[], linux: Linux = {}): string | undefined =>
    prepare([{ destination: "/a", type: "bind", source: "/", options }], "/bundle", PLAIN, linux).sharedMounts.map(
      (mount) => ("propagation" in mount ? mount.propagation : undefined),
    )[0];
  t.equal(propagation(["rbind"]), "slave");
  t.equal(propagation(["rbind", "rprivate"]), "rprivate");
  t.equal(propagation(["rbind", "private"]), "private");
  t.equal(propagation(["rbind", "rprivate", "rshared"]), "slave", "the last one counts");
  t.equal(propagation(["rbind"], { rootfsPropagation: "rprivate" }), "rprivate");
  t.equal(propagation(["rbind", "rslave"], { rootfsPropagation: "rprivate" }), "slave");
});

t.test("prepareMounts() lets the last of ro and rw count", async (t) => {
  const access = (options: string[]): string | undefined =>
    prepare([{ destination: "/a", type: "bind", source: "/", options }]).sharedMounts.map((mount) =>
      "access" in mount ? mount.access : undefined,
    )[0];
  t.equal(access(["ro", "rw"]), "keep");
  t.equal(access(["rw", "rro"]), "rro");
  t.equal(access(["rro", "rrw"]), "keep");
  t.equal(access(["ro"]), "ro");
});

t.test("prepareMounts() has the host make an overlay, and the guest bind it", async (t) => {
  const options = ["lowerdir=/a:/b", "nosuid", "ro", "upperdir=/c", "workdir=/d"];
  const prepared = prepare([{ destination: "/over", type: "overlay", source: "overlay", options }]);
  const overlay = ["lowerdir=/a:/b", "upperdir=/c", "workdir=/d", "ro"];
  t.same(prepared.sharedMounts, [{ index: 0, destination: "/over", overlay }]);
  t.match(prepared.mounts, [{ type: "bind", options: ["bind", "nosuid", "ro"] }]);
});

t.test("prepareMounts() refuses a mount without a source, and a source that isn't there", async (t) => {
  t.throws(() => prepare([{ destination: "/a", type: "bind" }]), {
    code: "invalid-argument",
    message: "bind mount at /a: it names no source",
  });
  t.throws(() => prepare([{ destination: "/a", type: "bind", source: "/no/source" }]), {
    code: "not-found",
    message: "bind mount at /a: /no/source: no such file or directory",
  });
});

t.test("prepareMounts() leaves a source in the container's own root to the guest", async (t) => {
  const bundle = t.testdir();
  const source = join(bundle, "rootfs/later/made");
  const { sharedMounts, rootSources } = prepare([{ destination: "/a", type: "bind", source }], bundle);
  t.same(sharedMounts, []);
  t.same(rootSources, { 0: "/later/made" });
});

t.test("prepareMounts() takes a destination in the host's root filesystem for the container's", async (t) => {
  const destinations = ["/bundle/rootfs/a", "/bundle/rootfs", "/bundle/rootfs-2/b", "c"];
  const { mounts } = prepare(destinations.map((destination) => ({ destination, type: "tmpfs" })));
  t.same(
    mounts.map(({ destination }) => destination),
    ["/a", "/bundle/rootfs", "/bundle/rootfs-2/b", "c"],
  );
});

t.test("prepareMounts() gives the guest the flags of the source's mount", async (t) => {
  const source = t.testdir();
  const table = [...PLAIN, mounted(source, ["ro", "noexec", "noatime"])];
  const prepared = prepare([{ destination: "/a", type: "bind", source, options: ["bind"] }], "/bundle", table);
  t.same(prepared.mounts[0]?.options, ["bind", "ro", "noexec", "noatime"]);
  t.match(prepared.sharedMounts, [{ access: "ro" }]);
  const writable = { destination: "/a", type: "bind", source, options: ["bind", "rw"] };
  t.match(prepare([writable], "/bundle", table).sharedMounts, [{ access: "rw" }]);
});

t.test("prepareMounts() lets the host alone keep a tree read-only whose lower mounts may be written", async (t) => {
  const source = t.testdir({ below: {} });
  const table = [...PLAIN, mounted(join(source, "below"), ["rw", "relatime"])];
  const optionsOf = (options: string[]): unknown =>
    prepare([{ destination: "/a", type: "bind", source, options }], "/bundle", table).mounts[0]?.options;
  t.same(optionsOf(["rbind", "ro"]), ["rbind"]);
  t.same(optionsOf(["rbind", "ro", "rro"]), ["rbind", "ro", "rro"]);
  t.same(optionsOf(["bind", "ro"]), ["bind", "ro"]);
});

t.test("prepareMounts() takes a mount's own id mappings, or with the option alone the container's", async (t) => {
  const source = t.testdir();
  const own = [{ containerID: 0, hostID: 5, size: 1 }];
  const linux = {
    uidMappings: [{ containerID: 0, hostID: 7, size: 9 }],
    gidMappings: [{ containerID: 1, hostID: 8, size: 9 }],
  };
  const mount = { destination: "/x", type: "bind", source };
  const idmapOf = (more: object): unknown =>
    prepare([{ ...mount, ...more }], "/bundle", PLAIN, linux).sharedMounts.map((bind) =>
      "idmap" in bind ? bind.idmap : undefined,
    )[0];
  t.same(idmapOf({ options: ["bind"] }), undefined);
  t.same(idmapOf({ options: ["bind"], uidMappings: own, gidMappings: own }), {
    uids: "0 5 1\n",
    gids: "0 5 1\n",
    recursive: false,
  });
  t.same(idmapOf({ options: ["rbind", "ridmap"] }), { uids: "0 7 9\n", gids: "1 8 9\n", recursive: true });
});

t.test("prepareMounts() takes the maps that a new user namespace has where the document gives none", async (t) => {
  const mount = { destination: "/x", type: "bind", source: t.testdir(), options: ["bind", "idmap"] };
  const uidMappings = [{ containerID: 0, hostID: 7, size: 9 }];
  const made = prepare([mount], "/bundle", PLAIN, { namespaces: [{ type: "user" }], uidMappings });
  t.match(made.sharedMounts, [{ idmap: { uids: "0 7 9\n", gids: "0 0 4294967295\n" } }]);
  const joined = { namespaces: [{ type: "user", path: "/proc/1/ns/user" }], uidMappings } as const;
  t.throws(() => prepare([mount], "/bundle", PLAIN, joined), {
    code: "invalid-argument",
    message: "/x: an id-mapped mount needs mappings, found none",
  });
});

t.test("prepareMounts() leaves out the host's cgroup hierarchies, which the guest has none of", async (t) => {
  const path = "/sys/fs/cgroup/systemd";
  const source = t.testdir();
  const { mounts, sharedMounts } = prepare([
    { destination: path, type: "bind", source: path, options: ["bind"] },
    { destination: "/elsewhere", type: "bind", source, options: ["bind"] },
  ]);
  t.same(
    mounts.map(({ destination }) => destination),
    ["/elsewhere"],
  );
  t.match(sharedMounts, [{ index: 0, source }]);
});

t.test("prepareMounts() leaves a pod's /dev/shm to the guest, where the host's is a tmpfs of its own", async (t) => {
  const annotations = { "io.kubernetes.cri.container-type": "container", "io.kubernetes.cri.sandbox-id": "p" };
  const table = [...PLAIN, mounted("/dev/shm", ["rw", "nosuid", "nodev"])];
  const mount = (destination: string, source = "/dev/shm") => ({
    destination,
    type: "bind",
    source,
    options: ["rbind"],
  });
  const prepared = (mounts: readonly Mount[], of: Readonly<Record<string, string>> = annotations): PreparedMounts =>
    prepareMounts({ ociVersion: "1.3.0", mounts, annotations: of }, { bundle: "/b", rootfs: "/b/rootfs", table });
  const { podMemory, sharedMounts, mounts } = prepared([mount("/data"), mount("/dev/shm")]);
  t.match(podMemory, { index: 1 });
  t.ok((podMemory?.bytes ?? 0) > 0);
  t.match(sharedMounts, [{ index: 0, destination: "/data" }]);
  t.equal(sharedMounts.length, 1);
  t.strictSame(mounts[1], mount("/dev/shm"));
  t.equal(prepared([mount("/dev/shm")], {}).podMemory, undefined, "of no pod");
  t.equal(prepared([mount("/dev/shm", t.testdir())]).podMemory, undefined, "of files");
});
