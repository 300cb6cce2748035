import { basename, isAbsolute, resolve } from "node:path";
import { RUNC_SHIM, type ContainerdRuntime } from "./containerd-configuration.js";

/** A runtime as the command line names it. */
export interface TestedRuntime {
  /** In the first column, and in `expected.json`. */
  readonly name: string;
  readonly runtime: ContainerdRuntime;
  /** Absolute path of a shim, which containerd has to find in its search path by the type's name. */
  readonly shim?: string | undefined;
}

/** A shim's file name, as containerd makes it from a type (containerd's core/runtime/v2/README.md). */
const SHIM_FILE = /^containerd-shim-(?<name>[a-z0-9.-]+)-(?<version>v\d+)$/;
const SHIM_TYPE = /^[a-z0-9]+(?:\.[a-z0-9-]+)+$/;

/** One that is called by runc's command line. */
export function runtimeOf(path: string): TestedRuntime {
  return { name: basename(path), runtime: { type: RUNC_SHIM, binary: resolve(path) } };
}

/** The same shim, but that it makes pods' sandboxes itself. */
export function withSandboxes({ name, runtime, shim }: TestedRuntime): TestedRuntime {
  return { name: `${name}+sandbox`, runtime: { ...runtime, makesSandboxes: true }, shim };
}

/**
 * One that is a shim: its type, or its path.
 *
 * @throws Error where it is neither
 */
export function shimOf(typeOrPath: string): TestedRuntime {
  const { name, version } = SHIM_FILE.exec(basename(typeOrPath))?.groups ?? {};
  if (name !== undefined && version !== undefined && (isAbsolute(typeOrPath) || typeOrPath.includes("/"))) {
    const type = `io.containerd.${name}.${version}`;
    return { name: type, runtime: { type }, shim: resolve(typeOrPath) };
  }
  if (SHIM_TYPE.test(typeOrPath)) return { name: typeOrPath, runtime: { type: typeOrPath } };
  const wanted = "a type such as io.containerd.runc.v2, or the path of a file such as containerd-shim-runc-v2";
  throw new Error(`--shim ${typeOrPath}: must be ${wanted}`);
}
