import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { TskataError } from "../src/common/error.js";
import { ensureArtifact } from "../src/common/artifacts/artifact-cache.js";
import { fileSha256 } from "../src/common/artifacts/fingerprint.js";
import type { ReportProgress } from "../src/common/artifacts/progress.js";
import { AGENT_ARGUMENTS, buildSnapshot, snapshotInputs } from "./agent-snapshot.js";
import { bundleAgent } from "./agent-bundle.js";
import { erofsInputs, makeErofs } from "./erofs.js";
import { AGENT_BUNDLE, layOutTree, NODE_PROGRAM } from "./image-tree.js";
import { ensureNodeBinary } from "./node-binary.js";
import { sharedLibraries } from "./shared-libraries.js";
import type { HostFile } from "./shared-libraries.js";
import { compileStaticProgram, STATIC_PROGRAMS, staticProgramInputs } from "./static-programs.js";

/** The guest image, built. */
export interface GuestImage {
  /** Path of the read-only erofs image. */
  path: string;
  /** Name of the inputs it was built from. */
  hash: string;
}

/** Raised when the same inputs are to give another image. */
const RECIPE = 1;
/** iproute2's program, whose path differs between Debian releases only by the merged /usr. */
const IP_PROGRAM: HostFile = { source: "/sbin/ip", target: "/usr/sbin/ip" };
/** CRIU, and what it runs to save the files of a tmpfs: tar, which has a shell start gzip. */
const CHECKPOINT_PROGRAMS: readonly HostFile[] = [
  { source: "/usr/sbin/criu", target: "/usr/sbin/criu" },
  { source: "/bin/tar", target: "/usr/bin/tar" },
  { source: "/bin/gzip", target: "/usr/bin/gzip" },
  { source: "/bin/dash", target: "/usr/bin/sh" },
];

/**
 * Returns the guest image from the cache, where it is built first if need be:
 * in seconds, once the guest's Node is in the cache.
 *
 * @param root the checkout
 * @param cache the cache folder
 */
export async function ensureImage(
  root: string,
  cache: string,
  report: ReportProgress,
  signal?: AbortSignal,
): Promise<GuestImage> {
  const node = await ensureNodeBinary(cache, report, signal);
  const nodeProgram = { source: join(node.directory, "node"), target: NODE_PROGRAM };
  const machinePrograms = [IP_PROGRAM, ...CHECKPOINT_PROGRAMS];
  requirePrograms(machinePrograms);
  const libraries = await sharedLibraries([nodeProgram, ...machinePrograms].map(({ source }) => source));
  const hostFiles = [...machinePrograms, ...libraries];
  const agent = await bundleAgent(root);
  const inputs = {
    recipe: RECIPE,
    node: node.hash,
    hostFiles: Object.fromEntries(
      await Promise.all(hostFiles.map(async ({ source, target }) => [target, await fileSha256(source)] as const)),
    ),
    programs: await staticProgramInputs(root),
    agent: createHash("sha256").update(agent).digest("hex"),
    arguments: AGENT_ARGUMENTS,
    snapshot: await snapshotInputs(root),
    erofs: await erofsInputs(),
  };
  const { directory, hash } = await ensureArtifact(
    cache,
    {
      kind: "image",
      inputs,
      async build(output) {
        const stage = "build the guest image";
        report({ stage, fraction: 0 });
        const objects = join(output, "objects");
        const tree = join(output, "tree");
        await mkdir(objects);
        await mkdir(tree);
        const compiled = await Promise.all(
          STATIC_PROGRAMS.map(async (program) => {
            const source = join(objects, program.name);
            await compileStaticProgram(root, program, source);
            return { source, target: program.target };
          }),
        );
        report({ stage, fraction: 0.1 });
        await layOutTree(
          tree,
          [nodeProgram, ...hostFiles, ...compiled],
          [
            { target: AGENT_BUNDLE, contents: agent },
            { target: "/etc/tskata/agent.args", contents: `${AGENT_ARGUMENTS.join("\n")}\n` },
          ],
        );
        report({ stage, fraction: 0.2 });
        await buildSnapshot(root, tree, objects);
        report({ stage, fraction: 0.3 });
        await makeErofs(tree, join(output, "guest.erofs"));
        report({ stage, fraction: 1 });
      },
    },
    report,
  );
  return { path: join(directory, "guest.erofs"), hash };
}

function requirePrograms(programs: readonly HostFile[]): void {
  const missing = programs.map(({ source }) => source).filter((source) => !existsSync(source));
  if (missing.length === 0) return;
  const remedy = "install the Debian packages that `node scripts/system-packages.mjs missing` lists";
  throw new TskataError("not-found", `build the guest image: this machine has no ${missing.join(", ")}; ${remedy}`);
}
