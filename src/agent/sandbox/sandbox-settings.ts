import { TskataError } from "../../common/error.js";
import { NinePTransport } from "../../protocol/gen/agent_pb.js";
import { PROPAGATION } from "../kernel/constants.js";
import type { Operation } from "../kernel/operation.js";
import { reseed } from "./reseed.js";
import type { Sandbox } from "./sandbox.js";

/** How long a device that was plugged may take to be there, in milliseconds. */
const SHARE_TIMEOUT_MS = 10_000;

/** The time that belongs to a moment of the guest's, as the contract has it. */
export interface ClockReading {
  readonly realtimeNs: bigint;
  /** Of the guest's CLOCK_MONOTONIC. */
  readonly monotonicNs: bigint;
}

/** A share to mount, as the contract has it. */
export interface ShareRequest {
  readonly tag: string;
  readonly kind:
    | { readonly case: "virtiofs"; readonly value?: object }
    | { readonly case: "nineP"; readonly value: { readonly msize: number; readonly transport?: NinePTransport } }
    | { readonly case: undefined; readonly value?: undefined };
}

/** What is the sandbox's own, as the contract has it. */
export interface SandboxSettings {
  /** Empty: it stays. */
  readonly hostname: string;
  readonly clock?: ClockReading | undefined;
  readonly shares: readonly ShareRequest[];
  /** Empty: none. */
  readonly entropy: Uint8Array;
}

/** Settings as they are to be carried out. */
export interface SandboxSetting {
  /** In the agent's namespaces, before anything that may draw a random number. */
  readonly operations: readonly Operation[];
  /** To be called when they were carried out. */
  done(): void;
}

/**
 * Plans what is the sandbox's own. There may be more later: shares that are mounted are left alone.
 *
 * @throws TskataError `invalid-argument` for a share that can't be named or mounted so, and for too little or too much
 * entropy
 */
export function sandboxSetting(sandbox: Sandbox, settings: SandboxSettings | undefined): SandboxSetting {
  if (settings === undefined) return { operations: [], done: () => undefined };
  const { hostname } = settings;
  const shares = settings.shares.filter(({ tag }) => !sandbox.shares.has(tag));
  return {
    operations: [
      ...reseed(settings.entropy),
      ...setClock(settings.clock),
      ...(hostname === "" ? [] : [{ op: "set-hostname", name: hostname } as const satisfies Operation]),
      // Containers that share a mount with their source have the guest's side in common.
      {
        op: "set-mount-attributes",
        path: "/",
        attributes: { propagation: PROPAGATION.shared | PROPAGATION.recursive },
      },
      ...shares.flatMap((share) => mountShare(share, `${sandbox.paths.shares}/${share.tag}`)),
    ],
    done: () => {
      for (const { tag } of shares) sandbox.shares.add(tag);
    },
  };
}

function setClock(clock: ClockReading | undefined): Operation[] {
  if (clock === undefined) return [];
  return [{ op: "set-clock", realtimeNs: clock.realtimeNs, monotonicNs: clock.monotonicNs }];
}

function mountShare({ tag, kind }: ShareRequest, destination: string): Operation[] {
  if (!/^[A-Za-z0-9_-]{1,36}$/.test(tag)) {
    throw new TskataError("invalid-argument", `share tag "${tag}": expected 1 to 36 letters, digits, _ or -`);
  }
  const directory: Operation = { op: "make-directory", path: destination, mode: 0o755 };
  switch (kind.case) {
    case "virtiofs":
      return [directory, { op: "mount-share", tag, destination, timeoutMs: SHARE_TIMEOUT_MS }];
    case "nineP": {
      const transport = kind.value.transport === NinePTransport.XEN ? "xen" : "virtio";
      const options = [`trans=${transport}`, "version=9p2000.L", `msize=${kind.value.msize}`, "cache=mmap"];
      return [directory, { op: "mount", type: "9p", source: tag, destination, options }];
    }
    case undefined:
      throw new TskataError("invalid-argument", `share ${tag}: no kind of share was given`);
  }
}
