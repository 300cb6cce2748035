import { copyFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { StepCounter } from "../src/common/artifacts/progress.js";
import type { ReportProgress } from "../src/common/artifacts/progress.js";
import { runTool } from "../src/common/artifacts/run-tool.js";
import { configure } from "./configure.js";
import type { Fragment } from "./configure.js";
import { extractSource } from "./extract-source.js";
import type { KernelSeries, LinuxSource } from "./linux-source.js";
import { changeSource } from "./source-changes.js";

/** Objects that a build of each series makes, for the estimate. */
const EXPECTED_OBJECTS: Record<KernelSeries, number> = { "6.1": 1958, "6.12": 2090 };

/** What would else differ from build to build: date, user, host and build counter. */
export const KERNEL_BUILD_ENVIRONMENT = {
  KBUILD_BUILD_TIMESTAMP: "Mon Jan  1 00:00:00 UTC 2024",
  KBUILD_BUILD_USER: "tskata",
  KBUILD_BUILD_HOST: "tskata",
  KBUILD_BUILD_VERSION: "1",
} as const;

const OBJECT_LINE = /^ {2}(?:CC|AS) /;

/**
 * Builds the guest kernel from its source.
 *
 * @param root the checkout
 * @param tree an empty directory for source and objects (1 GB)
 * @param output is given `vmlinux` (stripped, boots by PVH), `bzImage` and `config`
 */
export async function compileKernel(
  root: string,
  source: LinuxSource,
  fragments: readonly Fragment[],
  tree: string,
  output: string,
  report: ReportProgress,
  signal?: AbortSignal,
): Promise<void> {
  const name = `linux ${source.series}`;
  report({ stage: `unpack ${name}`, fraction: 0 });
  await extractSource(source, tree, signal);
  await changeSource(root, tree, source.series);
  report({ stage: `unpack ${name}`, fraction: 1 });
  await configure(tree, fragments);
  const counter = new StepCounter(`compile the guest kernel (${name})`, EXPECTED_OBJECTS[source.series], report);
  await runTool("compile the guest kernel", "make", ["-j", String(availableParallelism()), "vmlinux", "bzImage"], {
    cwd: tree,
    env: KERNEL_BUILD_ENVIRONMENT,
    onLine: (line) => {
      if (OBJECT_LINE.test(line)) counter.step();
    },
    ...(signal && { signal }),
  });
  await runTool("strip the guest kernel", "strip", ["-s", "-o", join(output, "vmlinux"), join(tree, "vmlinux")]);
  await copyFile(join(tree, "arch/x86/boot/bzImage"), join(output, "bzImage"));
  await copyFile(join(tree, ".config"), join(output, "config"));
  counter.finish();
}
