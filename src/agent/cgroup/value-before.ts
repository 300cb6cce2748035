import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CgroupWrite } from "../../oci/cgroup-v2/resource-writes.js";

/** What a device has that a file with a line for each doesn't list (cgroup-v2.rst). */
const UNLISTED: Readonly<Record<string, string>> = {
  "io.max": "rbps=max wbps=max riops=max wiops=max",
  "io.weight": "default",
  "io.bfq.weight": "default",
  "rdma.max": "hca_handle=max hca_object=max",
};

/**
 * The write that takes another one back.
 *
 * @param directory the cgroup, as it is before that other one
 * @returns undefined for a file that can't be read: what it did can't be taken back
 */
export async function valueBefore(directory: string, { file, value }: CgroupWrite): Promise<CgroupWrite | undefined> {
  let text: string;
  try {
    text = (await readFile(join(directory, file), "utf8")).trimEnd();
  } catch {
    return undefined;
  }
  const unlisted = UNLISTED[file];
  if (unlisted === undefined) return { file, value: text };
  const [key = ""] = value.includes(" ") ? value.split(" ") : ["default"];
  const line = text.split("\n").find((each) => each.startsWith(`${key} `));
  return { file, value: line ?? `${key} ${unlisted}` };
}
