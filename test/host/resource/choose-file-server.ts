import { chmodSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { chooseFileServer } from "../../../src/host/resource/choose-file-server.js";

/** A file server of each kind, of which QEMU's own keeps its state in `/proc/none/virtiofsd`, where nobody can. */
function places(t: Test) {
  const directory = t.testdir({ virtiofsd: "" });
  const rust = join(directory, "virtiofsd");
  chmodSync(rust, 0o755);
  return {
    rust,
    qemus: "/usr/lib/qemu/virtiofsd",
    nowhere: { candidates: ["/no/virtiofsd"], qemusState: "/proc/none" },
  };
}

t.test("chooseFileServer() takes virtiofsd where there is one, and else 9p", async (t) => {
  const { rust, nowhere } = places(t);
  const found = { candidates: ["/no/virtiofsd", rust], qemusState: "/proc/none" };
  t.strictSame(chooseFileServer({ backend: "auto" }, found), { kind: "virtiofsd", path: rust });
  t.strictSame(chooseFileServer({ backend: "virtiofs", virtiofsd: rust }, nowhere), { kind: "virtiofsd", path: rust });
  t.match(chooseFileServer({ backend: "9p" }, found), { kind: "9p", reason: /share\.backend/ });
  t.match(chooseFileServer({ backend: "disk" }, found), { kind: "disk", reason: /share\.backend/ });
  t.match(chooseFileServer({ backend: "auto" }, nowhere), { kind: "9p", reason: "none of /no/virtiofsd can be run" });
});

t.test("chooseFileServer() goes without QEMU's own server where that can't keep its state", async (t) => {
  const { qemus } = places(t);
  const candidates = [qemus];
  const at = (qemusState: string) => ({ candidates, qemusState });
  t.strictSame(chooseFileServer({ backend: "auto" }, at(t.testdir())), { kind: "virtiofsd", path: qemus });
  t.strictSame(chooseFileServer({ backend: "auto" }, at(join(t.testdir(), "new"))), { kind: "virtiofsd", path: qemus });
  const reason = `${qemus} has to write to /proc/none/virtiofsd, and /proc/none can't be written`;
  t.strictSame(chooseFileServer({ backend: "auto" }, at("/proc/none/virtiofsd")), { kind: "9p", reason });
  t.match(chooseFileServer({ backend: "virtiofs" }, at("/proc/none/virtiofsd")), { kind: "virtiofsd" }, "as asked");
});

t.test("chooseFileServer() misses one that is asked for", async (t) => {
  const { nowhere } = places(t);
  for (const settings of [
    { backend: "virtiofs" },
    { backend: "virtiofs", virtiofsd: "/no/virtiofsd" },
    { backend: "auto", virtiofsd: "/no/virtiofsd" },
  ] as const) {
    t.throws(() => chooseFileServer(settings, nowhere), { code: "not-found", message: /can't be run: install it/ });
  }
});
