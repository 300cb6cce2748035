import { once } from "node:events";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import t from "tap";
import { repositoryRoot } from "../../../scripts/artifacts/repository-root.js";
import { shortDirectory } from "../../support/short-directory.js";
import {
  makeRunDirectory,
  newSandboxId,
  removeRunDirectory,
  runDirectoryAt,
} from "../../../src/host/state/run-directory.js";

/** The module that is tested, for threads. */
const MODULE = join(repositoryRoot(import.meta.url), "build/js/src/host/state/run-directory.js");
/** Removes a run directory when it is told to. */
const REMOVER = `
  const { parentPort, workerData } = require("node:worker_threads");
  import(workerData.module).then(({ removeRunDirectory, runDirectoryAt }) => {
    parentPort.postMessage("ready");
    Atomics.wait(workerData.start, 0, 0);
    removeRunDirectory(runDirectoryAt(workerData.path));
    parentPort.postMessage("removed");
  });`;
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

t.test("removeRunDirectory() takes along the images of disks that a crash has left", async (t) => {
  const parent = shortDirectory(t);
  const directory = makeRunDirectory(join(parent, newSandboxId()), OWNER);
  const images = join(parent, "images");
  mkdirSync(images);
  writeFileSync(join(images, "disk1"), "");
  symlinkSync(images, directory.disksLink);
  removeRunDirectory(directory);
  t.notOk(existsSync(images));
  t.notOk(existsSync(directory.path));
});

t.test("removeRunDirectory() may be called by several at the same time", async (t) => {
  const directory = makeRunDirectory(join(shortDirectory(t), newSandboxId()), OWNER);
  for (let index = 0; index < 400; index += 1) {
    mkdirSync(join(directory.skeletonDirectory, String(index), "mounts"), { recursive: true });
    writeFileSync(join(directory.skeletonDirectory, String(index), "file"), "");
  }
  const start = new Int32Array(new SharedArrayBuffer(4));
  const workers = Array.from({ length: 4 }, () => {
    const worker = new Worker(REMOVER, { eval: true, workerData: { module: MODULE, path: directory.path, start } });
    t.teardown(() => worker.terminate());
    return worker;
  });
  const said = (): Promise<unknown[]> =>
    Promise.all(workers.map(async (worker) => ((await once(worker, "message")) as [unknown])[0]));
  t.strictSame(new Set(await said()), new Set(["ready"]));
  const ends = said();
  Atomics.store(start, 0, 1);
  Atomics.notify(start, 0);
  t.strictSame(new Set(await ends), new Set(["removed"]));
  t.notOk(existsSync(directory.path));
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
