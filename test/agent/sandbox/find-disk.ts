import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { findDisk } from "../../../src/agent/sandbox/find-disk.js";

const UUID = Buffer.from("00112233445566778899aabbccddeeff", "hex");

/** As much of a disk as counts. */
function disk(uuid: Buffer): Buffer {
  return Buffer.concat([Buffer.alloc(1024 + 0x68), uuid, Buffer.alloc(100)]);
}

/** Disks that are there: an empty one, one whose node is missing, one of others, and ours. */
function places(t: Test, ours: Buffer | undefined) {
  const directory = t.testdir({
    names: { loop0: {}, gone: {}, vda: {}, vdb: {} },
    devices: { loop0: "", vda: disk(Buffer.alloc(16, 1)), ...(ours && { vdb: disk(ours) }) },
  });
  return { names: join(directory, "names"), devices: join(directory, "devices") };
}

t.test("findDisk() finds a disk by the file system that is on it", async (t) => {
  const where = places(t, UUID);
  t.equal(await findDisk(UUID, where), join(where.devices, "vdb"));
});

t.test("findDisk() waits for it", async (t) => {
  const where = places(t, undefined);
  const finding = findDisk(UUID, where);
  writeFileSync(join(where.devices, "vdb"), disk(UUID));
  t.equal(await finding, join(where.devices, "vdb"));
});

t.test("findDisk() gives up, and refuses what is no UUID", async (t) => {
  const where = places(t, Buffer.alloc(16, 2));
  await t.rejects(findDisk(UUID, where, 20), { code: "deadline", message: /wait for the container's disk/ });
  await t.rejects(findDisk(UUID.subarray(1), where), { code: "invalid-argument", message: /not of 15/ });
});
