import { findProgram } from "../../src/host/check/check-programs.js";

/** Absolute paths of the peers that are in the search path. */
export function installedPeers(): string[] {
  return ["runc", "crun"].flatMap((name) => findProgram(name) ?? []);
}
