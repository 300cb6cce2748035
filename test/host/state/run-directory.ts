import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { shortDirectory } from "../../support/short-directory.js";
import {
  makeRunDirectory,
  newSandboxId,
  removeRunDirectory,
  runDirectoryAt,
} from "../../../src/host/state/run-directory.js";

const OWNER = { stateRoot: "/root", creator: { pid: 1, startTicks: 1 } };

t.test("a run directory is made once and removed whole", async (t) => {
  const path = join(shortDirectory(t), "base", newSandboxId());
  const directory = makeRunDirectory(path, OWNER);
  t.throws(() => makeRunDirectory(path, OWNER), { code: "EEXIST" });
  mkdirSync(join(directory.skeletonDirectory, "a", "rootfs"), { recursive: true });
  writeFileSync(join(directory.skeletonDirectory, "a", "file"), "");
  removeRunDirectory(directory);
  t.notOk(existsSync(path));
  removeRunDirectory(directory);
});

t.test("removeRunDirectory() deletes nothing that lies where mounts could be", async (t) => {
  const directory = makeRunDirectory(join(shortDirectory(t), newSandboxId()), OWNER);
  writeFileSync(join(directory.shareDirectory, "precious"), "x");
  t.throws(() => removeRunDirectory(directory), { code: "ENOTEMPTY" });
  t.ok(existsSync(join(directory.shareDirectory, "precious")));
});

t.test("socket paths of the default run directory fit into sockaddr_un", async (t) => {
  const { controlSocket, stdioSocket } = runDirectoryAt(`/run/tskata-vm/${newSandboxId()}`);
  t.ok(Buffer.byteLength(controlSocket) < 108 && Buffer.byteLength(stdioSocket) < 108);
});

t.test("makeRunDirectory() refuses a path that is too long for sockets", async (t) => {
  const path = join(shortDirectory(t), "x".repeat(100));
  t.throws(() => makeRunDirectory(path, OWNER), { code: "invalid-argument", message: /shorter paths.run_dir/ });
  t.notOk(existsSync(path));
});
