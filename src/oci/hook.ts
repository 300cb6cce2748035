import type { Integer } from "./integer.js";
import type { HookName } from "./tables/hooks.js";

/** `hooks`: lists run in their order (config.md, "POSIX-platform Hooks"). */
export type Hooks = { readonly [Name in HookName]?: readonly Hook[] };

/** One program of a hook list. */
export interface Hook {
  /** Absolute path. */
  readonly path: string;
  /** The whole argv, its first entry included. */
  readonly args?: readonly string[];
  readonly env?: readonly string[];
  /** Seconds, at least 1; no limit where absent. */
  readonly timeout?: Integer;
}
