import type { Hook, Hooks } from "../../oci/hook.js";

/**
 * The hook lists that run on the host. `startContainer` is the guest's: its
 * programs are the container's own files.
 */
export const HOST_HOOK_NAMES = ["prestart", "createRuntime", "createContainer", "poststart", "poststop"] as const;

/** Name of a list of hooks that run on the host. */
export type HostHookName = (typeof HOST_HOOK_NAMES)[number];

/** One program of a list, as it is kept beside a container. */
export interface HostHook {
  /** Absolute path on the host. */
  readonly path: string;
  /** The whole argv, its first entry included. */
  readonly args: readonly string[];
  /** `NAME=value` entries; the caller's own environment where absent. */
  readonly env?: readonly string[];
  /** Milliseconds; no limit where absent. */
  readonly timeoutMs?: number;
}

/** The lists of one container; an empty one is absent. */
export type HostHooks = { readonly [Name in HostHookName]?: readonly HostHook[] };

/** Longest time that a timer of Node's can wait. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** Those of config.json's hooks that run on the host (config.md, "POSIX-platform Hooks"). */
export function hostHooks(hooks: Hooks | undefined): HostHooks {
  const lists = HOST_HOOK_NAMES.map((name) => [name, (hooks?.[name] ?? []).map(hostHook)] as const);
  return Object.fromEntries(lists.filter(([, list]) => list.length > 0));
}

function hostHook({ path, args, env, timeout }: Hook): HostHook {
  return {
    path,
    args: args === undefined || args.length === 0 ? [path] : args,
    ...(env === undefined ? {} : { env }),
    ...(timeout === undefined ? {} : { timeoutMs: Math.min(Number(timeout) * 1000, LONGEST_TIMEOUT_MS) }),
  };
}
