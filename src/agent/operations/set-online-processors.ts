import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, TskataError } from "../../common/error.js";
import { pollUntil } from "../../common/poll-until.js";
import { parseIdList } from "../../oci/id-list.js";
import type { Sandbox } from "../sandbox/sandbox.js";

/** How long the kernel may take to find what was plugged, where the hypervisor's driver can't see that it has. */
const FOUND_WITHIN_MS = 2_000;
const LOOK_EVERY_MS = 5;

/**
 * Brings processors online, those with low numbers first, or takes them
 * offline, those with high numbers first, until so many are online. The kernel
 * leaves what is plugged offline (cpu_hotplug.rst).
 *
 * @throws TskataError `failed-precondition` where there are fewer, `resource` where the kernel can't start or stop one
 */
export async function setOnlineProcessors({ paths }: Pick<Sandbox, "paths">, count: number): Promise<void> {
  const directory = join(paths.sysfs, "devices/system/cpu");
  const list = async (file: string): Promise<number[]> => parseIdList(await readFile(join(directory, file), "utf8"));
  const online = await list("online");
  const present = await presentProcessors(() => list("present"), count);
  if (present.length < count) {
    throw new TskataError(
      "failed-precondition",
      `bring ${count} processors online: the guest's kernel has found ${present.length}`,
    );
  }
  const set = async (id: number, value: "0" | "1"): Promise<void> => {
    try {
      await writeFile(join(directory, `cpu${id}/online`), value);
    } catch (cause) {
      const state = value === "1" ? "online" : "offline";
      throw new TskataError("resource", `bring processor ${id} ${state}: ${messageOf(cause)}`, { cause });
    }
  };
  const offline = present.filter((id) => !online.includes(id));
  for (const id of offline.slice(0, Math.max(0, count - online.length))) await set(id, "1");
  for (const id of online.slice(Math.max(1, count)).toReversed()) await set(id, "0");
}

/** What the kernel has found, when that is so many or as many as there will be. */
async function presentProcessors(look: () => Promise<number[]>, count: number): Promise<number[]> {
  const untilMs = performance.now() + FOUND_WITHIN_MS;
  let present: number[] = [];
  await pollUntil(async () => {
    present = await look();
    return present.length >= count || performance.now() >= untilMs;
  }, LOOK_EVERY_MS);
  return present;
}
