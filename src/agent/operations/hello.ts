import { release } from "node:os";
import { PROTOCOL_VERSION } from "../../protocol/protocol-version.js";
import type { Sandbox } from "../sandbox/sandbox.js";

const NS_PER_MS = 1_000_000n;

/** Tells the host that the VM is up, and when it came to where it is. */
export function hello(sandbox: Sandbox): {
  protocolVersion: number;
  kernelRelease: string;
  nodeVersion: string;
  bootMarksMs: Record<string, number>;
} {
  return {
    protocolVersion: PROTOCOL_VERSION,
    kernelRelease: release(),
    nodeVersion: process.version,
    bootMarksMs: {
      ...parseBootMarks(process.env["TSKATA_BOOT_MARKS"] ?? ""),
      listening: sandbox.listeningSinceMs,
    },
  };
}

/** Milliseconds since the guest's boot: CLOCK_MONOTONIC, see clock_gettime(2). */
export function uptimeMs(): number {
  return Number(process.hrtime.bigint() / NS_PER_MS);
}

/** Reads `name=milliseconds,...`; what isn't that is left out. */
export function parseBootMarks(text: string): Record<string, number> {
  const marks: Record<string, number> = {};
  for (const [, name, value] of text.matchAll(/([a-z]+)=(\d{1,9})(?:,|$)/g)) {
    if (name !== undefined) marks[name] = Number(value);
  }
  return marks;
}
