import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { errnoName, TskataError } from "../../src/common/error.js";

const MIB = 1024 * 1024;
/** Of the one size that is used. */
export const HUGE_PAGE_BYTES = 2 * MIB;
/** Those of this size, whatever the machine's default is (Documentation/admin-guide/mm/hugetlbpage.rst of the kernel). */
const POOL = "/sys/kernel/mm/hugepages/hugepages-2048kB";

/** How `memory-backend-memfd` is told of huge pages (qemu(1)). */
export const HUGE_BACKEND = { hugetlb: "on", hugetlbsize: "2M" } as const;

/** The host's huge pages of 2 MiB. */
export interface HugePages {
  /** That are reserved for such use. */
  readonly total: number;
  /** Of them, that no process has or has been promised. */
  readonly available: number;
}

/** Rounded up to whole huge pages. */
export function inHugePages(bytes: number): number {
  return Math.ceil(bytes / HUGE_PAGE_BYTES) * HUGE_PAGE_BYTES;
}

/**
 * The huge pages that the host has.
 *
 * @param pool directory where the host's kernel counts them
 * @returns undefined where that kernel has none of 2 MiB
 */
export async function hostHugePages(pool = POOL): Promise<HugePages | undefined> {
  try {
    const [total, free, promised] = await Promise.all(
      ["nr_hugepages", "free_hugepages", "resv_hugepages"].map(async (name) =>
        Number(await readFile(join(pool, name), "utf8")),
      ),
    );
    return { total: total ?? 0, available: (free ?? 0) - (promised ?? 0) };
  } catch (error) {
    if (errnoName(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** What reserves as many huge pages; the kernel finds fewer where memory is in pieces. */
export function reserveCommand(pages: number, pool = POOL): string {
  return `echo ${pages} > ${join(pool, "nr_hugepages")}`;
}

/**
 * Refuses memory for which the host hasn't enough huge pages.
 *
 * @param what what is asked for, for the error
 * @throws TskataError `resource`, or `unsupported` where the host has no such pages
 */
export async function requireHugePages(what: string, bytes: number, pool = POOL): Promise<void> {
  const pages = await hostHugePages(pool);
  const otherwise = "set qemu.huge_pages = false";
  if (pages === undefined) {
    throw new TskataError("unsupported", `${what}: the host's kernel has no huge pages of 2 MiB; ${otherwise}`);
  }
  const { total, available } = pages;
  const needed = inHugePages(bytes) / HUGE_PAGE_BYTES;
  if (needed <= available) return;
  throw new TskataError(
    "resource",
    `${what}: that takes ${needed} huge pages of 2 MiB, and ${available} of this machine's ${total} are free; ` +
      `reserve more (${reserveCommand(total - available + needed, pool)}), or ${otherwise}`,
  );
}
