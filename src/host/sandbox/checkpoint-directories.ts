import { join } from "node:path";
import { randomHex } from "../../common/random-hex.js";
import { TskataError } from "../../common/error.js";
import { CleanupStack } from "../../common/cleanup-stack.js";
import { GUEST_SHARE_PATH } from "./vm/open-share.js";
import type { Sandbox } from "./sandbox.js";

/** Where a checkpoint is kept: absolute paths of directories on the host. */
export interface CheckpointDirectories {
  /** CRIU's images. */
  readonly images: string;
  /** Its log. */
  readonly work: string;
}

/**
 * Has the guest see both for as long as the work takes.
 *
 * @throws TskataError `unsupported` where files are copied to disks
 */
export async function withCheckpointDirectories<T>(
  sandbox: Sandbox,
  containerId: string,
  directories: CheckpointDirectories,
  work: (guest: { readonly imagesPath: string; readonly workPath: string }) => Promise<T>,
): Promise<T> {
  const { directory: share, disks } = sandbox.vm.share;
  if (disks !== undefined) {
    const why = "the container's files are copies on a disk; share files otherwise (share.backend)";
    throw new TskataError("unsupported", `write a checkpoint of ${containerId}, or read one: ${why}`);
  }
  const shared = new CleanupStack();
  const add = async (name: keyof CheckpointDirectories): Promise<string> => {
    const unique = `${name}-${randomHex(4)}`;
    const relative = await share.addDirectory(containerId, unique, directories[name]);
    shared.defer(`stop sharing ${directories[name]}`, () => share.removeDirectory(relative));
    return join(GUEST_SHARE_PATH, relative);
  };
  try {
    return await work({ imagesPath: await add("images"), workPath: await add("work") });
  } finally {
    await shared.run();
  }
}
