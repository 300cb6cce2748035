import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Of the container that rehearsals are about. */
export const ID = "rehearsal";

/**
 * Makes what a container that runs has on disk, below a directory.
 *
 * @returns paths of a configuration, and of its bundle
 */
export function layOut(top, stateRoot) {
  const bundle = join(top, "bundle");
  const runDirectory = join(top, "run");
  for (const directory of [join(stateRoot, ID), runDirectory, join(bundle, "rootfs")]) {
    mkdirSync(directory, { recursive: true });
  }
  for (const file of ["kernel", "image"]) writeFileSync(join(top, file), "");
  const config = join(top, "config.toml");
  writeFileSync(config, `[guest]\nkernel = "${join(top, "kernel")}"\nimage = "${join(top, "image")}"\n`);
  const startTicks = Number(
    readFileSync("/proc/self/stat", "utf8")
      .replace(/^.*\) /, "")
      .split(" ")[19],
  );
  const self = { pid: process.pid, startTicks };
  const record = {
    version: 1,
    id: ID,
    ociVersion: "1.0.2",
    status: "running",
    bundle,
    rootfs: join(bundle, "rootfs"),
    created: new Date().toISOString(),
    ownerUid: 0,
    annotations: {},
    hooks: {},
    cgroups: [],
    sandboxId: ID,
    runDirectory,
    creator: self,
    supervisor: self,
    monitor: self,
  };
  writeFileSync(join(stateRoot, ID, "state.json"), JSON.stringify(record));
  return { config, bundle };
}
