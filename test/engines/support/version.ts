import { execFileSync } from "node:child_process";
import { unlessInstalled } from "./installed.js";

/** What says the version of an engine, as `docker --version` does: its last word but for a build's hash. */
const PROGRAMS = { docker: "dockerd", podman: "podman" } as const;

/** Which major versions of an engine a test is for. */
export interface VersionRange {
  /** The first one. */
  readonly from?: number;
  /** The first one that it isn't for any more. */
  readonly before?: number;
}

/**
 * tap's `skip` for a test of some versions of an engine: false where that is installed in one of them, or else what
 * is there instead.
 */
export function unlessVersion(
  engine: keyof typeof PROGRAMS,
  { from = 0, before = Number.POSITIVE_INFINITY }: VersionRange,
): string | false {
  const missing = unlessInstalled(engine);
  if (missing !== false) return missing;
  const said = execFileSync(PROGRAMS[engine], ["--version"], { encoding: "utf8" });
  const major = Number(/version (\d+)\./.exec(said)?.[1]);
  if (major >= from && major < before) return false;
  return `for ${engine} ${from > 0 ? `from ${from}` : `before ${before}`}, but this is ${said.trim()}`;
}
