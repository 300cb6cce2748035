import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ensureArtifact } from "../src/common/artifacts/artifact-cache.js";
import type { ReportProgress } from "../src/common/artifacts/progress.js";
import { runTool } from "../src/common/artifacts/run-tool.js";
import { compileKernel, KERNEL_BUILD_ENVIRONMENT } from "./compile.js";
import { type KernelVariant, readFragments, withVariant } from "./configure.js";
import { findLinuxSource } from "./linux-source.js";
import { sourceChangeInputs } from "./source-changes.js";

/** The guest kernel, built. */
export interface Kernel {
  /** Uncompressed ELF, which boots fastest: for hypervisors that know PVH. */
  vmlinux: string;
  /** Compressed image for the rest. */
  bzImage: string;
  /** Name of the inputs it was built from. */
  hash: string;
}

/** Raised when the same inputs are to give another kernel. */
const RECIPE = 1;

/**
 * Returns the guest kernel from the cache, where it is built first if need be
 * (about 10 minutes on two cores).
 *
 * @param root the checkout
 * @param cache the cache folder
 * @param variant which kernel; the one that most hypervisors boot where undefined
 */
export async function ensureKernel(
  root: string,
  cache: string,
  report: ReportProgress,
  { variant, signal }: { variant?: KernelVariant; signal?: AbortSignal } = {},
): Promise<Kernel> {
  const source = await findLinuxSource();
  const common = await readFragments(join(root, "kernel-config/fragments"), source.series);
  const fragments =
    variant === undefined ? common : await withVariant(join(root, "kernel-config/variants"), variant, common);
  const requests = fragments.flatMap((fragment) => fragment.requests);
  const inputs = {
    recipe: RECIPE,
    environment: KERNEL_BUILD_ENVIRONMENT,
    source: { series: source.series, digest: source.digest },
    // comments may change without a rebuild; the order counts, because the last request for an option wins
    options: requests.map(({ option, value }) => `${option}=${value ?? "n"}`),
    changes: await sourceChangeInputs(root, source.series),
    compiler: await firstLine("gcc"),
    linker: await firstLine("ld"),
  };
  const { directory, hash } = await ensureArtifact(
    cache,
    {
      kind: variant === undefined ? "kernel" : `${variant}-kernel`,
      inputs,
      async build(output) {
        const tree = join(output, "linux");
        await mkdir(tree);
        await compileKernel(root, source, fragments, tree, output, report, signal);
      },
    },
    report,
  );
  return { vmlinux: join(directory, "vmlinux"), bzImage: join(directory, "bzImage"), hash };
}

async function firstLine(tool: string): Promise<string> {
  return (await runTool(`find the version of ${tool}`, tool, ["--version"])).split("\n")[0] ?? "";
}
