import { release } from "node:os";
import type { Sandbox } from "../sandbox/sandbox.js";

/** Version of the contract that this agent speaks. */
export const PROTOCOL_VERSION = 1;

/** Tells the host that the VM is up, and when it came to where it is. */
export function hello(_sandbox: Sandbox): {
  protocolVersion: number;
  kernelRelease: string;
  nodeVersion: string;
  bootMarksMs: Record<string, number>;
} {
  return {
    protocolVersion: PROTOCOL_VERSION,
    kernelRelease: release(),
    nodeVersion: process.version,
    bootMarksMs: parseBootMarks(process.env["TSKATA_BOOT_MARKS"] ?? ""),
  };
}

/** Reads `name=milliseconds,...`; what isn't that is left out. */
export function parseBootMarks(text: string): Record<string, number> {
  const marks: Record<string, number> = {};
  for (const [, name, value] of text.matchAll(/([a-z]+)=(\d{1,9})(?:,|$)/g)) {
    if (name !== undefined) marks[name] = Number(value);
  }
  return marks;
}
