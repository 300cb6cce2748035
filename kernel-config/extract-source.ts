import type { LinuxSource } from "./linux-source.js";
import { runTool } from "../src/common/artifacts/run-tool.js";

const OTHER_ARCHITECTURES = [
  ..."alpha arc arm arm64 csky hexagon ia64 loongarch m68k microblaze".split(" "),
  ..."mips nios2 openrisc parisc powerpc riscv s390 sh sparc um xtensa".split(" "),
];

/** Folders of which only the Kconfig files and makefiles are needed, because Kconfig reads them all. */
const SKELETON_ONLY = [
  "drivers/gpu",
  "drivers/infiniband",
  "drivers/media",
  "drivers/net/ethernet",
  "drivers/net/wireless",
  "drivers/staging",
  "sound",
  ...OTHER_ARCHITECTURES.map((name) => `arch/${name}`),
];

/** What is left out: two thirds of the source. A build that needed it would fail on it. */
const EXCLUDED = [
  ...SKELETON_ONLY.map((folder) => `*/${folder}/*.[chS]`),
  "*.dts",
  "*.dtsi",
  "*/Documentation/*.rst",
  "*/Documentation/*.yaml",
  "*/Documentation/*.txt",
  "*/Documentation/*.svg",
  "*/tools/perf/*",
  "*/tools/testing/*",
];

/**
 * Unpacks what a build for x86 needs of a kernel source.
 *
 * @param directory an existing directory, which becomes the top of the tree
 */
export async function extractSource(source: LinuxSource, directory: string, signal?: AbortSignal): Promise<void> {
  const excludes = EXCLUDED.map((pattern) => `--exclude=${pattern}`);
  const args = ["--extract", "--xz", `--file=${source.tarball}`, `--directory=${directory}`, "--strip-components=1"];
  await runTool("unpack the kernel source", "tar", [...args, ...excludes], { ...(signal && { signal }) });
}
