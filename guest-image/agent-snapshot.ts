import { copyFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileSha256 } from "../src/common/artifacts/fingerprint.js";
import type { Inputs } from "../src/common/artifacts/fingerprint.js";
import { runTool } from "../src/common/artifacts/run-tool.js";
import { AGENT_BUNDLE, AGENT_FOLDER, NODE_PROGRAM } from "./image-tree.js";

/** Path of the snapshot in the image. */
const SNAPSHOT = `${AGENT_FOLDER}/agent.blob`;
/** Where the agent rehearses, see src/agent/main.ts. */
const REHEARSAL_DIRECTORY = "tmp/rehearsal";
const CLOCK_SOURCE = "guest-image/fixed-process.c";
const CLOCK_FLAGS = ["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror"];
const CLOCK_LIBRARY = "/fixed-process.so";

/** Flags that make V8 do the same in every build; they need not be given when the snapshot is used. */
const BUILD_FLAGS = ["--random-seed=42", "--single-threaded"];

/** With one thread for files, their operations end in the order in which they began. */
const BUILD_ENVIRONMENT = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/", "UV_THREADPOOL_SIZE=1"];

/**
 * Arguments with which init starts the agent, one a line. The snapshot holds
 * the agent's modules, and the built-in ones that they use, as they are after
 * loading; see README.md for what each flag saves.
 */
export const AGENT_ARGUMENTS: readonly string[] = [
  // the hash seed may be the same in every guest: nothing that an attacker chooses is hashed for anyone else
  "--no-rehash-snapshot",
  // without KVM, to compile costs more than a container's life gains by it
  "--no-sparkplug",
  "--no-maglev",
  "--no-opt",
  "--snapshot-blob",
  SNAPSHOT,
];

/** What the snapshot depends on apart from the agent's bundle, Node and the libraries. */
export async function snapshotInputs(root: string): Promise<Inputs> {
  return {
    flags: [...CLOCK_FLAGS, ...BUILD_FLAGS, ...BUILD_ENVIRONMENT],
    clock: await fileSha256(join(root, CLOCK_SOURCE)),
  };
}

/**
 * Runs the agent's bundle in the laid-out image up to the point where its
 * main function would start, and keeps the state of the heap
 * (`node --build-snapshot`). Clock, process id and addresses are fixed
 * meanwhile, so that the same inputs give the same bytes. Needs the right to
 * chroot(2).
 *
 * @param root the checkout
 * @param tree the laid-out image
 * @param scratch an existing directory for what is compiled
 */
export async function buildSnapshot(root: string, tree: string, scratch: string): Promise<void> {
  const what = "make the agent's startup snapshot";
  const clock = join(scratch, "fixed-process.so");
  await runTool(what, "gcc", [...CLOCK_FLAGS, "-o", clock, join(root, CLOCK_SOURCE)]);
  const preload = join(tree, "etc/ld.so.preload");
  await copyFile(clock, join(tree, CLOCK_LIBRARY));
  await writeFile(preload, `${CLOCK_LIBRARY}\n`);
  const node = [NODE_PROGRAM, ...BUILD_FLAGS, "--snapshot-blob", SNAPSHOT, "--build-snapshot", AGENT_BUNDLE];
  await runTool(what, "env", [
    "--ignore-environment",
    ...BUILD_ENVIRONMENT,
    "setarch",
    "--addr-no-randomize",
    "chroot",
    tree,
    ...node,
  ]);
  await rm(join(tree, REHEARSAL_DIRECTORY), { recursive: true, force: true });
  await rm(preload);
  await rm(join(tree, CLOCK_LIBRARY));
}
