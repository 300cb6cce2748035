import { runTool } from "../../common/artifacts/run-tool.js";

/** Sorted, so that the same files give the same archive. */
const PACK = 'cd "$1" && find . -print0 | sort -z | cpio --null --create --format=newc --quiet --owner=0:0 > "$2"';

/**
 * Packs a directory into an archive that a kernel takes as an initial RAM disk; several such make one, put together.
 *
 * @param archive absolute path of the file that is made
 */
export async function packInitramfs(directory: string, archive: string, signal?: AbortSignal): Promise<void> {
  const args = ["-euc", PACK, "sh", directory, archive];
  await runTool("pack an initial RAM disk", "sh", args, { signal });
}
