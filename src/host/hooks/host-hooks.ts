import type { Hook, Hooks } from "../../oci/hook.js";
import { hookTimeoutMs } from "../../oci/hook-timeout.js";

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

/** Those of config.json's hooks that run on the host (config.md, "POSIX-platform Hooks"). */
export function hostHooks(hooks: Hooks | undefined): HostHooks {
  const lists = HOST_HOOK_NAMES.map((name) => [name, (hooks?.[name] ?? []).map(hostHook)] as const);
  return Object.fromEntries(lists.filter(([, list]) => list.length > 0));
}

function hostHook(hook: Hook): HostHook {
  const { path, args, env } = hook;
  const timeoutMs = hookTimeoutMs(hook);
  return {
    path,
    args: args === undefined || args.length === 0 ? [path] : args,
    ...(env === undefined ? {} : { env }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}
