import t from "tap";
import { bootFileUnusable, spawnFailed } from "../../../hypervisors/common/host-errors.js";

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: text`), { code });
}

t.test("spawnFailed() goes by errno", (t) => {
  const cases = [
    ["ENOENT", "not-found"],
    ["EACCES", "permission"],
    ["EAGAIN", "resource"],
    ["EIO", "internal"],
  ] as const;
  for (const [errno, code] of cases) {
    t.match(spawnFailed("qemu", systemError(errno)), { code, message: `can't start qemu: ${errno}` });
  }
  t.match(spawnFailed("qemu", new Error("odd")), { code: "internal", message: "can't start qemu: Error: odd" });
  t.end();
});

t.test("bootFileUnusable() goes by errno and names the file", (t) => {
  t.match(bootFileUnusable("kernel", "/k", systemError("ENOENT")), { code: "not-found", message: /guest kernel \/k / });
  t.match(bootFileUnusable("image", "/i", systemError("EACCES")), { code: "permission", message: /guest image \/i / });
  t.match(bootFileUnusable("image", "/i", systemError("EIO")), { code: "internal" });
  const disk = bootFileUnusable("initial RAM disk", "/d", systemError("ENOENT"));
  t.match(disk, { code: "not-found", message: /guest initial RAM disk \/d / });
  t.end();
});
