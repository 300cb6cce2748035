import { readFileSync, statSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { errnoName, TskataError } from "../../common/error.js";
import type { Spec } from "../../oci/config.js";
import { formatIssue } from "../../oci/validation/issue.js";
import { readSpec } from "../../oci/validate-spec.js";

/** A bundle that was read and checked. */
export interface Bundle {
  /** Absolute path. */
  readonly path: string;
  /** Absolute path of the root filesystem. */
  readonly rootfs: string;
  readonly spec: Spec;
  /** What the author of config.json should be told. */
  readonly warnings: readonly string[];
}

/**
 * Reads a bundle's config.json, checks it and finds its root filesystem.
 *
 * @param directory the bundle, relative to the working directory
 * @throws TskataError that names the bundle and what is wrong with it
 */
export function loadBundle(directory: string): Bundle {
  const path = resolve(directory);
  const { spec, warnings } = readSpec(readConfig(path), join(path, "config.json"));
  const root = spec.root?.path;
  if (root === undefined) {
    throw new TskataError("invalid-argument", `bundle ${path}: config.json has no root.path`);
  }
  const rootfs = isAbsolute(root) ? root : join(path, root);
  assertDirectory(rootfs, `bundle ${path}: root filesystem ${rootfs}`);
  return {
    path,
    rootfs,
    spec,
    warnings: warnings.map(formatIssue),
  };
}

function readConfig(path: string): string {
  assertDirectory(path, `bundle ${path}`);
  try {
    return readFileSync(join(path, "config.json"), "utf8");
  } catch (cause) {
    const errno = errnoName(cause);
    if (errno === "ENOENT") {
      throw new TskataError(
        "not-found",
        `bundle ${path}: JSON specification file config.json not found; make one with tskata spec`,
        { cause },
      );
    }
    throw new TskataError("permission", `bundle ${path}: config.json can't be read: ${errno ?? "failed"}`, { cause });
  }
}

function assertDirectory(path: string, what: string): void {
  let found: string;
  try {
    if (statSync(path).isDirectory()) return;
    found = "not a directory";
  } catch (cause) {
    const errno = errnoName(cause);
    if (errno !== "ENOENT") {
      throw new TskataError("permission", `${what}: can't be reached: ${errno ?? "failed"}`, { cause });
    }
    found = "no such file or directory";
  }
  throw new TskataError("not-found", `${what}: ${found}`);
}
