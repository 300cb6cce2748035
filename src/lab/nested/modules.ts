import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { TskataError } from "../../common/error.js";

/** What the nested machine needs before it has a root: its disk, 9p, the file systems; and a checksum that erofs asks for. */
const EARLY = ["virtio_pci", "virtio_blk", "virtio_net", "crc32c_generic", "9pnet_virtio", "9p", "overlay", "erofs"];

/**
 * The kernel modules that an initial RAM disk loads, each after those that it needs: modules.dep, see depmod(8). Those
 * that are built into the kernel (modules.builtin) are none of them.
 *
 * @param directory `/usr/lib/modules/VERSION` of the kernel, after depmod
 * @returns absolute paths of files, in the order in which they are to be loaded
 */
export async function earlyModules(directory: string): Promise<string[]> {
  const dependencies = new Map<string, readonly string[]>();
  for (const line of (await readFile(join(directory, "modules.dep"), "utf8")).split("\n")) {
    const [path, needed = ""] = line.split(":");
    if (path !== undefined && path !== "") dependencies.set(path, needed.split(" ").filter(Boolean));
  }
  const builtIn = new Set((await readFile(join(directory, "modules.builtin"), "utf8")).split("\n").map(moduleName));
  const order = new Set<string>();
  for (const name of EARLY.filter((each) => !builtIn.has(each))) {
    const path = [...dependencies.keys()].find((candidate) => moduleName(candidate) === name);
    if (path === undefined) throw new TskataError("not-found", `${directory} has no module ${name}`);
    // modules.dep lists what is needed directly first, and that needs the rest
    for (const needed of [...(dependencies.get(path) ?? []).toReversed(), path]) order.add(join(directory, needed));
  }
  return [...order];
}

function moduleName(path: string): string {
  return basename(path)
    .replace(/\.ko(\.xz)?$/, "")
    .replaceAll("-", "_");
}
