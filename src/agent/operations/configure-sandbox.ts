import { TskataError } from "../../common/error.js";
import { PROPAGATION } from "../kernel/constants.js";
import type { Operation } from "../kernel/operation.js";
import type { Sandbox } from "../sandbox/sandbox.js";

/** A share to mount, as the contract has it. */
export interface ShareRequest {
  readonly tag: string;
  readonly kind:
    | { readonly case: "virtiofs"; readonly value?: object }
    | { readonly case: "nineP"; readonly value: { readonly msize: number } }
    | { readonly case: undefined; readonly value?: undefined };
}

/**
 * Sets what is the sandbox's own. May be called again, for more shares.
 *
 * @throws TskataError `invalid-argument` for a share that can't be named or mounted so
 */
export async function configureSandbox(
  sandbox: Sandbox,
  request: {
    readonly hostname: string;
    readonly clockRealtimeNs: bigint;
    readonly shares: readonly ShareRequest[];
  },
): Promise<void> {
  const shares = request.shares.filter(({ tag }) => !sandbox.shares.has(tag));
  const operations: Operation[] = [
    ...(request.clockRealtimeNs === 0n
      ? []
      : [{ op: "set-clock", realtimeNs: request.clockRealtimeNs } as const satisfies Operation]),
    ...(request.hostname === "" ? [] : [{ op: "set-hostname", name: request.hostname } as const satisfies Operation]),
    // Containers that share a mount with their source have the guest's side in common.
    { op: "set-mount-attributes", path: "/", attributes: { propagation: PROPAGATION.shared | PROPAGATION.recursive } },
    ...shares.flatMap((share) => mountShare(share, `${sandbox.paths.shares}/${share.tag}`)),
  ];
  await sandbox.kernel.runOperations(operations);
  for (const { tag } of shares) sandbox.shares.add(tag);
}

function mountShare({ tag, kind }: ShareRequest, destination: string): Operation[] {
  if (!/^[A-Za-z0-9_-]{1,36}$/.test(tag)) {
    throw new TskataError("invalid-argument", `share tag "${tag}": expected 1 to 36 letters, digits, _ or -`);
  }
  const directory: Operation = { op: "make-directory", path: destination, mode: 0o755 };
  switch (kind.case) {
    case "virtiofs":
      return [directory, { op: "mount", type: "virtiofs", source: tag, destination, options: [] }];
    case "nineP": {
      const options = ["trans=virtio", "version=9p2000.L", `msize=${kind.value.msize}`, "cache=mmap"];
      return [directory, { op: "mount", type: "9p", source: tag, destination, options }];
    }
    case undefined:
      throw new TskataError("invalid-argument", `share ${tag}: no kind of share was given`);
  }
}
