import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import type { Disk } from "../../../hypervisors/hypervisor.js";
import { giveFiles, takeFiles } from "../../../src/host/sandbox/container-files.js";
import { ContainerDisks } from "../../../src/host/sandbox/vm/container-disks.js";

const MIB = 1024 * 1024;
const never = AbortSignal.any([]);
const BIND = { recursive: true, propagation: "slave" } as const;
const READ_ONLY = {
  ...BIND,
  index: 2,
  destination: "/config",
  source: "/srv/config",
  directory: true,
  access: "ro",
} as const;
const ONE_FILE = {
  ...BIND,
  index: 4,
  destination: "/etc/hosts",
  source: "/srv/hosts",
  directory: false,
  access: "keep",
} as const;

/** A VM whose share is a plain directory, and that notes what is plugged. */
async function vm(t: Test, hasDisks: boolean, fails = false) {
  const directory = t.testdir({ share: {} });
  const share = join(directory, "share");
  const calls: string[] = [];
  const images: Buffer[] = [];
  const link = join(directory, "link");
  const disks = hasDisks ? await ContainerDisks.open(join(directory, "images"), link, MIB) : undefined;
  const made = {
    share: {
      directory: {
        path: share,
        addContainer: async (id: string, rootfs: string, mounts: readonly { index: number }[]) => {
          mkdirSync(join(share, id, "rootfs"), { recursive: true });
          calls.push(`add ${id} ${rootfs}`);
          return {
            rootfs: `${id}/rootfs`,
            binds: new Map(mounts.map(({ index }) => [index, `${id}/mounts/${index}`])),
          };
        },
        removeContainer: async (id: string, mounts: Iterable<number>) =>
          void calls.push(`remove ${id} ${[...mounts].join()}`),
      },
      disks,
    },
    machine: {
      plugDisk: async ({ id, path }: Disk) => {
        if (fails) throw new Error("no room");
        images.push(readFileSync(path).subarray(1024 + 0x68, 1024 + 0x78));
        calls.push(`plug ${id}`);
      },
      unplugDisk: async (id: string) => void calls.push(`unplug ${id}`),
    },
  };
  return { vm: made as unknown as Parameters<typeof giveFiles>[0], calls, images, disks, directory, link };
}

t.test("giveFiles() names what is in the share", async (t) => {
  const { vm: shared, calls } = await vm(t, false);
  const files = await giveFiles(shared, { id: "c1", rootfs: "/r", sharedMounts: [READ_ONLY] }, never);
  t.strictSame(files, {
    rootfsPath: "/run/tskata/shares/tskata/c1/rootfs",
    mountPaths: new Map([[2, "/run/tskata/shares/tskata/c1/mounts/2"]]),
  });
  await takeFiles(shared, "c1", [2]);
  t.strictSame(calls, ["add c1 /r", "remove c1 2"]);
});

t.test("giveFiles() plugs a copy of them, and shares nothing then", async (t) => {
  const { vm: copied, calls, images, disks, directory, link } = await vm(t, true);
  t.equal(readlinkSync(link), join(directory, "images"));
  const files = await giveFiles(copied, { id: "c1", rootfs: "/r", sharedMounts: [READ_ONLY, ONE_FILE] }, never);
  t.equal(files.rootfsPath, "/run/tskata/disks/c1/rootfs");
  t.equal(files.mountPaths.get(4), "/run/tskata/disks/c1/mounts/4");
  t.strictSame(
    images.map((uuid) => uuid.toString("hex")),
    [Buffer.from(files.fileSystem ?? []).toString("hex")],
  );
  t.strictSame(calls, ["add c1 /r", "plug disk1", "remove c1 2,4"]);
  t.strictSame(readdirSync(join(directory, "images")), [], "the image has no name any more");
  await giveFiles(copied, { id: "c2", rootfs: "/r", sharedMounts: [] }, never);
  await takeFiles(copied, "c1", [2, 4]);
  await takeFiles(copied, "c1", [2, 4]);
  t.strictSame(calls.slice(3), ["add c2 /r", "plug disk2", "remove c2 ", "unplug disk1"]);
  await disks?.close();
  t.notOk(existsSync(join(directory, "images")));
});

t.test("giveFiles() leaves nothing where the disk can't be plugged", async (t) => {
  const { vm: copied, calls, directory } = await vm(t, true, true);
  await t.rejects(giveFiles(copied, { id: "c1", rootfs: "/r", sharedMounts: [ONE_FILE] }, never), /no room/);
  t.strictSame(calls, ["add c1 /r", "remove c1 4"]);
  t.strictSame(readdirSync(join(directory, "images")), []);
  await takeFiles(copied, "c1", [4]);
  t.equal(calls.length, 2);
});

t.test("giveFiles() refuses a copy of what would have to be kept", async (t) => {
  const { vm: copied, calls } = await vm(t, true);
  const give = (change: object) =>
    giveFiles(copied, { id: "c1", rootfs: "/r", sharedMounts: [{ ...READ_ONLY, ...change }] }, never);
  for (const access of ["rw", "keep"]) {
    await t.rejects(give({ access }), {
      code: "unsupported",
      message: /^bind mount at \/config: .* what it writes to \/srv\/config would be lost; mount it read-only/,
    });
  }
  await t.rejects(give({ access: "keep", directory: false }), { code: "unsupported" });
  t.strictSame(calls, []);
  await give({ access: "rw", destination: "/dev/shm" });
  t.match(calls, ["add c1 /r", "plug disk1"]);
});
