import { join } from "node:path";
import { randomHex } from "../../common/random-hex.js";
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

/** Has the guest see both for as long as the work takes. */
export async function withCheckpointDirectories<T>(
  {
    vm: {
      share: { directory: share },
    },
  }: Sandbox,
  containerId: string,
  directories: CheckpointDirectories,
  work: (guest: { readonly imagesPath: string; readonly workPath: string }) => Promise<T>,
): Promise<T> {
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
