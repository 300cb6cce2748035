import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ensureImage } from "../guest-image/ensure-image.js";
import { ensureKernel } from "../kernel-config/ensure-kernel.js";
import { messageOf } from "../src/common/error.js";
import { cacheDirectory } from "../src/common/artifacts/artifact-cache.js";
import { progressDisplay } from "../src/common/artifacts/progress-display.js";
import { repositoryRoot } from "./artifacts/repository-root.js";

/**
 * Builds what a VM boots, where the cache doesn't have it, and writes where it is to `build/guest.json`. With `--xen-pv`
 * also the kernel of Xen's PV guests.
 */
async function main(): Promise<void> {
  const root = repositoryRoot(import.meta.url);
  const cache = cacheDirectory();
  const report = progressDisplay(process.stderr);
  const image = await ensureImage(root, cache, report);
  const kernel = await ensureKernel(root, cache, report);
  const wantsXenPv = process.argv.includes("--xen-pv");
  const xenPv = wantsXenPv ? await ensureKernel(root, cache, report, { variant: "xen-pv" }) : undefined;
  const guest = {
    kernel: kernel.vmlinux,
    bzImage: kernel.bzImage,
    image: image.path,
    ...(xenPv && { xenPvKernel: xenPv.vmlinux }),
    hashes: { kernel: kernel.hash, image: image.hash },
  };
  const path = join(root, "build/guest.json");
  await mkdir(join(root, "build"), { recursive: true });
  await writeFile(`${path}.${process.pid}`, `${JSON.stringify(guest, undefined, 2)}\n`);
  await rename(`${path}.${process.pid}`, path);
  process.stdout.write(`${path}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`build-guest: ${messageOf(error)}\n`);
  process.exitCode = 1;
});
