import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { TskataError } from "../../src/common/error.js";
import { bootFileUnusable } from "../common/host-errors.js";

/** Where a bzImage has its mark, and what that is: the kernel's arch/x86/boot.rst, "header". */
const MARK_OFFSET = 0x202;
const MARK = "HdrS";
/** What the build of the guest's kernel calls the form that lkvm loads, beside the one that others load. */
const SIBLING = "bzImage";

/**
 * The kernel in the form that lkvm loads: the file itself where it is a bzImage, else one of that name beside it.
 *
 * @throws TskataError `not-found`, `permission`, and `unsupported` where neither is one
 */
export async function kernelImage(kernelPath: string): Promise<string> {
  if (await isBzImage(kernelPath)) return kernelPath;
  const sibling = join(dirname(kernelPath), SIBLING);
  const found = await isBzImage(sibling).catch(() => false);
  if (found) return sibling;
  throw new TskataError(
    "unsupported",
    `the guest kernel ${kernelPath} is no bzImage, and kvmtool loads nothing else; ${sibling} is none either: ` +
      "build the guest, or name one in the configuration (guest.kernel)",
  );
}

async function isBzImage(path: string): Promise<boolean> {
  try {
    const file = await open(path);
    try {
      const { buffer } = await file.read(Buffer.alloc(MARK.length), 0, MARK.length, MARK_OFFSET);
      return buffer.toString("latin1") === MARK;
    } finally {
      await file.close();
    }
  } catch (error) {
    throw bootFileUnusable("kernel", path, error);
  }
}
