import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { TskataError } from "../src/common/error.js";
import { runTool } from "../src/common/artifacts/run-tool.js";
import type { KernelSeries } from "./linux-source.js";
import { parseFragment, unmetRequests, unmetText } from "./option-request.js";
import type { OptionRequest } from "./option-request.js";

/** A configuration fragment. */
export interface Fragment {
  /** File name without folder. */
  name: string;
  path: string;
  requests: OptionRequest[];
}

const FRAGMENTS = ["base", "x86", "virtio", "filesystems", "containers", "network", "lsm", "xen", "kvmtool"];

/** A kernel for a hypervisor that can't boot the one that the others boot; `variants/NAME.conf`. */
export type KernelVariant = "xen-pv";

/**
 * Reads the fragments for a kernel series, in the order in which they are merged.
 *
 * @param folder `kernel-config/fragments`
 */
export async function readFragments(folder: string, series: KernelSeries): Promise<Fragment[]> {
  return Promise.all(
    [...FRAGMENTS, `linux-${series}`].map(async (purpose) => {
      const name = `${purpose}.conf`;
      const path = join(folder, name);
      return { name, path, requests: parseFragment(name, await readFile(path, "utf8")) };
    }),
  );
}

/**
 * Reads a variant, and leaves out of the fragments what it asks for otherwise.
 *
 * @param folder `kernel-config/variants`
 * @returns the fragments, the variant last
 */
export async function withVariant(
  folder: string,
  variant: KernelVariant,
  fragments: readonly Fragment[],
): Promise<Fragment[]> {
  const name = `${variant}.conf`;
  const path = join(folder, name);
  const requests = parseFragment(name, await readFile(path, "utf8"));
  const changed = new Set(requests.map(({ option }) => option));
  const rest = fragments.map((fragment) => ({
    ...fragment,
    requests: fragment.requests.filter(({ option }) => !changed.has(option)),
  }));
  return [...rest, { name, path, requests }];
}

/**
 * Writes `.config`: the fragments on top of allnoconfig, so that nothing is
 * in the kernel that no fragment asked for.
 *
 * @param tree top of the kernel source
 * @throws TskataError `invalid-argument` with every option that a fragment
 *   asks for and the result doesn't have
 */
export async function configure(tree: string, fragments: readonly Fragment[]): Promise<void> {
  const args = ["-n", ...fragments.map((fragment) => fragment.path)];
  await runTool("merge the kernel configuration", join(tree, "scripts/kconfig/merge_config.sh"), args, { cwd: tree });
  const config = await readFile(join(tree, ".config"), "utf8");
  const unmet = unmetRequests(
    fragments.flatMap((fragment) => fragment.requests),
    config,
  );
  if (unmet.length === 0) return;
  throw new TskataError("invalid-argument", `the kernel configuration lost what was asked for:\n${unmetText(unmet)}`);
}
