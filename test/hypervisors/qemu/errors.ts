import t from "tap";
import { QmpCommandError, QmpError } from "qemu-qmp-client";
import { bootFileUnusable, endedEarly, fromControlError, spawnFailed } from "../../../hypervisors/qemu/errors.js";

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: text`), { code });
}

t.test("fromControlError() translates each code", (t) => {
  const cases = [
    ["closed", "unavailable"],
    ["timeout", "deadline"],
    ["protocol", "internal"],
    ["overflow", "internal"],
  ] as const;
  for (const [code, wanted] of cases) {
    const cause = new QmpError(code, "text");
    t.match(fromControlError("pause the VM", cause), { code: wanted, message: /^pause the VM: /, cause });
  }
  const refused = new QmpCommandError("stop", "GenericError", "no");
  t.match(fromControlError("pause the VM", refused), { code: "internal", cause: refused });
  t.end();
});

t.test("fromControlError() gives the reason of an abort, and leaves other errors alone", (t) => {
  const reason = new Error("enough");
  t.equal(fromControlError("x", new QmpError("aborted", "text", { cause: reason })), reason);
  t.match(fromControlError("x", new QmpError("aborted", "text")), { code: "aborted" });
  t.equal(fromControlError("x", reason), reason);
  t.end();
});

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

t.test("endedEarly() shows the status or signal and what QEMU said", (t) => {
  const silent = endedEarly({ exitCode: 1, signal: null, stderr: "\n" });
  t.match(silent, { code: "unavailable", message: "QEMU ended before the guest ran (exit status 1)" });
  const killed = endedEarly({ exitCode: null, signal: "SIGSEGV", stderr: "qemu: bad\n" });
  t.match(killed, { message: "QEMU ended before the guest ran (signal SIGSEGV): qemu: bad" });
  t.end();
});
