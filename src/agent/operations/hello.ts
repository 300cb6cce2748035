import { PROTOCOL_VERSION } from "../../protocol/protocol-version.js";
import type { Sandbox } from "../sandbox/sandbox.js";

const MAX_MARK_MS = 0xffff_ffff;
const NS_PER_MS = 1_000_000n;

/** Tells the host that the VM is up, when it came to where it is, and what its monotonic clock shows. */
export function hello(sandbox: Sandbox): {
  protocolVersion: number;
  bootMarksMs: Record<string, number>;
  monotonicNs: bigint;
} {
  const monotonicNs = process.hrtime.bigint();
  return {
    protocolVersion: PROTOCOL_VERSION,
    bootMarksMs: {
      ...parseBootMarks(process.env["TSKATA_BOOT_MARKS"] ?? ""),
      listening: sandbox.listeningSinceMs,
      answered: toMilliseconds(monotonicNs),
    },
    monotonicNs,
  };
}

/** Milliseconds since the guest's boot (CLOCK_MONOTONIC, see clock_gettime(2)), at most what the contract can carry. */
export function uptimeMs(): number {
  return toMilliseconds(process.hrtime.bigint());
}

function toMilliseconds(ns: bigint): number {
  return Math.min(Number(ns / NS_PER_MS), MAX_MARK_MS);
}

/** Reads `name=milliseconds,...`; what isn't that is left out. */
export function parseBootMarks(text: string): Record<string, number> {
  const marks: Record<string, number> = {};
  for (const mark of text.split(",")) {
    const [name, value = ""] = mark.split("=");
    const ms = Number(value);
    if (name !== undefined && name !== "" && value !== "" && Number.isSafeInteger(ms) && ms >= 0) marks[name] = ms;
  }
  return marks;
}
