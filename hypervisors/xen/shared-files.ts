import { TskataError } from "../../src/common/error.js";
import type { ShareDevice } from "../hypervisor.js";

/**
 * What our script of the guest's disk is told of the directories that the guest shares: `TSKATA_SHARES`, how many, and
 * `TSKATA_SHARE_0_TAG` and `_DIRECTORY` and so on.
 *
 * @throws TskataError `unsupported` for others than 9p, `invalid-argument` for a directory that xenstore-write(1) would
 *   take for another
 */
export function shareEnvironment(shares: readonly ShareDevice[]): Record<string, string> {
  const described = shares.flatMap((share, number) => {
    if (share.kind !== "nine-p") {
      throw new TskataError(
        "unsupported",
        `share ${share.tag}: the Xen driver has no ${share.kind}; 9p works (share.backend)`,
      );
    }
    if (share.directory.includes("\\")) {
      throw new TskataError(
        "invalid-argument",
        `share ${share.tag}: a domain of Xen can't be given ${share.directory}: a backslash doesn't work there`,
      );
    }
    return [
      [`TSKATA_SHARE_${number}_TAG`, share.tag],
      [`TSKATA_SHARE_${number}_DIRECTORY`, share.directory],
    ] as const;
  });
  return { TSKATA_SHARES: `${shares.length}`, ...Object.fromEntries(described) };
}
