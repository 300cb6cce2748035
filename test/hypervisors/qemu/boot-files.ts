import { chmodSync, readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { openBootFiles } from "../../../hypervisors/qemu/boot-files.js";

const STRANGER = { uid: 65534, gid: 65534 };

/** How many descriptors this process holds. */
async function held(): Promise<number> {
  return (await readdir("/proc/self/fd")).length;
}

t.test("openBootFiles() opens kernel, image and what else there is, and closes them", async (t) => {
  const directory = t.testdir({ kernel: "k", image: "i" });
  const spec = { kernelPath: join(directory, "kernel"), imagePath: join(directory, "image") };
  const before = await held();
  const files = await openBootFiles(spec, STRANGER);
  const contents = files.descriptors.map((fd) => fd && readFileSync(fd, "utf8"));
  t.strictSame(contents, ["k", "i", undefined]);
  await files.close();
  const more = await openBootFiles({ ...spec, initrdPath: spec.kernelPath }, STRANGER);
  t.equal(more.descriptors.length, 3);
  await more.close();
  t.equal(await held(), before);
});

t.test("openBootFiles() names the file that is missing and leaves nothing open", async (t) => {
  const kernelPath = join(t.testdir({ kernel: "k" }), "kernel");
  const before = await held();
  const missing = openBootFiles({ kernelPath, imagePath: "/nonexistent/image" }, undefined);
  await t.rejects(missing, { code: "not-found", message: /guest image \/nonexistent\/image/ });
  const notAFolder = openBootFiles({ kernelPath: join(kernelPath, "x"), imagePath: kernelPath }, undefined);
  await t.rejects(notAFolder, { code: "not-found", message: /guest kernel/ });
  t.equal(await held(), before);
});

t.test("openBootFiles() refuses a file that QEMU's user can't read", async (t) => {
  const path = join(t.testdir({ kernel: "k" }), "kernel");
  const spec = { kernelPath: path, imagePath: path };
  const { uid = 0, gid = 0 } = { uid: process.getuid?.(), gid: process.getgid?.() };
  const cases = [
    [0o640, STRANGER, false],
    [0o604, STRANGER, true],
    [0o640, { uid: 65534, gid }, true],
    [0o604, { uid: 65534, gid }, false],
    [0o400, { uid, gid }, true],
  ] as const;
  for (const [mode, user, readable] of cases) {
    chmodSync(path, mode);
    const opening = openBootFiles(spec, user);
    if (readable) await (await opening).close();
    else await t.rejects(opening, { code: "permission", message: /readable to all/ });
  }
});
