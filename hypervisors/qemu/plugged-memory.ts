import type { DimmInfo, QmpClient } from "qemu-qmp-client";
import { CleanupStack } from "../../src/common/cleanup-stack.js";
import { TskataError } from "../../src/common/error.js";
import { inBlocks, MEMORY_SLOTS } from "./growth.js";
import { plugged, unplugged } from "./guest-answer.js";
import { HUGE_PAGE_BYTES, requireHugePages } from "./huge-pages.js";
import { requireFreeMemory } from "../common/memory.js";

/** Of the name of a backend whose memory we plug, before a number. */
const BACKEND = "plugged";
const BACKENDS_PATH = "/objects";

/** A module of memory that was plugged. */
type Dimm = DimmInfo & { readonly id: string };

/** How far a VM's memory can be grown. */
export interface MemoryRoom {
  readonly mostBytes: number;
  /** What is plugged is in huge pages of the host. */
  readonly hugePages: boolean;
}

/** How much memory the VM has, in bytes. */
export async function memorySize(client: QmpClient, signal?: AbortSignal): Promise<number> {
  const summary = await client.execute("query-memory-size-summary", {}, { signal });
  return summary["base-memory"] + (summary["plugged-memory"] ?? 0);
}

/**
 * Plugs a module of memory for what is missing, or has the guest give back
 * modules that are too much. (A virtio-mem device could give back in smaller
 * pieces, but nothing would keep the guest from all of the memory that the
 * device was once made with; and it says only once a second what the guest
 * has done.)
 *
 * @param room what QEMU was started with room for, and of which pages
 * @throws TskataError `unsupported` for more than that or when all slots are in use, `resource` where the host has
 *   not that much, and what `plugged` and `unplugged` throw
 */
export async function setMemorySize(
  client: QmpClient,
  memoryBytes: number,
  room: MemoryRoom,
  signal?: AbortSignal,
): Promise<void> {
  const dimms = await pluggedDimms(client, signal);
  await removeBackends(client, dimms, signal);
  const sizeBytes = await memorySize(client, signal);
  if (sizeBytes < memoryBytes) {
    const bootBytes = sizeBytes - dimms.reduce((sum, { size }) => sum + size, 0);
    await plugDimm(client, inBlocks(memoryBytes - sizeBytes, bootBytes), sizeBytes, room, dimms, signal);
    return;
  }
  let surplusBytes = sizeBytes - memoryBytes;
  const refusals: unknown[] = [];
  for (const dimm of dimms.toSorted((a, b) => b.size - a.size)) {
    if (dimm.size > surplusBytes) continue;
    try {
      await unplugDimm(client, dimm, signal);
      surplusBytes -= dimm.size;
    } catch (error) {
      // Where the kernel has data of its own in this one, it may still do without another.
      if (!(error instanceof TskataError && error.code === "failed-precondition")) throw error;
      refusals.push(error);
    }
  }
  if (refusals.length > 0) throw refusals[0];
}

async function plugDimm(
  client: QmpClient,
  missingBytes: number,
  sizeBytes: number,
  { mostBytes, hugePages }: MemoryRoom,
  dimms: readonly Dimm[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const what = `plug ${missingBytes / 2 ** 20} MiB of memory`;
  if (sizeBytes + missingBytes > mostBytes) {
    const most = `${mostBytes / 2 ** 20} MiB`;
    throw new TskataError(
      "unsupported",
      `${what}: the VM was started with room for ${most}; create the container anew`,
    );
  }
  if (dimms.length >= MEMORY_SLOTS) {
    throw new TskataError(
      "unsupported",
      `${what}: all ${MEMORY_SLOTS} slots of the VM are in use; create the container anew`,
    );
  }
  await (hugePages ? requireHugePages : requireFreeMemory)(what, missingBytes);
  const names = new Set(dimms.map(({ id }) => id));
  const number = Array.from({ length: MEMORY_SLOTS }, (_unused, index) => index).find((n) => !names.has(`dimm${n}`));
  const id = `dimm${number}`;
  const memdev = `${BACKEND}${number}`;
  const pages = hugePages ? { hugetlb: true, hugetlbsize: HUGE_PAGE_BYTES } : {};
  // Shared, since virtiofsd works in the guest's memory.
  const backend = { "qom-type": "memory-backend-memfd", id: memdev, size: missingBytes, share: true, ...pages };
  const undo = new CleanupStack();
  const plug = async (deadline: AbortSignal): Promise<void> => {
    await client.execute("object-add", backend, { signal: deadline });
    undo.defer("remove the backend", async () => void (await client.execute("object-del", { id: memdev })));
    await client.execute("device_add", { driver: "pc-dimm", id, memdev }, { signal: deadline });
    undo.release();
    // Should the guest ever take it, it is to give it back.
    undo.defer("ask for the memory back", async () => void (await client.execute("device_del", { id })));
  };
  try {
    await plugged(client, what, id, plug, signal);
  } catch (error) {
    throw await undo.unwind(error);
  }
}

async function unplugDimm(client: QmpClient, dimm: Dimm, signal: AbortSignal | undefined): Promise<void> {
  const what = `unplug ${dimm.size / 2 ** 20} MiB of memory`;
  const isGone = async (deadline: AbortSignal): Promise<boolean> =>
    (await pluggedDimms(client, deadline)).every(({ id }) => id !== dimm.id);
  const device = { id: dimm.id, qomPath: `/machine/peripheral/${dimm.id}`, isGone };
  await unplugged(
    client,
    what,
    device,
    (deadline) => client.execute("device_del", { id: dimm.id }, { signal: deadline }),
    signal,
  );
  await removeBackends(client, await pluggedDimms(client, signal), signal);
}

async function pluggedDimms(client: QmpClient, signal: AbortSignal | undefined): Promise<Dimm[]> {
  const devices = await client.execute("query-memory-devices", {}, { signal });
  return devices.flatMap(({ type, data }) => (type === "dimm" && hasId(data) ? [data] : []));
}

function hasId(data: DimmInfo): data is Dimm {
  return data.id !== undefined;
}

/** Gives memory back to the host that no module uses: a guest may have given a module back after we stopped waiting. */
async function removeBackends(client: QmpClient, dimms: readonly Dimm[], signal?: AbortSignal): Promise<void> {
  const used = new Set(dimms.map(({ memdev }) => memdev));
  for (const { name } of await client.execute("qom-list", { path: BACKENDS_PATH }, { signal })) {
    const isOurs = name.startsWith(BACKEND);
    if (isOurs && !used.has(`${BACKENDS_PATH}/${name}`)) await client.execute("object-del", { id: name }, { signal });
  }
}
